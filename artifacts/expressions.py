"""The expressions of an artifact, ready for a parser."""

from __future__ import annotations

from artifacts.prometheus import read_prometheus
from artifacts.promql import Expression
from artifacts.records import Artifact, Kind


def expressions_of(artifact: Artifact) -> tuple[Expression, ...]:
    """Return the expressions of rules."""
    if artifact.kind is not Kind.PROMETHEUS:
        return ()
    return tuple(
        Expression(rule.expr, rule.expr_line, rule.name or "a rule") for rule in read_prometheus(artifact.content).rules() if rule.expr
    )
