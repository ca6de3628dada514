"""What a Compose file says of the parts it builds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from types import MappingProxyType

from artifacts.agreement.statement import Given, Statement
from artifacts.compose import Service, read_compose
from artifacts.dockerfile.health import understand_probe
from artifacts.images import is_tool, reference, service_of
from artifacts.kubernetes.cluster import Cluster
from artifacts.records import Artifact


def statements(artifact: Artifact, cluster: Cluster) -> Iterator[Statement]:
    """Yield a statement for every service that is no backing service."""
    for service in read_compose(artifact.content).services:
        if service.build is None and (not service.image or service_of(service.image) is not None or is_tool(service.image)):
            continue
        yield _statement(artifact, service)


def _statement(artifact: Artifact, service: Service) -> Statement:
    built = service.build.dockerfile_path() if service.build is not None else None
    folder = PurePosixPath(artifact.path).parent
    numbers = {int(port.target) for port in service.ports if port.target.isdigit() and len(port.target) < 6}
    health = None
    if service.health_test and not service.health_disabled:
        words = service.health_test[1:] if service.health_test[0] in ("CMD", "CMD-SHELL") else service.health_test
        health = understand_probe(words, {item.name: item.value for item in service.environment if item.value is not None}).path
    user = str(service.value("user") or "").split(":")[0]
    names = {service.name, reference(service.image).name if service.image else ""}
    return Statement(
        path=artifact.path,
        title=f"the service {service.name}",
        line=service.line,
        names=frozenset(name.lower() for name in names if name),
        dockerfile=str(folder / built) if built is not None else "",
        image=service.image if "$" not in service.image else "",
        image_line=service.line_of("image"),
        ports=frozenset(numbers),
        ports_line=service.line_of("ports"),
        port_moved=bool(service.command or service.entrypoint),
        health=health,
        health_line=service.line_of("healthcheck"),
        user=None if not user or "$" in user else ("root" if user in ("0", "root") else user),
        user_line=service.line_of("user"),
        variables=MappingProxyType({item.name: _given(item.line, item.value) for item in service.environment}),
        whole=not service.env_files and not service.inherits,
    )


def _given(line: int, value: str | None) -> Given:
    return Given(line, clear=value if value and "${" not in value else "")
