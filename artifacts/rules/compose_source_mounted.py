"""The source folder is mounted over what the image holds."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look for the build context itself being mounted into a service that is built from it."""
    for service in context.compose.services:
        if service.build is None:
            continue
        context_folder = service.build.context.rstrip("/").removeprefix("./") or "."
        for mount in service.mounts:
            source = mount.source.rstrip("/").removeprefix("./") or "."
            if mount.kind == "bind" and mount.source.startswith(".") and source == context_folder:
                yield Remark(mount.line, f"{service.name} runs the files of {mount.source} instead of those its image was built with")


RULE = Rule(
    id="compose_source_mounted",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="The source is mounted over the image",
    why="The mount hides what the build put there: installed packages and compiled files vanish, and what runs is not what was built. "
    "Use `develop.watch` or a separate override file for development.",
    good='services:\n  web:\n    build: .\n    volumes: ["uploads:/app/uploads"]\nvolumes:\n  uploads:\n',
    bad='services:\n  web:\n    build: .\n    volumes: [".:/app"]\n',
    check=check,
)
