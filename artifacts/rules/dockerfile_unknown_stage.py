"""COPY --from names a stage that is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_STAGE_NAMES = frozenset(
    {
        "build",
        "builder",
        "base",
        "deps",
        "dependencies",
        "final",
        "prod",
        "production",
        "runtime",
        "compile",
        "frontend",
        "backend",
        "install",
    }
    | {
        "assets",
        "test",
        "dev",
        "development",
        "release",
        "publish",
        "vendor",
        "build-stage",
        "build-env",
        "frontend-build",
        "frontend-builder",
    }
)


def check(context: Context) -> Iterator[Remark]:
    """A name that is no stage is an image; only names that are plainly meant as a stage are reported."""
    dockerfile = context.dockerfile
    names = [stage.name.lower() for stage in dockerfile.stages if stage.name]
    for stage in dockerfile.stages:
        for copy in stage.of("COPY"):
            source = copy.flag("from")
            if not source or source.isdigit() or any(char in source for char in "/:.$@") or dockerfile.stage(source) is not None:
                continue
            near = difflib.get_close_matches(source.lower()[:40], names, n=1, cutoff=0.75)
            if near or source.lower() in _STAGE_NAMES:
                hint = f"; {near[0]} was perhaps meant" if near else ""
                yield Remark(copy.line, f"COPY --from={source} names no stage of this file and would be pulled as an image{hint}")


RULE = Rule(
    id="dockerfile_unknown_stage",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="COPY --from names a stage that does not exist",
    why="The builder takes an unknown name for an image on Docker Hub and fails, or worse, copies from a stranger's image of that name.",
    good='FROM golang:1.25 AS build\nRUN go build -o /app\nFROM scratch\nCOPY --from=build /app /app\nUSER 10001\nENTRYPOINT ["/app"]\n',
    bad='FROM golang:1.25 AS build\nRUN go build -o /app\nFROM scratch\nCOPY --from=builder /app /app\nUSER 10001\nENTRYPOINT ["/app"]\n',
    check=check,
)
