"""A start command looks like exec form but is not JSON, so a shell runs it with its brackets."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at CMD, ENTRYPOINT and HEALTHCHECK CMD whose text begins with a bracket; in PowerShell that is ordinary."""
    if context.dockerfile.escape != "\\":
        return
    for stage in context.dockerfile.stages:
        for instruction in stage.of("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            text = instruction.rest
            if instruction.op == "HEALTHCHECK":
                text = text.split(None, 1)[1].strip() if len(text.split(None, 1)) > 1 else ""
            if instruction.argv is None and text.startswith("[") and not text.startswith(("[ ", "[[ ")):
                yield Remark(
                    instruction.line,
                    f"{instruction.op} is not a JSON array (double quotes are needed), so a shell runs it brackets and all",
                )


RULE = Rule(
    id="dockerfile_broken_exec_form",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="Exec form that is not JSON",
    why="With single quotes or a trailing comma the array is not JSON. The builder then takes it for shell form without a word, and the "
    "container fails with `[node,: not found`.",
    good='FROM node:22-slim\nUSER node\nCMD ["node", "server.js"]\n',
    bad="FROM node:22-slim\nUSER node\nCMD ['node', 'server.js']\n",
    check=check,
)
