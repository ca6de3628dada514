"""npm's download cache stays in the image."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.installs import leftovers
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
)
