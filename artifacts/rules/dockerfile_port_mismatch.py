"""EXPOSE and the start command name different ports."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.decisions import start_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Only a port that the start command binds in so many words counts."""
    image = context.image
    if image is None or not image.ports:
        return
    start = start_of(image)
    exposed = {port.number for port in image.ports}
    if start is not None and start.port is not None and start.port not in exposed:
        shown = ", ".join(map(str, sorted(exposed)[:5]))
        yield Remark(image.ports[0].line, f"EXPOSE says {shown}, but the start command listens on {start.port}")


RULE = Rule(
    id="dockerfile_port_mismatch",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="EXPOSE and the start command disagree on the port",
    why="Platforms and people send requests to the exposed port. When the process listens elsewhere they are refused.",
    good='FROM python:3.12-slim\nEXPOSE 8000\nUSER nobody\nHEALTHCHECK NONE\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]\n',
    bad='FROM python:3.12-slim\nEXPOSE 5000\nUSER nobody\nHEALTHCHECK NONE\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]\n',
    check=check,
)
