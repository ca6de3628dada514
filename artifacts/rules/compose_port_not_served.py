"""Requests are sent to a port on which the built image does not listen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from artifacts.dockerfile import image_of, read_dockerfile
from artifacts.dockerfile.decisions import listening_ports, port_variables, start_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Compare with the Dockerfile of the same answer; an own command or a port variable excuses the service."""
    for service in context.compose.services:
        built = service.build.dockerfile_path() if service.build is not None else None
        if service.build is None or built is None or service.command or service.entrypoint:
            continue
        path = str(PurePosixPath(context.artifact.path).parent / built)
        content = next((item.content for item in context.artifacts if item.path == path and item.kind is Kind.DOCKERFILE), None)
        image = image_of(read_dockerfile(content), service.build.target or None) if content is not None else None
        if image is None:
            continue
        start = start_of(image)
        known = {*listening_ports(image), *port_variables(image).values(), *([start.port] if start and start.port else [])}
        if not known:
            continue
        known |= {int(item.value) for item in service.environment if item.value and item.value.isdigit() and len(item.value) < 6}
        for mapping in service.ports:
            if mapping.target.isdigit() and len(mapping.target) < 6 and int(mapping.target) not in known:
                shown = ", ".join(map(str, sorted(known)[:5]))
                yield Remark(mapping.line, f"{service.name} maps to port {mapping.target} of the container, but {path} listens on {shown}")


RULE = Rule(
    id="compose_port_not_served",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A published port leads nowhere",
    why="The right side of a mapping is the port inside the container. When the image listens on another one, connections are refused.",
    good='services:\n  web:\n    build: .\n    ports: ["80:8000"]\n',
    bad='services:\n  web:\n    build: .\n    ports: ["80:3000"]\n',
    beside=(("Dockerfile", 'FROM python:3.12-slim\nEXPOSE 8000\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]\n'),),
    check=check,
)
