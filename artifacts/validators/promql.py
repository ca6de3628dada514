"""Every expression of rules and dashboards through promql-parser, in a bounded child."""

from __future__ import annotations

import asyncio

from artifacts.expressions import expressions_of
from artifacts.promql import parse_all
from artifacts.records import Artifact, Finding, Kind, Severity

_LINK = "https://prometheus.io/docs/prometheus/latest/querying/basics/"


class PromQL:
    """Parses each expression; variables of a dashboard are replaced by values before."""

    id = "promql"
    label = "PromQL"
    kinds = frozenset({Kind.PROMETHEUS, Kind.GRAFANA})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what is wrong with each expression, at its line."""
        found = await asyncio.to_thread(expressions_of, artifact)
        if not found:
            return ()
        answers = await parse_all([item.text for item in found], limit_s)
        return tuple(
            Finding(self.id, Severity.ERROR, f"{item.owner}: {answer}"[:400], artifact.path, item.line, _LINK, self.id)
            for item, answer in zip(found, answers, strict=True)
            if answer is not None
        )
