"""A variable holds a secret in clear."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable
from artifacts.workflows.reader import mapping, text_of

_THROW_AWAY = frozenset(
    {"postgres", "password", "test", "testing", "root", "secret", "example", "app", "user", "guest", "admin", "ci", "runner", "mysql"}
)


def check(context: Context) -> Iterator[Remark]:
    """Passwords of services that live as long as a job are not secrets when they are the usual words."""
    pipeline = context.pipeline
    holders = [("the pipeline", pipeline.root.get("variables") if pipeline.root else None)]
    holders += [(job.name, job.node.get("variables") if job.node.kind == "map" else None) for job in pipeline.jobs]
    for owner, node in holders:
        for name, value in mapping(node).items():
            text = text_of(value) or text_of(mapping(value).get("value"))
            if "$" not in text and text.lower() not in _THROW_AWAY and not text.isdigit() and secret_variable(name, text):
                yield Remark(value.line, f"{owner} writes {name} down; keep it as a masked variable")


RULE = Rule(
    id="gitlab_secret_in_clear",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="A secret in the file",
    why="Whoever can read the repository can use it; a masked variable of the project is read by jobs alone.",
    good="unit:\n  variables:\n    API_TOKEN: $STAGING_TOKEN\n  script: [pytest]\n",
    bad="unit:\n  variables:\n    API_TOKEN: f3a9c1d24b7e5a60\n  script: [pytest]\n",
    check=check,
)
