"""Merging what was fetched: where both sides changed the same places, a person says file by file which text is kept.

A merge is never left half done: it is made and committed in one go with every answer at hand, or put back completely.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workspace.denied import denied_reason
from workspace.errors import GitFailed, MergeConflict, NoIdentity
from workspace.paths import shown
from workspace.processes import finish
from workspace.repository import words
from workspace.repository.looking import changed_between, status_of
from workspace.repository.program import Git
from workspace.repository.records import Conflict, Mark, Side
from workspace.repository.remotes import Pulled, count_apart, fork_of, theirs_of
from workspace.secrets import mask

MOST_LINES, MOST_BYTES = 400, 1024 * 1024
_BASE, _MINE, _THEIRS = 1, 2, 3


@dataclass(frozen=True, slots=True)
class _Blob:
    """One side's text of a file as Git holds it."""

    mode: str
    id: str


async def merge_theirs(git: Git, remote: str = "origin", sides: Mapping[str, Side] | None = None) -> Pulled:
    """Merge what was fetched; `sides` says which text is kept of a file that both sides changed in the same places.

    Raises MergeConflict with the files that nobody decided about, NoIdentity, and GitFailed; then everything was put back.
    """
    if not all(git.identity):
        raise NoIdentity("A merge is a commit, and Git knows no name and address for you. Give both here, or set them once for Git.")
    status = await status_of(git)
    if git.place.unfinished:
        raise GitFailed(f"There is {git.place.unfinished} that was begun and not ended. Finish or abort it first.")
    if any(file.staged or file.unstaged != "new" for file in status.files):
        raise GitFailed("There are changes that are not committed. Commit them or put them in the stash, then merge.")
    theirs = await theirs_of(git, remote, status.branch)
    _, behind = await count_apart(git, theirs)
    files = await changed_between(git, await fork_of(git, theirs), theirs)
    return await finish(_merge(git, remote, theirs, Pulled(behind, files), sides or {}))


async def abort(git: Git) -> None:
    """Put back a merge that was begun elsewhere and not ended. Raises GitFailed where there is none."""
    if not (git.place.git_dir / "MERGE_HEAD").exists():
        raise GitFailed("There is no merge to abort.")
    await git.ask("merge", "--abort")


async def _merge(git: Git, remote: str, theirs: str, merged: Pulled, sides: Mapping[str, Side]) -> Pulled:
    ended = await git.call("merge", "--no-edit", "--no-verify", "--no-stat", theirs)
    if ended.ok:
        return merged
    try:
        blobs = await _conflicts(git)
        if not blobs:
            raise words.failure("merge", ended.errors or ended.tail)
        found = [await _conflict(git, path, stages) for path, stages in blobs.items()]
        undecided = tuple(conflict for conflict in found if sides.get(conflict.path) not in conflict.sides)
        if undecided:
            raise MergeConflict(_sentence(remote, found), tuple(found))
        for path, stages in blobs.items():
            await _keep(git, path, stages, sides[path])
        await git.ask("commit", "--no-verify", "--no-edit", "--cleanup=strip", "--quiet")
    except BaseException:
        if (git.place.git_dir / "MERGE_HEAD").exists():
            await git.ask("merge", "--abort")
        raise
    return merged


def _sentence(remote: str, found: list[Conflict]) -> str:
    named = ", ".join(shown(conflict.path) for conflict in found[:5]) + (" and more" if len(found) > 5 else "")
    return (
        f"You and {remote} changed the same places in {named}. Nothing was changed. Say for each file which text is kept, "
        "or put your commits on a branch of their own."
    )


async def _conflicts(git: Git) -> dict[str, dict[int, _Blob]]:
    """Return what Git holds of each file in conflict, by stage: the common text, mine, theirs."""
    found: dict[str, dict[int, _Blob]] = {}
    for entry in (await git.ask("ls-files", "--unmerged", "-z")).split("\0"):
        head, tab, path = entry.partition("\t")
        if tab:
            mode, blob, stage = head.split()
            found.setdefault(path, {})[int(stage)] = _Blob(mode, blob)
    return found


async def _conflict(git: Git, path: str, stages: Mapping[int, _Blob]) -> Conflict:
    base = _BASE in stages
    texts = [await _text(git, stages.get(stage)) for stage in (_MINE, _THEIRS)]
    plain = all(stages[stage].mode.startswith("100") for stage in (_MINE, _THEIRS) if stage in stages)
    both = plain and all(text is not None and stage in stages for text, stage in zip(texts, (_MINE, _THEIRS), strict=True))
    return Conflict(
        path,
        mine=_mark(base, _MINE in stages),
        theirs=_mark(base, _THEIRS in stages),
        sides=(Side.MINE, Side.THEIRS, *((Side.BOTH,) if both else ())),
        difference=_difference(path, texts[0], texts[1]),
    )


def _mark(base: bool, there: bool) -> Mark:
    return (Mark.CHANGED if base else Mark.NEW) if there else Mark.DELETED


def _difference(path: str, mine: str | None, theirs: str | None) -> str:
    if mine is None or theirs is None or denied_reason(path):
        return ""
    before, after = (mask(text, path).text.splitlines() for text in (mine, theirs))
    lines = list(difflib.unified_diff(before, after, "mine", "theirs", lineterm=""))
    return "\n".join(lines[:MOST_LINES])


async def _text(git: Git, blob: _Blob | None) -> str | None:
    """Return a side's text, "" where the side has no such file, None for what is no text or too large to be shown."""
    if blob is None:
        return ""
    ended = await git.call("cat-file", "blob", blob.id, most=MOST_BYTES)
    return None if not ended.ok or ended.truncated or "\0" in ended.output or "\ufffd" in ended.output else ended.output


async def _keep(git: Git, path: str, stages: Mapping[int, _Blob], side: Side) -> None:
    """Put the text that was chosen into the folder and into the next commit."""
    kept = await _both(git, stages) if side is Side.BOTH else stages.get(_MINE if side is Side.MINE else _THEIRS)
    if kept is None:
        await git.ask("rm", "--quiet", "--force", "--ignore-unmatch", "--pathspec-from-file=-", "--pathspec-file-nul", given=path.encode())
        return
    nothing = f"0 {'0' * 40}\t{path}\0"
    await git.ask("update-index", "-z", "--index-info", given=f"{nothing}{kept.mode} {kept.id}\t{path}\0".encode())
    await git.ask("checkout-index", "--force", "--quiet", "-z", "--stdin", given=f"{path}\0".encode())


async def _both(git: Git, stages: Mapping[int, _Blob]) -> _Blob:
    """Return both texts in one: what only one side changed is taken over, of what both changed mine comes first."""
    texts = [await _text(git, stages.get(stage)) or "" for stage in (_MINE, _BASE, _THEIRS)]

    def written(folder: str) -> list[str]:
        paths = [os.path.join(folder, name) for name in ("mine", "base", "theirs")]
        for path, text in zip(paths, texts, strict=True):
            Path(path).write_text(text, encoding="utf-8", newline="")
        return paths

    with tempfile.TemporaryDirectory(prefix="omni-merge-") as folder:
        united = await git.ask("merge-file", "-p", "--quiet", "--union", *await asyncio.to_thread(written, folder))
    blob = (await git.ask("hash-object", "-w", "--stdin", given=united.encode())).strip()
    return _Blob(stages[_MINE].mode, blob)
