"""A script from the network is run without being checked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_PIPED = re.compile(r"\b(?:curl|wget)\b[^|;&\n]{0,400}\|\s*(?:sudo\s+)?(?:\w+=\S+\s+)*(?:/bin/)?(?:ba|z|da)?sh\b")
_SUBSTITUTED = re.compile(r"\b(?:ba|z)?sh\b[^\n]{0,40}(?:<\(|\$\()\s*(?:curl|wget)\b")


def check(context: Context) -> Iterator[Remark]:
    """Look for a download piped or substituted into a shell."""
    for stage in context.dockerfile.stages:
        for run in stage.of("RUN"):
            text = run.script()
            if _PIPED.search(text) or _SUBSTITUTED.search(text):
                yield Remark(run.line, "a script is downloaded and run unseen; download it, compare its checksum, then run it")


RULE = Rule(
    id="dockerfile_pipe_to_shell",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="A downloaded script is run unchecked",
    why="Whatever the other side serves at build time runs as root in the image. A cut-off download runs too, half. Prefer a package or "
    "COPY --from an official image.",
    good='FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv:0.9 /uv /bin/uv\nUSER nobody\nCMD ["uv", "--version"]\n',
    bad='FROM python:3.12\nRUN curl -LsSf https://example.com/install.sh | sh\nUSER nobody\nCMD ["uv", "--version"]\n',
    check=check,
)
