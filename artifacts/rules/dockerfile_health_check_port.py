"""The health check asks a port on which nothing listens."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.decisions import listening_ports, port_variables, start_of
from artifacts.dockerfile.health import understand_probe
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Compare the probe's port with EXPOSE, the start command and port variables."""
    image = context.image
    if image is None or image.health is None:
        return
    words = image.health.argv if image.health.argv is not None else tuple(image.health.rest.split()[1:])
    probe = understand_probe(words, image.values)
    start = start_of(image)
    known = {*listening_ports(image), *port_variables(image).values(), *([start.port] if start and start.port else [])}
    if probe.port is not None and known and probe.port not in known:
        shown = ", ".join(map(str, sorted(known)[:5]))
        yield Remark(image.health.line, f"the health check asks port {probe.port}, but the image listens on {shown}")


RULE = Rule(
    id="dockerfile_health_check_port",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="The health check asks another port",
    why="A check against a port nobody listens on fails for ever: the container is unhealthy although the service works.",
    good='FROM nginx:1.29-alpine\nEXPOSE 8080\nUSER nginx\nHEALTHCHECK CMD ["wget", "-qO-", "http://127.0.0.1:8080/"]\n',
    bad='FROM nginx:1.29-alpine\nEXPOSE 8080\nUSER nginx\nHEALTHCHECK CMD ["wget", "-qO-", "http://127.0.0.1:3000/"]\n',
    check=check,
)
