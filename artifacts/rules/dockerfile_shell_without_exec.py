"""A shell stays in front of the process although the command is in exec form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from artifacts.dockerfile.decisions import start_of
from artifacts.mending import with_lines
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look for `sh -c` without exec; plain shell form is hadolint's to report."""
    image = context.image
    start = start_of(image) if image is not None else None
    if image is None or start is None or not start.through_shell:
        return
    command = image.entrypoint or image.cmd
    if command is not None and command.exec_form:
        yield Remark(image.start_line, "sh -c stays process 1 and does not pass SIGTERM on; write `exec` before the last command")


def fix(context: Context) -> str | None:
    """Write exec in front of the last command, where that is one plain command."""
    image = context.image
    command = (image.entrypoint or image.cmd) if image is not None else None
    if image is None or command is None or not any(check(context)):
        return None
    argv = image.command
    script = argv[2] if len(argv) == 3 and argv[1] == "-c" else ""
    head, sign, last = script.rpartition("&& ")
    if not last.strip() or re.search(r"[;|&\n]|^\s*\w+=|^\s*(if|for|while|exec|set|cd)\b", last):
        return None
    old, new = json.dumps(script, ensure_ascii=False), json.dumps(f"{head}{sign}exec {last.lstrip()}", ensure_ascii=False)
    starts = [item for item in image.instructions if item.op in ("CMD", "ENTRYPOINT") and item.argv is not None]
    return with_lines(context.artifact.content, starts, lambda written: [line.replace(old, new) for line in written])


RULE = Rule(
    id="dockerfile_shell_without_exec",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="A shell keeps signals from the process",
    why="The engine sends SIGTERM to process 1. A shell there does not forward it, so every stop waits ten seconds and then kills the "
    "service in the middle of its work.",
    good='FROM node:22-slim\nUSER node\nCMD ["sh", "-c", "exec node server.js --port ${PORT:-3000}"]\n',
    bad='FROM node:22-slim\nUSER node\nCMD ["sh", "-c", "node server.js --port ${PORT:-3000}"]\n',
    check=check,
    fix=fix,
)
