"""The decisions of a Compose file: its services, and of each service what it runs, publishes, needs and keeps."""

from __future__ import annotations

from artifacts.compose.model import ComposeFile, Service
from artifacts.compose.normal import normal_build
from artifacts.dockerfile.health import understand_probe
from artifacts.images import reference, service_of
from artifacts.records import Decision

NONE = "none"


def compose_decisions(compose: ComposeFile, path: str) -> tuple[Decision, ...]:
    """Return the decisions of a Compose file; names are `services` and `<service>.<question>`."""
    if compose.root is None or compose.root.kind != "map":
        return ()
    line = compose.root.key("services")
    names = ", ".join(sorted(service.name for service in compose.services)) or NONE
    backing = sorted({kind for service in compose.services if (kind := service_of(service.image))})
    found = [
        Decision(path, "services", names, line.line if line else None),
        Decision(path, "backing_services", ", ".join(backing) or NONE, line.line if line else None, blocking=True),
    ]
    for service in compose.services:
        found += _service_decisions(service, path)
    if compose.volumes:
        found.append(Decision(path, "volumes", ", ".join(sorted(compose.volumes)), min(compose.volumes.values())))
    if compose.networks:
        found.append(Decision(path, "networks", ", ".join(sorted(compose.networks)), min(compose.networks.values())))
    return tuple(found)


def _service_decisions(service: Service, path: str) -> list[Decision]:
    name = service.name

    def decide(question: str, value: str, key: str, *, blocking: bool = False, always: bool = True) -> None:
        if value or always:
            found.append(Decision(path, f"{name}.{question}", value[:2000] or NONE, service.line_of(key), blocking))

    found: list[Decision] = []
    decide("image", reference(service.image).text if service.image else "", "image", always=service.build is None)
    decide("build", _build(service), "build", always=False)
    decide("ports", ", ".join(sorted(port.text() for port in service.ports)), "ports")
    targets = sorted({port.target for port in service.ports} | set(service.expose))
    decide("container_port", ", ".join(targets), "ports", blocking=True)
    waits = sorted(f"{item.service} ({item.condition.removeprefix('service_')})" for item in service.depends_on)
    decide("depends_on", ", ".join(waits), "depends_on")
    decide("health_check", _health(service), "healthcheck")
    decide("environment", ", ".join(sorted(variable.name for variable in service.environment)), "environment")
    decide("volumes", ", ".join(sorted(mount.text() for mount in service.mounts)), "volumes")
    decide("restart", str(service.value("restart") or ""), "restart")
    decide("command", " ".join(service.command), "command", always=False)
    decide("entrypoint", " ".join(service.entrypoint), "entrypoint", always=False)
    decide("env_file", ", ".join(service.env_files), "env_file", always=False)
    decide("networks", ", ".join(sorted(service.networks)), "networks", always=False)
    decide("secrets", ", ".join(sorted(service.secrets)), "secrets", always=False)
    decide("user", str(service.value("user") or ""), "user", always=False)
    decide("network_mode", str(service.value("network_mode") or ""), "network_mode", always=False)
    decide("privileged", "yes" if service.value("privileged") in (True, "true") else "", "privileged", always=False)
    decide("read_only", "yes" if service.value("read_only") in (True, "true") else "", "read_only", always=False)
    return found


def _build(service: Service) -> str:
    build = normal_build(service)
    if not build:
        return ""
    extra = [f"{key}={build[key]}" for key in ("dockerfile", "target") if key in build]
    return " ".join([str(build["context"]), *extra])


def _health(service: Service) -> str:
    if service.health_disabled:
        return "disabled"
    if not service.health_test:
        return NONE
    environment = {variable.name: variable.value for variable in service.environment if variable.value is not None}
    words = service.health_test[1:] if service.health_test[0] in ("CMD", "CMD-SHELL") else service.health_test
    probe = understand_probe(words, environment)
    return probe.text() if probe.path is not None else f"command {' '.join(words).split()[0]}" if " ".join(words).split() else NONE
