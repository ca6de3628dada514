"""When a pod counts as started, ready and alive."""

from __future__ import annotations

import shlex
from typing import Any

from architect.blueprints.kubernetes.layout import Layout, Part
from architect.plan import Family
from architect.profile import Evidence, Process
from architect.services.backings import Backing
from architect.services.clients import fill
from architect.syntax.yaml import Because, Flow

_SLOW_S = 60


def probes(layout: Layout, part: Part) -> dict[str, Any]:
    """Return startup, readiness and liveness probe of a part; none for one that nothing can be asked of.

    The health path is asked where the code has one; a path that is mere convention may answer 404 while all is well, so there
    the port is asked instead.
    """
    plan, health = part.plan, part.component.health
    evidence: tuple[Evidence, ...] = ()
    if plan.health_command is not None:
        action: dict[str, Any] = {"exec": {"command": Flow(tuple(plan.health_command))}}
        why = "asks the process itself"
    elif plan.port is None:
        return {}
    elif plan.health_path is not None and asks_path(part):
        asked: dict[str, Any] = {"path": "/" + plan.health_path.lstrip("/"), "port": "http"}
        if _checks_host(part):
            asked["httpHeaders"] = Because([{"name": "Host", "value": "localhost"}], "the framework refuses hosts it does not know")
        action, why, evidence = {"httpGet": asked}, f"asks {plan.health_path}", health.evidence if health else ()
    else:
        action, why = {"tcpSocket": {"port": "http"}}, "no health path is known, so the port is asked"
    period = 2 if layout.site.style == "cached" else 5
    tries = max(_SLOW_S, plan.health_start_period * 3) // period
    told = {
        "startupProbe": ({"periodSeconds": period, "failureThreshold": tries}, f"gives it {tries * period} seconds to start"),
        "readinessProbe": ({"periodSeconds": 10, "timeoutSeconds": 3}, "without an answer it gets no requests"),
        "livenessProbe": ({"periodSeconds": 20, "timeoutSeconds": 5, "failureThreshold": 3}, "restarted after a minute without one"),
    }
    return {key: Because({**action, **pace}, f"{why}; {then}", evidence) for key, (pace, then) in told.items()}


def asks_path(part: Part) -> bool:
    """Tell whether the code has a health path; `/` by convention may answer anything."""
    health = part.component.health
    return part.plan.health_path is not None and (part.plan.health_path != "/" or (health is not None and health.firm))


def process_probes(process: Process, family: Family) -> dict[str, Any]:
    """Return the liveness probe of a further process, where one is known."""
    argv = list(process.argv)
    if argv[:1] == ["celery"] and "worker" in argv and family in (Family.DEBIAN, Family.ALPINE):
        command = f"{shlex.join(argv[: argv.index('worker')])} inspect ping -d celery@$HOSTNAME"
        probe = {"exec": {"command": Flow(("sh", "-c", command))}, "initialDelaySeconds": 30, "periodSeconds": 60, "timeoutSeconds": 20}
        return {"livenessProbe": Because(probe, "asks the worker itself", process.evidence)}
    return {}


def backing_probes(backing: Backing) -> dict[str, Any]:
    """Return the probes of a backing service: its own check, run inside it."""
    command = Flow(tuple(fill(word, backing.spec, backing.name) for word in backing.spec.health))
    tries = max(_SLOW_S, backing.spec.start_period * 4) // 5
    action = {"exec": {"command": command}, "timeoutSeconds": 5}
    return {
        "startupProbe": Because(
            {**action, "periodSeconds": 5, "failureThreshold": tries}, "its own check; a first start makes the data folder"
        ),
        "readinessProbe": {**action, "periodSeconds": 10},
        "livenessProbe": {"tcpSocket": {"port": "service"}, "periodSeconds": 20, "failureThreshold": 6},
    }


def _checks_host(part: Part) -> bool:
    framework = part.component.framework.value.lower() if part.component.framework else ""
    return framework == "django"
