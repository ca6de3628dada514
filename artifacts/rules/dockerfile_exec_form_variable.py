"""A variable in exec form is never filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "pwsh", "powershell", "cmd", "busybox"})


def check(context: Context) -> Iterator[Remark]:
    """A shell among the first words excuses it, and so does an entry point that may be a script."""
    image = context.image
    if image is None:
        return
    for command in (image.entrypoint, image.cmd):
        if command is None or not command.exec_form:
            continue
        if any(word.rsplit("/", 1)[-1] in _SHELLS for word in command.argv[:4]) or (command is image.cmd and image.entrypoint is not None):
            continue
        for word in command.argv:
            match = _VARIABLE.search(word)
            if match is not None and not re.search(r"[;{}()]\s*\$|awk|perl", word):
                yield Remark(
                    command.line,
                    f"{match[0]}{'}' if '{' in match[0] else ''} is passed on as it stands: exec form has no shell to fill it in",
                )
                break


RULE = Rule(
    id="dockerfile_exec_form_variable",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="A variable in exec form is not filled in",
    why='CMD ["server", "--port", "$PORT"] hands the five characters $PORT to the program. Variables are filled in by a shell, and exec '
    "form starts none.",
    good='FROM node:22-slim\nUSER node\nCMD ["sh", "-c", "exec node server.js --port ${PORT:-3000}"]\n',
    bad='FROM node:22-slim\nUSER node\nCMD ["node", "server.js", "--port", "$PORT"]\n',
    check=check,
)
