"""npm's download cache stays in the image."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.installs import leftovers
from artifacts.mending import with_lines
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at the final image's own RUN lines; what apt, apk, pip and yarn leave is hadolint's to report."""
    image = context.image
    if image is None:
        return
    for instruction in image.instructions:
        if instruction.op == "RUN" and "npm cache" in leftovers(instruction, image.values):
            yield Remark(
                instruction.line, "npm leaves its cache in the image; use a cache mount or `npm cache clean --force` in the same RUN"
            )


def fix(context: Context) -> str | None:
    """Clean the cache in the same RUN, where that is written in shell form."""
    image = context.image
    lines = {remark.line for remark in check(context)}
    runs = [item for item in image.instructions if item.op == "RUN" and item.line in lines and item.argv is None] if image else []
    runs = [run for run in runs if not run.heredocs]
    return with_lines(context.artifact.content, runs, lambda written: [*written[:-1], f"{written[-1].rstrip()} && npm cache clean --force"])


RULE = Rule(
    id="dockerfile_npm_cache_left",
    kind=Kind.DOCKERFILE,
    severity=Severity.HINT,
    title="npm's cache ships with the image",
    why="npm keeps every package it downloaded below ~/.npm, often a hundred megabytes that nothing in the running image reads.",
    good="FROM node:22-slim\nCOPY package*.json ./\nRUN --mount=type=cache,target=/root/.npm npm ci --omit=dev\nUSER node\n"
    'CMD ["node", "server.js"]\n',
    bad='FROM node:22-slim\nCOPY package*.json ./\nRUN npm ci --omit=dev\nUSER node\nCMD ["node", "server.js"]\n',
    check=check,
    fix=fix,
)
