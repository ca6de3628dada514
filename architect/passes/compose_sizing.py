"""Right-sizing of a Compose file that exists: requests and limits, worker counts and heaps that fit into them, cost in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import architect.passes.values as values
from architect.passes.compose_hardening import component_of, known, memory_of, services
from architect.passes.spec import Edit, Yard
from artifacts.compose import Service

_WORKERS = re.compile(r"(?P<flag>(?:--workers|-w|--concurrency|-c)[= ])(?P<number>\d+)\b")
_JVM = frozenset({"java", "kotlin", "scala", "clojure"})
_NODE = frozenset({"javascript", "typescript", "node"})
MEGABYTE = 1024 * 1024


def sizes(yard: Yard) -> Iterator[Edit]:
    """Give services that have none a limit of CPU and memory, and a reservation of a quarter of the memory."""
    for artifact, _, service in services(yard):
        component, spec = component_of(yard, artifact, service), known(service)
        if component is None and spec is None:
            continue
        found = service.table("deploy").get("resources")
        held = found if isinstance(found, dict) else {}
        own = held.get("limits") if isinstance(held.get("limits"), dict) else {}
        old = [key for key in ("mem_limit", "cpus", "mem_reservation") if service.value(key)]
        memory = str((own or {}).get("memory") or (spec.memory if spec is not None else memory_of(component)))
        root = ("services", service.name, "deploy", "resources")
        if old or ((own or {}).get("cpus") and (own or {}).get("memory") and held.get("reservations")):
            continue
        size = bytes_of(memory)
        if size is None:
            continue
        reserved = f"{max(32, size // MEGABYTE // 4)}M"
        edits = []
        if not (own or {}).get("memory"):
            edits.append(values.setting((*root, "limits", "memory"), memory))
        if not (own or {}).get("cpus"):
            edits.append(values.setting((*root, "limits", "cpus"), "1.0"))
        if not held.get("reservations"):
            edits.append(values.setting((*root, "reservations"), {"cpus": "0.25", "memory": reserved}))
        why = (
            f"it may use one CPU and {memory}, and {reserved} with a quarter of a CPU are kept free for it. What is reserved is paid for "
            "whether it is used or not; what lies between reservation and limit is shared. Measure under load and lower both"
        )
        yield Edit(artifact.path, f"{service.name}: requests and limits", why, values.several(*edits), f"{artifact.path}:{service.line}")


def heaps(yard: Yard) -> Iterator[Edit]:
    """Tell runtimes that size their own heap how much memory the limit leaves them."""
    for artifact, _, service in services(yard):
        component, size = component_of(yard, artifact, service), _limit(service)
        if component is None or size is None:
            continue
        language = component.language.value.lower()
        environment = ("services", service.name, "environment")
        megabytes = size // MEGABYTE
        named = {variable.name for variable in service.environment}
        if language in _NODE and "NODE_OPTIONS" not in named:
            name, value = "NODE_OPTIONS", f"--max-old-space-size={megabytes * 3 // 4}"
            why = f"Node sizes its heap by the machine's memory, not by the limit of {megabytes} MB; a quarter of it stays for the rest"
        elif language in _JVM and not named & {"JAVA_TOOL_OPTIONS", "JAVA_OPTS", "JDK_JAVA_OPTIONS"}:
            name, value = "JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=75"
            why = f"by itself the JVM takes a quarter of the limit of {megabytes} MB for its heap; the rest is paid for and unused"
        elif language == "go" and "GOMEMLIMIT" not in named:
            name, value = "GOMEMLIMIT", f"{megabytes * 9 // 10}MiB"
            why = f"Go's collector does not know of the limit of {megabytes} MB and would be killed at it instead of collecting earlier"
        else:
            continue
        yield Edit(artifact.path, f"{service.name}: {name}", why, values.variable(environment, name, value), component.language.where())


def workers(yard: Yard) -> Iterator[Edit]:
    """Lower a worker count far beyond the CPUs that the limit gives: they only wait for each other and hold memory."""
    for artifact, _, service in services(yard):
        cpus, command = _cpus(service), service.value("command")
        text = " ".join(command) if isinstance(command, list) and all(isinstance(part, str) for part in command) else command
        if cpus is None or not isinstance(text, str) or not re.search(r"gunicorn|uvicorn|hypercorn|celery|puma", text):
            continue
        found = _WORKERS.search(text)
        most = 2 * math.ceil(cpus) + 1
        if found is None or int(found["number"]) <= most:
            continue
        number = found["number"]
        made = (
            [_renumbered(command, place, number, str(most)) for place in range(len(command))]
            if isinstance(command, list)
            else text[: found.start("number")] + str(most) + text[found.end("number") :]
        )
        why = f"{number} workers share {cpus:g} CPU and hold {number} times the memory; twice the CPUs and one more is what they can use"
        edit = values.replacing(("services", service.name, "command"), made)
        yield Edit(artifact.path, f"{service.name}: {most} workers", why, edit, f"{artifact.path}:{service.line_of('command')}")


STEPS = (sizes, heaps, workers)


def _renumbered(command: list[str], place: int, old: str, new: str) -> str:
    part = command[place]
    if place and command[place - 1] in ("--workers", "-w", "--concurrency", "-c") and part == old:
        return new
    return re.sub(rf"^((?:--workers|-w|--concurrency|-c)=){old}$", rf"\g<1>{new}", part)


def _limit(service: Service) -> int | None:
    """Return a service's memory limit in bytes."""
    resources = service.table("deploy").get("resources")
    limits = resources.get("limits") if isinstance(resources, dict) else None
    written = (limits.get("memory") if isinstance(limits, dict) else None) or service.value("mem_limit")
    return bytes_of(str(written)) if written else None


def _cpus(service: Service) -> float | None:
    resources = service.table("deploy").get("resources")
    limits = resources.get("limits") if isinstance(resources, dict) else None
    written = (limits.get("cpus") if isinstance(limits, dict) else None) or service.value("cpus")
    try:
        return float(written) if written is not None else None
    except (TypeError, ValueError):
        return None


def bytes_of(text: str) -> int | None:
    """Return a Compose size (`512M`, `1gb`, `300000`) in bytes; its units are powers of 1024."""
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?)b?", text.strip().lower())
    return int(float(found[1]) * 1024 ** " kmgt".index(found[2] or " ")) if found else None
