"""A quantile is computed over an aggregation that drops `le`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_QUANTILE = re.compile(r"histogram_quantile\s*\(\s*[\d.]+\s*,\s*(sum|avg|max|min)\b\s*(by|without)?\s*(?:\(([^()]*)\))?")


def check(context: Context) -> Iterator[Remark]:
    """Native histograms have no `le`; they are read without a `_bucket` name and left alone."""
    for rule in context.prometheus.rules():
        for match in _QUANTILE.finditer(rule.expr[:4000]):
            labels = {label.strip() for label in (match[3] or "").split(",")}
            if "_bucket" not in rule.expr:
                continue
            after = re.search(r"\)\s*(by|without)\s*\(([^()]*)\)\s*\)", rule.expr[match.end() : match.end() + 1500])
            kept = (match[2] == "by" and "le" in labels) or (match[2] == "without" and "le" not in labels)
            if match[2] is None and after is not None:
                named = {label.strip() for label in after[2].split(",")}
                kept = ("le" in named) == (after[1] == "by")
            if not kept:
                yield Remark(rule.expr_line, f"{rule.name} computes a quantile of an aggregation without `le`")


RULE = Rule(
    id="prometheus_quantile_without_le",
    kind=Kind.PROMETHEUS,
    severity=Severity.ERROR,
    title="A quantile without its buckets",
    why="The buckets are told apart by `le`: an aggregation that drops the label leaves nothing to compute a quantile from.",
    good='groups:\n  - name: web\n    rules:\n      - record: "job:latency:p95"\n'
    "        expr: histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))\n",
    bad='groups:\n  - name: web\n    rules:\n      - record: "job:latency:p95"\n'
    "        expr: histogram_quantile(0.95, sum by (job) (rate(http_request_duration_seconds_bucket[5m])))\n",
    check=check,
)
