"""Looking at a repository: status, differences, the log, branches, tags, the stash. Nothing here changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from workspace.errors import InvalidName, WorkspaceError
from workspace.paths import join, split
from workspace.repository import words
from workspace.repository.names import address, remote_name
from workspace.repository.program import Git
from workspace.repository.records import Commit, FileStatus, Mark, Reference, Snapshot, Stashed, Status
from workspace.repository.settings import parse
from workspace.secrets import mask

MOST_FILES, MOST_COMMITS, MOST_REFERENCES = 2_000, 200, 500
DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--ignore-submodules=all")
"""What every difference is asked for with: no program of anyone's, and no look into submodules."""

_MARKS = {"A": Mark.NEW, "M": Mark.CHANGED, "T": Mark.CHANGED, "D": Mark.DELETED, ".": Mark.NONE}
_LOG = "%H%x00%P%x00%an%x00%at%x00%D%x00%s%x00"
_REFERENCE = (
    "%(refname)%00%(refname:short)%00%(objectname)%00%(*objectname)%00%(creatordate:unix)%00%(HEAD)%00%(upstream:short)%00%(subject)%00"
)


async def snapshot(git: Git, commits: int = 30) -> Snapshot:
    """Return everything at once, asked side by side."""
    status, (branches, tags), log, stashes, remotes = await asyncio.gather(
        status_of(git), references(git), history(git, commits), stash_list(git), remotes_of(git)
    )
    return Snapshot(status, branches, tags, log, stashes, remotes, git.identity)


async def status_of(git: Git) -> Status:
    """Return the branch and every file that differs, untracked ones too; submodules are not looked into."""
    argv = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignore-submodules=all", "--no-renames")
    ended = await git.call(*argv)
    if not ended.ok:
        raise words.failure("status", ended.errors)
    told = {"oid": "", "head": "", "upstream": "", "ab": ""}
    files: list[FileStatus] = []
    for entry in ended.output.split("\0"):
        if entry.startswith("# branch."):
            name, _, value = entry.removeprefix("# branch.").partition(" ")
            told[name] = value
        elif entry and len(files) < MOST_FILES:
            files += _file(entry)
    ahead, _, behind = told["ab"].partition(" ")
    return Status(
        branch="" if told["head"] == "(detached)" else told["head"],
        head="" if told["oid"] == "(initial)" else told["oid"],
        upstream=told["upstream"],
        ahead=int(ahead or 0),
        behind=abs(int(behind or 0)),
        files=tuple(sorted(files, key=lambda file: file.path)),
        unfinished=git.place.unfinished,
        complete=not ended.truncated and len(files) < MOST_FILES,
    )


async def difference(git: Git, path: str, *, staged: bool) -> str:
    """Return one file's difference, with secrets masked: against the last commit when staged, else against what is staged."""
    clean = join(*split(path))
    text = await git.ask("diff", *(("--cached",) if staged else ()), *DIFF, "--unified=3", "--", clean, most=1024 * 1024)
    return mask(text, clean).text


async def history(git: Git, most: int = 30) -> tuple[Commit, ...]:
    """Return the newest commits of all branches, children before parents; none before the first commit."""
    count = str(max(1, min(most, MOST_COMMITS)))
    argv = ("log", "--branches", "--remotes", "--topo-order", f"--max-count={count}", "--decorate=full", "--no-show-signature")
    head = await git.call("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    ended = await git.call(*argv, "--no-ext-diff", f"--format={_LOG}", *(("HEAD",) if head.ok else ()), "--")
    if not ended.ok:
        return ()
    found = []
    for identity, parents, author, when, names, subject in _records(ended.output, 6):
        decorated = tuple(name.removeprefix("HEAD -> ").removeprefix("tag: ") for name in names.split(", ") if name and name != "HEAD")
        found.append(Commit(identity, tuple(parents.split()), author, float(when or 0), subject, decorated))
    return tuple(found)


async def references(git: Git) -> tuple[tuple[Reference, ...], tuple[Reference, ...]]:
    """Return the branches (local first, newest first) and the tags."""
    argv = ("for-each-ref", "--sort=-creatordate", f"--count={MOST_REFERENCES}", f"--format={_REFERENCE}")
    text = await git.ask(*argv, "refs/heads", "refs/remotes", "refs/tags")
    found = [
        Reference(name, short, peeled or commit, float(when or 0), subject, current == "*", upstream)
        for name, short, commit, peeled, when, current, upstream, subject in _records(text, 8)
        if not name.endswith("/HEAD")
    ]
    branches = sorted(
        (entry for entry in found if not entry.name.startswith("refs/tags/")), key=lambda e: not e.name.startswith("refs/heads/")
    )
    return tuple(branches), tuple(entry for entry in found if entry.name.startswith("refs/tags/"))


async def stash_list(git: Git) -> tuple[Stashed, ...]:
    """Return what was put aside, newest first."""
    text = await git.ask("stash", "list", "--format=%at%x00%gs%x00")
    return tuple(Stashed(number, float(when or 0), message) for number, (when, message) in enumerate(_records(text, 2)))


async def remotes_of(git: Git) -> tuple[tuple[str, str], ...]:
    """Return the remotes' names with their addresses as they may be shown; one that is not used says why."""
    found = []
    for name, url in await _addresses(git):
        try:
            found.append((name, address(url).shown))
        except WorkspaceError as problem:
            found.append((name, problem.message))
    return tuple(found)


async def address_of(git: Git, remote: str, *, pushing: bool = False) -> str:
    """Return a remote's address after looking at it. Raises InvalidName where there is no such remote or it is not used."""
    name = remote_name(remote)
    known = [(known, url) for known, url in await _addresses(git, pushing=pushing) if known == name]
    if not known:
        raise InvalidName(f"There is no remote '{name}' here. Add one (git remote add {name} ADDRESS), or choose another.")
    return address(known[0][1]).url


async def changed_between(git: Git, old: str, new: str) -> tuple[str, ...]:
    """Return the files that differ between two commits."""
    text = await git.ask("diff", "--name-only", "-z", *DIFF, f"{old}..{new}", "--")
    return tuple(path for path in text.split("\0") if path)


async def _addresses(git: Git, *, pushing: bool = False) -> list[tuple[str, str]]:
    """Return every remote's address; where pushing, the one it has for that."""
    pairs = parse(await git.ask("config", "--no-includes", "--local", "--list", "-z"))
    urls: dict[str, str] = {}
    for key in ("url", "pushurl") if pushing else ("url",):
        urls |= {
            name[len("remote.") : -len(key) - 1]: value for name, value in pairs if name.startswith("remote.") and name.endswith(f".{key}")
        }
    return list(urls.items())


def _file(entry: str) -> list[FileStatus]:
    kind = entry[0]
    if kind == "?":
        return [FileStatus(entry[2:], Mark.NONE, Mark.NEW)]
    if kind == "1":
        marks, path = entry[2:4], entry.split(" ", 8)[8]
        return [FileStatus(path, _MARKS.get(marks[0], Mark.CHANGED), _MARKS.get(marks[1], Mark.CHANGED))]
    if kind == "u":
        return [FileStatus(entry.split(" ", 10)[10], Mark.CONFLICT, Mark.CONFLICT)]
    return []


def _records(text: str, width: int) -> Iterator[Sequence[str]]:
    """Split into records of so many fields, each ended by NUL; what is left over belongs to a record that was cut off."""
    fields = text.split("\0")
    for start in range(0, len(fields) - width, width):
        first, *rest = fields[start : start + width]
        yield [first.lstrip("\n"), *rest]
