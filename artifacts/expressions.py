"""The expressions of an artifact, ready for a parser."""

from __future__ import annotations

from artifacts.grafana import read_dashboard
from artifacts.grafana.queries import expressions_in
from artifacts.prometheus import read_prometheus
from artifacts.promql import Expression
from artifacts.records import Artifact, Kind


def expressions_of(artifact: Artifact) -> tuple[Expression, ...]:
    """Return the expressions of rules and of panels."""
    if artifact.kind is Kind.GRAFANA:
        return expressions_in(read_dashboard(artifact.content))
    if artifact.kind is not Kind.PROMETHEUS:
        return ()
    rules = read_prometheus(artifact.content).rules()
    return tuple(Expression(rule.expr, rule.expr_line, rule.name or "a rule") for rule in rules if rule.expr)
