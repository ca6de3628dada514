"""The secrets gate of commits (SECURITY 11): what a commit would add is searched, and what is found is named before anything is kept."""

from __future__ import annotations

import hashlib
import re

from workspace.denied import denied_content, denied_reason
from workspace.repository.looking import DIFF
from workspace.repository.program import Git
from workspace.repository.records import Secret
from workspace.secrets import mask

MOST_FILES = 500
MAX_BYTES = 1024 * 1024
_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


async def secrets_in(git: Git, tree: str, base: str) -> tuple[Secret, ...]:
    """Return the secrets that a tree has and its base (a commit or the empty tree) has not, file by file.

    Whole files of a kind that holds secrets are one finding each. Of text the added lines count: what is committed already is not
    found again. Binary files are not searched.
    """
    raw = await git.ask(
        "diff-tree", "-r", "-z", "--no-commit-id", "--no-renames", "--diff-filter=AMT", "--ignore-submodules=all", base, tree
    )
    fields = raw.split("\0")
    found: list[Secret] = []
    for head, path in list(zip(fields[0::2], fields[1::2], strict=False))[:MOST_FILES]:
        _, mode, _, blob, _ = head.lstrip(":").split(" ")
        if mode not in ("100644", "100755"):
            continue
        why = denied_reason(path)
        if why:
            found.append(_secret(path, 1, "file of secrets", why, blob))
            continue
        found += await _in_text(git, path, blob, base, tree)
    if len(fields) // 2 > MOST_FILES:
        found.append(_secret("", 0, "not searched", f"only {MOST_FILES} files are searched; stage fewer at once", tree))
    return tuple(found)


async def _in_text(git: Git, path: str, blob: str, base: str, tree: str) -> list[Secret]:
    content = await git.call("cat-file", "blob", blob, most=MAX_BYTES)
    if "\0" in content.output[:8_192]:
        return []
    why = denied_content(path, content.output[:65_536])
    if why:
        return [_secret(path, 1, "file of secrets", why, blob)]
    findings = mask(content.output, path).findings
    large = [_secret(path, 0, "not searched", "only its first megabyte was searched", blob)] if content.truncated else []
    if not findings:
        return large
    added = _added(await git.ask("diff-tree", "-r", "-p", "--unified=0", *DIFF, base, tree, "--", path))
    return large + [
        _secret(path, finding.line, finding.kind, "found by its form or its name", blob) for finding in findings if finding.line in added
    ]


def _added(difference: str) -> frozenset[int]:
    """Return the numbers of the lines a difference adds."""
    lines: set[int] = set()
    for line in difference.splitlines():
        hunk = _HUNK.match(line)
        if hunk:
            start = int(hunk[1])
            lines.update(range(start, start + int(hunk[2] if hunk[2] is not None else 1)))
    return frozenset(lines)


def _secret(path: str, line: int, kind: str, why: str, blob: str) -> Secret:
    identity = hashlib.sha256(f"{path}\0{line}\0{kind}\0{blob}".encode("utf-8", "replace")).hexdigest()[:16]
    return Secret(identity, path, line, kind, why)
