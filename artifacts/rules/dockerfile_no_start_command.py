"""A runtime image is left with its default command, an interactive interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import reference
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_INTERACTIVE = frozenset(
    {"python", "node", "ruby", "php", "golang", "rust", "debian", "ubuntu", "alpine", "eclipse-temurin", "scratch", "openjdk"}
)


def check(context: Context) -> Iterator[Remark]:
    """Judge only images whose default command serves nothing; php's server variants have one that does."""
    image = context.image
    if image is None or image.command:
        return
    ref = reference(image.root)
    if ref.repository in _INTERACTIVE and not any(word in ref.tag for word in ("apache", "fpm", "zts")):
        yield Remark(
            image.stage.line, f"neither CMD nor ENTRYPOINT is set, so the container starts what {image.root} starts and ends at once"
        )


RULE = Rule(
    id="dockerfile_no_start_command",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="Nothing is started",
    why="The default command of language images is an interactive interpreter, that of distributions a shell. Without "
    "a terminal both end at once.",
    good='FROM python:3.12-slim\nUSER nobody\nCMD ["python", "-m", "app"]\n',
    bad="FROM python:3.12-slim\nUSER nobody\nWORKDIR /app\n",
    check=check,
)
