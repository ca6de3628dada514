"""ADD downloads a file without a checksum."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Git sources are named by a commit instead and stay out."""
    for stage in context.dockerfile.stages:
        for add in stage.of("ADD"):
            remote = [source for source in add.sources() if source.startswith(("http://", "https://")) and ".git" not in source]
            if remote and not add.flag("checksum"):
                yield Remark(add.line, f"{remote[0][:80]} is downloaded without --checksum")


RULE = Rule(
    id="dockerfile_add_without_checksum",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="A download has no checksum",
    why="The file may change or be exchanged between two builds, and nobody notices. ADD --checksum=sha256:... refuses anything else.",
    good="FROM debian:12-slim\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d "
    'https://example.com/tool.tar.gz /opt/\nUSER nobody\nCMD ["ls"]\n',
    bad='FROM debian:12-slim\nADD https://example.com/tool.tar.gz /opt/\nUSER nobody\nCMD ["ls"]\n',
    check=check,
)
