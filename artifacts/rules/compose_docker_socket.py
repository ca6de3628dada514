"""A service gets the Docker socket."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Read-only makes no difference: the socket is a way to give orders, not a file."""
    for service in context.compose.services:
        for mount in service.mounts:
            if mount.source.rstrip("/").endswith(("/docker.sock", "/podman.sock", "/containerd.sock")):
                yield Remark(mount.line, f"{service.name} gets {mount.source}, and with it root on the host")


RULE = Rule(
    id="compose_docker_socket",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="The Docker socket is handed in",
    why="Whoever can talk to the socket can start a container with the host's disk mounted. Mounting it read-only changes nothing.",
    good="services:\n  web:\n    build: .\n",
    bad='services:\n  web:\n    build: .\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n',
    check=check,
)
