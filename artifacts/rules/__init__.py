"""The catalogue of our own rules: one file a rule, in the order in which docs/rules.md lists them."""

from __future__ import annotations

from artifacts.records import Artifact, Finding
from artifacts.rule import Context, Rule

RULES: tuple[Rule, ...] = ()


def check_rules(artifact: Artifact, artifacts: tuple[Artifact, ...] = ()) -> tuple[Finding, ...]:
    """Return what the rules of the artifact's kind find. A file that does not parse is left to the syntax check."""
    context = Context(artifact, artifacts)
    found: list[Finding] = []
    for rule in RULES:
        if rule.kind is artifact.kind:
            for remark in rule.check(context):
                found.append(Finding(rule.id, rule.severity, remark.message, artifact.path, remark.line, f"docs/rules.md#{rule.id}"))
    return tuple(found[:500])
