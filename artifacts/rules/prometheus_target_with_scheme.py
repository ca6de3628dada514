"""A target is written as an address with a scheme or a path."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Jobs that relabel the address (blackbox probes) may hold whole addresses."""
    for job in context.prometheus.jobs:
        if job.node.get("relabel_configs") is not None:
            continue
        for target in job.targets:
            if "://" in target or "/" in target:
                yield Remark(
                    job.line_of("static_configs"),
                    f"{job.name} has the target {target[:80]}; write host:port, and the path as `metrics_path`",
                )


RULE = Rule(
    id="prometheus_target_with_scheme",
    kind=Kind.PROMETHEUS,
    severity=Severity.ERROR,
    title="A target that is an address",
    why="A target is a host and a port; with `http://` or a path Prometheus refuses the configuration.",
    good='scrape_configs:\n  - job_name: api\n    static_configs: [{targets: ["api:8000"]}]\n',
    bad='scrape_configs:\n  - job_name: api\n    static_configs: [{targets: ["http://api:8000/metrics"]}]\n',
    check=check,
)
