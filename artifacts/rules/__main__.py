"""Prints docs/rules.md: `python -m artifacts.rules > docs/rules.md`."""

from __future__ import annotations

from artifacts.rule import Rule
from artifacts.rules import RULES

_HEAD = """# Our rules

Written by `python -m artifacts.rules` from the rules themselves; do not edit by hand. What hadolint and the Compose schema report is
not repeated here. An **error** means that the result cannot work or gives a secret away: such a candidate cannot win while another is
clean. A **warning** costs score, a **hint** a little.
"""


def markdown() -> str:
    """Return the whole page."""
    rows = ["| rule | kind | severity | what |", "| --- | --- | --- | --- |"]
    rows += [f"| [{rule.id}](#{rule.id}) | {rule.kind.value} | {rule.severity.value} | {rule.title} |" for rule in RULES]
    return "\n".join([_HEAD, *rows, "", *(_section(rule) for rule in RULES)])


def _section(rule: Rule) -> str:
    language = {"dockerfile": "dockerfile", "terraform": "hcl"}.get(rule.kind.value, "yaml")
    beside = "".join(f"\nBeside it, `{path}`:\n\n```\n{content}```\n" for path, content in rule.beside)
    return (
        f"## {rule.id}\n\n**{rule.title}** ({rule.severity.value})\n\n{rule.why}\n\n"
        f"Good:\n\n```{language}\n{rule.good}```\n\nBad:\n\n```{language}\n{rule.bad}```\n{beside}"
    )


if __name__ == "__main__":
    print(markdown(), end="")
