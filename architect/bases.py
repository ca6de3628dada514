"""Base images several stacks share, and health probes that the image at hand can really run."""

from __future__ import annotations

from collections.abc import Sequence

from architect.plan import Copy, Family, Image, Packages, Run, Stage, Step
from architect.profile import Component

ALPINE = Image("alpine:3.22", Family.ALPINE, probe="wget", why="a few megabytes, and its wget can probe")
BOOKWORM = Image("debian:bookworm-slim", Family.DEBIAN, probe="bash", why="the C library the program was linked against")
DISTROLESS_STATIC = Image(
    "gcr.io/distroless/static-debian12:nonroot",
    Family.DISTROLESS,
    user="nonroot",
    why="no shell and no package manager; never runs as root",
)
DISTROLESS_CC = Image(
    "gcr.io/distroless/cc-debian12:nonroot", Family.DISTROLESS, user="nonroot", why="only the C runtime; no shell; never runs as root"
)
SCRATCH = Image("scratch", Family.SCRATCH, why="nothing but the program")
ARCHIVED_DEBIAN = Run(
    "sed -i -E -e 's,//(deb|security)[.],//archive.,' -e '/-updates/d' /etc/apt/sources.list"
    " && echo 'Acquire::Check-Valid-Until \"false\";' > /etc/apt/apt.conf.d/90archive",
    why="this release of Debian is no longer maintained and its packages have moved",
)
PROBE = Stage(
    "probe", Image("busybox:1.37.0-musl", Family.SCRATCH, why="one static program that can probe where the image has no tool of its own")
)
PROBE_PATH = "/usr/local/bin/busybox"
_HTTP = "http://127.0.0.1:{port}{path}"


def probe_copy() -> Copy:
    """Return the step that brings the probe of `PROBE` into an image without a shell."""
    return Copy(("/bin/busybox",), PROBE_PATH, stage=PROBE.name, why="the health check's only tool; the image has no shell")


def probe_command(component: Component) -> tuple[str, ...] | None:
    """Return the health check that the copied probe runs: HTTP where a path is known, else whether the port accepts."""
    if component.port is None:
        return None
    if component.health is not None:
        return (PROBE_PATH, "wget", "-q", "-O", "/dev/null", _HTTP.format(port=component.port.value, path=component.health.value))
    return (PROBE_PATH, "nc", "-z", "127.0.0.1", str(component.port.value))


def tcp_command(image: Image, port: int) -> tuple[str, ...]:
    """Return a command of this image that tells whether a port accepts connections.

    Raises ValueError when the image offers nothing that could.
    """
    number = str(port)
    if image.family is Family.ALPINE:
        return ("nc", "-z", "127.0.0.1", number)
    commands: dict[str, tuple[str, ...]] = {
        "bash": ("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{number}"),
        "wget": ("nc", "-z", "127.0.0.1", number),
        "ruby": ("ruby", "-rsocket", "-e", f"TCPSocket.new('127.0.0.1', {number}).close"),
        "php": ("php", "-r", f"exit(@fsockopen('127.0.0.1', {number}) ? 0 : 1);"),
        "deno": ("deno", "eval", f"(await Deno.connect({{ hostname: '127.0.0.1', port: {number} }})).close()"),
        "bun": ("bun", "-e", f"await Bun.connect({{ hostname: '127.0.0.1', port: {number}, socket: {{ data() {{}} }} }}); process.exit(0)"),
        "python": ("python", "-c", f"import socket; socket.create_connection(('127.0.0.1', {number}), 3)"),
        "node": (
            "node",
            "-e",
            f"require('net').connect({number}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))",
        ),
    }
    if image.family is Family.DEBIAN and image.probe in (None, "curl", "wget"):
        return commands["bash"]
    if image.probe not in commands:
        raise ValueError(
            f"The image {image.reference} has no tool to probe port {number}; choose one with a shell or copy a probe into it."
        )
    return commands[image.probe]


def health_command(image: Image, component: Component) -> tuple[str, ...] | None:
    """Return the probe's command where no health path is known but a port is; None leaves it to the path (or to nothing)."""
    if component.port is None or component.health is not None:
        return None
    return tcp_command(image, component.port.value)


def debian_packages(*names: str, why: str, alpine: Sequence[str] = ()) -> tuple[Step, ...]:
    """Return the step that installs these packages, or none when there are none."""
    return (Packages(tuple(names), tuple(alpine), why=why),) if names or alpine else ()
