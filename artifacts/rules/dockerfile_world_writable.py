"""Files are made writable for everyone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.dockerfile.installs import run_commands
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_OPEN = re.compile(r"^(?:0?777|0?666|a\+r?wx?|ugo\+r?wx?|o\+r?wx?)$")


def check(context: Context) -> Iterator[Remark]:
    """Look at chmod in RUN and at --chmod of COPY and ADD; /tmp with its sticky bit (1777) is as it should be."""
    for stage in context.dockerfile.stages:
        for run in stage.of("RUN"):
            for command in run_commands(run):
                if command[0] == "chmod" and any(_OPEN.match(word) for word in command[1:]):
                    yield Remark(run.line, f"`{' '.join(command)[:60]}` lets every process in the container change these files")
                    break
        for copy in stage.of("COPY", "ADD"):
            if _OPEN.match(copy.flag("chmod") or ""):
                yield Remark(copy.line, f"--chmod={copy.flag('chmod')} lets every process in the container change these files")


RULE = Rule(
    id="dockerfile_world_writable",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="Files are writable for everyone",
    why="chmod 777 hides a question of ownership and lets a process that was taken over change the program it runs. Give the folder to "
    "the user that needs it: COPY --chown, or chown on the one folder.",
    good='FROM node:22-slim\nWORKDIR /app\nCOPY --chown=node:node . .\nUSER node\nCMD ["node", "server.js"]\n',
    bad='FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN chmod -R 777 /app\nUSER node\nCMD ["node", "server.js"]\n',
    check=check,
)
