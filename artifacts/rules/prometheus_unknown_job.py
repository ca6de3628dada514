"""A rule asks for a job that is not scraped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.prometheus import read_prometheus
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_UP = re.compile(r"\bup\s*\{[^}]*\bjob\s*=\s*\"([^\"]+)\"")


def check(context: Context) -> Iterator[Remark]:
    """Only `up`, whose job is that of a scrape; and only where the answer has a scrape configuration beside the rules."""
    files = [read_prometheus(item.content) for item in context.artifacts if item.kind is Kind.PROMETHEUS]
    jobs = {job.name for file in files for job in file.jobs}
    if not jobs:
        return
    for rule in context.prometheus.rules():
        for match in _UP.finditer(rule.expr[:4000]):
            if match[1] not in jobs:
                yield Remark(rule.expr_line, f"{rule.name} asks for the job {match[1]}; scraped are {', '.join(sorted(jobs))}")


RULE = Rule(
    id="prometheus_unknown_job",
    kind=Kind.PROMETHEUS,
    severity=Severity.WARNING,
    title="A job nobody scrapes",
    why="The rule never sees a series: no scrape job of the answer has that name.",
    good='groups:\n  - name: web\n    rules:\n      - alert: Down\n        expr: up{job="api"} == 0\n'
    "        for: 2m\n        labels: {severity: critical}\n        annotations: {summary: Down}\n",
    bad='scrape_configs:\n  - job_name: api\n    static_configs: [{targets: ["api:8000"]}]\ngroups:\n'
    '  - name: web\n    rules:\n      - alert: Down\n        expr: up{job="apis"} == 0\n        for: 2m\n'
    "        labels: {severity: critical}\n        annotations: {summary: Down}\n",
    check=check,
)
