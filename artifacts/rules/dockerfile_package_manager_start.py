"""npm, yarn or pnpm is process 1."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at the first word of the start command."""
    image = context.image
    if image is None or not image.command:
        return
    name = image.command[0].rsplit("/", 1)[-1]
    if name in ("npm", "yarn", "pnpm"):
        yield Remark(image.start_line, f"{name} is process 1; start node itself, so that signals reach it")


RULE = Rule(
    id="dockerfile_package_manager_start",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="A package manager starts the service",
    why="npm, yarn and pnpm start the program as a child, through a shell, and forward signals unreliably; they also cost memory for as "
    "long as the service runs.",
    good='FROM node:22-slim\nUSER node\nCMD ["node", "server.js"]\n',
    bad='FROM node:22-slim\nUSER node\nCMD ["npm", "start"]\n',
    check=check,
)
