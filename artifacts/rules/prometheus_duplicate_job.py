"""Two scrape jobs have one name."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The second and later ones are reported."""
    seen: set[str] = set()
    for job in context.prometheus.jobs:
        if job.name and job.name in seen:
            yield Remark(job.line, f"the job {job.name} is given twice")
        seen.add(job.name)


RULE = Rule(
    id="prometheus_duplicate_job",
    kind=Kind.PROMETHEUS,
    severity=Severity.ERROR,
    title="Two jobs of one name",
    why="Prometheus refuses a configuration in which two scrape jobs have the same name.",
    good='scrape_configs:\n  - job_name: api\n    static_configs: [{targets: ["api:8000"]}]\n',
    bad='scrape_configs:\n  - job_name: api\n    static_configs: [{targets: ["api:8000"]}]\n  - job_name: api\n'
    '    static_configs: [{targets: ["api:8001"]}]\n',
    check=check,
)
