"""A scrape job has no targets."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A discovery of any kind is enough."""
    for job in context.prometheus.jobs:
        if not job.targets and not job.discovery:
            yield Remark(job.line, f"{job.name or 'a job'} has no targets")


RULE = Rule(
    id="prometheus_no_targets",
    kind=Kind.PROMETHEUS,
    severity=Severity.WARNING,
    title="A job without targets",
    why="The job asks nobody: it has neither static targets nor a discovery.",
    good='scrape_configs:\n  - job_name: api\n    static_configs: [{targets: ["api:8000"]}]\n',
    bad="scrape_configs:\n  - job_name: api\n    metrics_path: /metrics\n",
    check=check,
)
