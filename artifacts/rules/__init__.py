"""The catalogue of our own rules: one file a rule, in the order in which docs/rules.md lists them."""

from __future__ import annotations

from artifacts.comparing import comparer_of
from artifacts.records import Artifact, Finding
from artifacts.rule import Context, Rule
from artifacts.rules.tables import compose, dockerfile, kubernetes, observability, pipelines, terraform

# Dockerfile before Compose before Kubernetes; each table says what cannot work, then what is unsafe, then what is merely unwise
RULES: tuple[Rule, ...] = (
    *dockerfile.RULES,
    *compose.RULES,
    *kubernetes.RULES,
    *terraform.RULES,
    *pipelines.RULES,
    *observability.RULES,
)

MOST = 500
"""Findings kept of one artifact; more help nobody."""


def check_rules(artifact: Artifact, artifacts: tuple[Artifact, ...] = ()) -> tuple[Finding, ...]:
    """Return what the rules of the artifact's kind find. A file that does not parse is left to the syntax check."""
    if comparer_of(artifact.kind).faults(artifact.content):
        return ()
    context = Context(artifact, artifacts)
    found: list[Finding] = []
    for rule in RULES:
        if rule.kind is not artifact.kind:
            continue
        for remark in rule.check(context):
            found.append(Finding(rule.id, rule.severity, remark.message[:500], artifact.path, remark.line, f"docs/rules.md#{rule.id}"))
            if len(found) >= MOST:
                return tuple(found)
    return tuple(found)
