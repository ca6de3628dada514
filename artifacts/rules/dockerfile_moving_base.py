"""A base image's tag moves to other content by design."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import is_pinned, reference
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Missing tags and `latest` are hadolint's to report; this is about tags such as `lts` or `slim` without a version."""
    for stage in context.dockerfile.external_bases():
        ref = reference(stage.base)
        if ref.tag and ref.tag != "latest" and "$" not in stage.base and not is_pinned(stage.base):
            yield Remark(stage.line, f"{stage.base} names no version; next month's build may start from another one")


RULE = Rule(
    id="dockerfile_moving_base",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="The base image's tag names no version",
    why="Tags such as lts, slim or alpine follow the newest release. A rebuild months later starts from another major version without "
    "anyone having decided so.",
    good='FROM node:22-slim\nUSER node\nCMD ["node", "server.js"]\n',
    bad='FROM node:lts-slim\nUSER node\nCMD ["node", "server.js"]\n',
    check=check,
)
