"""The final image runs as root."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.decisions import user_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at the last USER of the final image, or at what its base is known for."""
    image = context.image
    if image is not None and image.user is None and user_of(image) == "root":
        yield Remark(image.stage.line, f"no USER is set, so the process runs as {image.root} does, which is root")


RULE = Rule(
    id="dockerfile_root_user",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="The process runs as root",
    why="A process that is root in its container needs one kernel or runtime fault less to be root on the host, and can change every "
    "file of the image. Most services need no privilege: they listen on a port above 1023.",
    good='FROM node:22-slim\nWORKDIR /app\nCOPY . .\nUSER node\nCMD ["node", "server.js"]\n',
    bad='FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
    check=check,
)
