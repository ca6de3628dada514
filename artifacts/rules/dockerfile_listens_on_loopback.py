"""The start command binds to the container's own loopback address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.dockerfile.decisions import start_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_BIND = re.compile(r"^(?:--?(?:bind|host|listen|http|address|hostname|server\.address|b|H|urls|binding)(?:=|$))")
_LOOPBACK = re.compile(r"(?:^|[=/@])(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?/?$")


def check(context: Context) -> Iterator[Remark]:
    """Look for a binding option with a loopback value, and for Django's runserver."""
    image = context.image
    start = start_of(image) if image is not None else None
    if image is None or start is None:
        return
    words = start.argv
    for index, word in enumerate(words):
        value = word if "=" in word else (words[index + 1] if index + 1 < len(words) else "")
        if (_BIND.match(word) and _LOOPBACK.search(value)) or (word == "runserver" and _LOOPBACK.search(value)):
            yield Remark(image.start_line, f"{value[:60]} can be reached only from inside the container; 0.0.0.0 is needed")
            return


RULE = Rule(
    id="dockerfile_listens_on_loopback",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="The service listens on loopback only",
    why="Each container has its own loopback interface. A service bound to 127.0.0.1 there cannot be reached through a published port.",
    good='FROM python:3.12-slim\nUSER nobody\nCMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]\n',
    bad='FROM python:3.12-slim\nUSER nobody\nCMD ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", "8000"]\n',
    check=check,
)
