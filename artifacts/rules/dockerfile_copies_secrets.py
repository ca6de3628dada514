"""A file that holds secrets is copied into the image by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_SECRET = re.compile(
    r"^(?:\.env(?:\.(?!example$|sample$|template$|dist$|defaults$)[\w.-]+)?|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pgpass|\.htpasswd)$"
)
_FOLDERS = frozenset({".aws", ".ssh", ".kube", ".gnupg"})


def check(context: Context) -> Iterator[Remark]:
    """Look at the names COPY and ADD take from the build context."""
    for stage in context.dockerfile.stages:
        for copy in stage.of("COPY", "ADD"):
            if copy.flag("from") is not None:
                continue
            for source in copy.sources():
                parts = source.strip("/").split("/")
                if _SECRET.match(parts[-1]) or _FOLDERS & set(parts):
                    yield Remark(copy.line, f"{source} holds secrets and becomes part of the image")


RULE = Rule(
    id="dockerfile_copies_secrets",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="A file with secrets is copied into the image",
    why="Whoever can pull the image can read the file, even when a later layer deletes it. Environment files are given when the "
    "container starts (env_file, --env-file); keys for a build come through RUN --mount=type=secret or type=ssh.",
    good='FROM node:22-slim\nWORKDIR /app\nCOPY package.json .env.example ./\nUSER node\nCMD ["node", "server.js"]\n',
    bad='FROM node:22-slim\nWORKDIR /app\nCOPY package.json .env ./\nUSER node\nCMD ["node", "server.js"]\n',
    check=check,
)
