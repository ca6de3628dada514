"""A service stays down after a crash or a reboot."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.mending import with_values
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Services others wait for to end are jobs, and those of a profile are started by hand."""
    compose = context.compose
    jobs = {
        item.service for service in compose.services for item in service.depends_on if item.condition == "service_completed_successfully"
    }
    for service in compose.services:
        has_policy = bool(service.table("deploy").get("restart_policy"))
        if service.name in jobs or service.value("profiles") or service.inherits or has_policy:
            continue
        if service.value("restart") is None and service.ports:
            yield Remark(service.line, f"{service.name} publishes a port but has no restart policy")


def fix(context: Context) -> str | None:
    """Have the services that were remarked restarted unless someone stops them."""
    lines = {remark.line for remark in check(context)}
    services = [service.name for service in context.compose.services if service.line in lines]
    return with_values(context.artifact.content, [(("services", name, "restart"), "unless-stopped") for name in services])


RULE = Rule(
    id="compose_no_restart",
    kind=Kind.COMPOSE,
    severity=Severity.HINT,
    title="No restart policy",
    why="Without one a service that crashed, or a host that was rebooted, stays down until someone notices.",
    good='services:\n  web:\n    build: .\n    restart: unless-stopped\n    ports: ["8000:8000"]\n',
    bad='services:\n  web:\n    build: .\n    ports: ["8000:8000"]\n',
    check=check,
    fix=fix,
)
