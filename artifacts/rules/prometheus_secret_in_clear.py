"""A scrape job writes a password down."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_KEYS = frozenset({"password", "credentials", "bearer_token", "client_secret"})


def check(context: Context) -> Iterator[Remark]:
    """Placeholders such as `${TOKEN}` or `<secret>` are filled in elsewhere."""
    for job in context.prometheus.jobs:
        stack = [job.node]
        while stack:
            node = stack.pop()
            for key, name, value in node.entries():
                text = str(value.value or "") if value.kind == "scalar" else ""
                if key in _KEYS and text and not text.startswith(("$", "<", "{{")):
                    yield Remark(name.line, f"{job.name} writes {key} down; use {'credentials' if key == 'bearer_token' else key}_file")
                if value.kind == "map":
                    stack.append(value)


RULE = Rule(
    id="prometheus_secret_in_clear",
    kind=Kind.PROMETHEUS,
    severity=Severity.ERROR,
    title="A password in the file",
    why="Whoever can read the repository can use it; `password_file` and `credentials_file` keep it outside.",
    good="scrape_configs:\n  - job_name: api\n"
    "    basic_auth: {username: scraper, password_file: /run/secrets/scrape}\n"
    '    static_configs: [{targets: ["api:8000"]}]\n',
    bad="scrape_configs:\n  - job_name: api\n    basic_auth: {username: scraper, password: hunter2}\n"
    '    static_configs: [{targets: ["api:8000"]}]\n',
    check=check,
)
