"""A scrape may take longer than the time between two."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.promql import seconds
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The configuration's own values hold where a job gives none."""
    file = context.prometheus
    for job in file.jobs:
        interval = seconds(job.interval or file.interval or "1m")
        timeout = seconds(job.timeout or "") if job.timeout else seconds(file.timeout) if file.timeout and not job.interval else None
        if interval and timeout and timeout > interval:
            yield Remark(job.line_of("scrape_timeout"), f"{job.name} may take {timeout:g} s, but is asked every {interval:g} s")


RULE = Rule(
    id="prometheus_timeout_above_interval",
    kind=Kind.PROMETHEUS,
    severity=Severity.ERROR,
    title="A timeout longer than the interval",
    why="Prometheus refuses a configuration in which a scrape may take longer than the time between two.",
    good="scrape_configs:\n  - job_name: api\n    scrape_interval: 30s\n    scrape_timeout: 10s\n"
    '    static_configs: [{targets: ["api:8000"]}]\n',
    bad="scrape_configs:\n  - job_name: api\n    scrape_interval: 10s\n    scrape_timeout: 30s\n"
    '    static_configs: [{targets: ["api:8000"]}]\n',
    check=check,
)
