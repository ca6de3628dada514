"""A package manager of the system runs after USER has given up root."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.installs import SYSTEM_MANAGERS, run_commands
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Follow USER through each chain of stages; sudo in the line excuses it."""
    for stage in context.dockerfile.stages:
        user = "root"
        for link in context.dockerfile.chain(stage):
            for instruction in link.instructions:
                if instruction.op == "USER":
                    user = instruction.rest.split(":")[0].strip().strip("\"'")
                elif instruction.op == "RUN" and link is stage and user not in ("root", "0", "") and "$" not in user:
                    if "sudo" in instruction.script():
                        continue
                    used = [command[0] for command in run_commands(instruction) if command[0] in SYSTEM_MANAGERS and len(command) > 1]
                    if used:
                        yield Remark(instruction.line, f"{used[0]} needs root, but the user is {user} since the USER above")


RULE = Rule(
    id="dockerfile_root_needed_after_user",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="System packages are installed after root was given up",
    why="apt-get, apk and their like write below /usr and /var and fail for any other user: the build stops there.",
    good="FROM debian:12-slim\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nUSER "
    'nobody\nCMD ["curl", "--version"]\n',
    bad="FROM debian:12-slim\nUSER nobody\nRUN apt-get update && apt-get install -y curl && rm -rf "
    '/var/lib/apt/lists/*\nCMD ["curl", "--version"]\n',
    check=check,
)
