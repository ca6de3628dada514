"""A port is exposed but nothing tells whether the service answers."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import family_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Images without a shell are excused: they may have nothing to probe with."""
    image = context.image
    if image is not None and image.ports and image.health is None and family_of(image.root) != "none":
        yield Remark(image.ports[0].line, f"port {image.ports[0].number} is exposed, but there is no HEALTHCHECK")


RULE = Rule(
    id="dockerfile_no_health_check",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="An exposed service has no health check",
    why="Without one the engine takes a process that hangs for a healthy one: it is not restarted, gets traffic, and what depends on it "
    "starts too early.",
    good="FROM python:3.12-slim\nEXPOSE 8000\nUSER nobody\n"
    'HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen(\'http://127.0.0.1:8000/\')"]\nCMD ["python", "-m", "app"]\n',
    bad='FROM python:3.12-slim\nEXPOSE 8000\nUSER nobody\nCMD ["python", "-m", "app"]\n',
    check=check,
)
