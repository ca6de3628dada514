"""Starts Git: one way, with settings above the repository's own, a clean environment, a deadline, and no program but Git itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workspace.errors import GitFailed, NoProgram, RepositoryRefused
from workspace.files import Workspace
from workspace.paths import shown
from workspace.processes import Ended, LineListener, run
from workspace.programs import environment, find_program
from workspace.repository import words
from workspace.repository.place import Place, find_place
from workspace.repository.settings import HARDENED, Pair, UserSettings, own, parse, refused
from workspace.trust import Act

LOCAL_S, NETWORK_S = 60.0, 1_800.0
"""Seconds a call may take that stays on this machine, and one that does not."""

MAX_OUTPUT = 8 * 1024 * 1024
HOW_TO_GET = "Install Git (Debian, Ubuntu, Fedora: the package git; macOS: xcode-select --install) and try again."
NETWORK_NAMES = (
    "SSH_AUTH_SOCK",
    "DBUS_SESSION_BUS_ADDRESS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
)
_OLDEST = (2, 31)
_ASK_S = 20.0


@dataclass(frozen=True, slots=True)
class Git:
    """A repository and the Git that works on it. Every call asks for trust and looks at the repository's settings again."""

    workspace: Workspace
    program: str
    place: Place
    user: UserSettings
    identity: Pair = ("", "")
    _seen: dict[str, tuple[object, ...]] = field(default_factory=dict, compare=False, repr=False)

    async def call(
        self,
        *argv: str,
        given: bytes = b"",
        limit_s: float | None = None,
        remote: str = "",
        on_line: LineListener | None = None,
        extra: Sequence[Pair] = (),
        most: int = MAX_OUTPUT,
    ) -> Ended:
        """Run Git with these words; `remote` is the scheme of the address it may reach, "" for none.

        Raises Restricted, RepositoryRefused, and GitFailed at the deadline; another failure is the caller's to judge.
        """
        self.workspace.allow(Act.GIT)
        self.workspace.require()
        await self._check()
        ended = await run(
            [self.program, f"--git-dir={self.place.git_dir}", f"--work-tree={self.place.work_tree}", "--no-pager", *argv],
            env=self._environment(remote, extra),
            limit_s=limit_s or (NETWORK_S if remote else LOCAL_S),
            on_line=on_line,
            cap=most,
            with_errors=False,
            cwd=str(self.place.work_tree),
            given=given,
        )
        if ended.timed_out:
            raise GitFailed(f"Git was stopped: '{argv[0]}' did not end in time. Try again, or look at the network.")
        return ended

    async def ask(self, *argv: str, given: bytes = b"", extra: Sequence[Pair] = (), most: int = MAX_OUTPUT) -> str:
        """Run Git and return what it said. Raises GitFailed in a user's words where it failed."""
        ended = await self.call(*argv, given=given, extra=extra, most=most)
        if not ended.ok:
            raise words.failure(argv[0], ended.errors or ended.tail)
        return ended.output

    async def _check(self) -> None:
        """Refuse a repository whose settings would run programs; files that did not change since are not read again."""
        for path in self.place.settings_files:
            try:
                state = path.stat()
            except OSError:
                continue
            sign = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
            if self._seen.get(str(path)) == sign:
                continue
            found = refused(await read_settings(self.program, path, self.place.work_tree))
            if found:
                raise RepositoryRefused(
                    f"Git is not used here: the repository's own settings would run other programs or lead elsewhere "
                    f"({', '.join(shown(name) for name in found[:6])}{' and more' if len(found) > 6 else ''} in {path}). "
                    "If you did not set them, do not trust this repository. If you did, move them to your own settings."
                )
            self._seen[str(path)] = sign

    def _environment(self, remote: str, extra: Sequence[Pair]) -> dict[str, str]:
        pairs: list[Pair] = [*HARDENED, *extra]
        if self.user.excludes:
            pairs.append(("core.excludesFile", self.user.excludes))
        given = clean_environment(self.place.work_tree, self.user, remote, pairs)
        name, email = self.identity
        if name and email:
            given |= {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
        return given


def clean_environment(barred: Path, user: UserSettings, remote: str, pairs: Sequence[Pair]) -> dict[str, str]:
    """Return what Git is given: no settings of the machine or the user but the passed pairs, nothing that asks, and no way out
    but to the scheme of `remote`."""
    given = environment(NETWORK_NAMES if remote else (), barred)
    given |= {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_EDITOR": "false",
        "GIT_SEQUENCE_EDITOR": "false",
        "GIT_PAGER": "cat",
        "GIT_MERGE_AUTOEDIT": "no",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_ALLOW_PROTOCOL": "",
    }
    if remote:
        # An own rewriting of addresses may lead from https to ssh; plain http is for a server on this machine alone.
        given["GIT_ALLOW_PROTOCOL"] = "https:ssh:http" if remote == "http" else "https:ssh"
        given["GIT_SSH_COMMAND"] = f"{user.ssh or 'ssh'} -oBatchMode=yes"
        pairs = [*pairs, *user.network]
        if remote == "http":
            pairs = [*pairs, ("protocol.http.allow", "always")]
    given["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (name, value) in enumerate(pairs):
        given[f"GIT_CONFIG_KEY_{number}"], given[f"GIT_CONFIG_VALUE_{number}"] = name, value
    return given


async def open_git(workspace: Workspace, identity: Pair = ("", "")) -> Git:
    """Return Git for the workspace's repository; `identity` is a name and an address for those who set none.

    Raises Restricted before anything else, NoProgram, NoRepository, RepositoryRefused.
    """
    workspace.allow(Act.GIT)
    program = await git_program(workspace.root.path)
    place = find_place(workspace)
    user = await user_settings(program, workspace.root.path)
    git = Git(workspace, program, place, user)
    await git._check()
    here = parse(await git.ask("config", "--no-includes", "--local", "--list", "-z"))
    last = {name: value for name, value in here if name in ("user.name", "user.email")}
    who = (
        _plain(last.get("user.name") or user.name or identity[0]),
        _plain(last.get("user.email") or user.email or identity[1]),
    )
    return Git(workspace, program, place, user, who, git._seen)


async def git_program(barred: Path | None = None) -> str:
    """Return Git's path. Raises NoProgram where it is missing or too old to be told everything by its environment."""
    program = find_program("git", barred)
    if program is None:
        raise NoProgram(f"Git is not installed. {HOW_TO_GET}")
    ended = await run([program, "version"], env=_bare(barred), limit_s=_ASK_S)
    found = re.search(r"(\d+)\.(\d+)", ended.output)
    if not found or (int(found[1]), int(found[2])) < _OLDEST:
        raise NoProgram(f"Git {'.'.join(map(str, _OLDEST))} or newer is needed; this one says {shown(ended.output.strip())}. {HOW_TO_GET}")
    return program


async def read_settings(program: str, path: Path, barred: Path | None) -> tuple[Pair, ...]:
    """Return a file's settings as Git reads them, without what it includes and without any repository; nothing is run for it."""
    argv = [program, "--git-dir=/dev/null", "config", "--no-includes", "--file", str(path), "--list", "-z"]
    ended = await run(argv, env=_bare(barred), limit_s=_ASK_S, with_errors=False)
    if not ended.ok or ended.truncated:
        raise RepositoryRefused(f"Git is not used here: its settings in {path} cannot be read. Mend that file first.")
    return parse(ended.output)


async def user_settings(program: str, barred: Path | None = None) -> UserSettings:
    """Return what is passed on of the settings of the user this program runs as, and of the machine."""
    pairs: list[Pair] = []
    for scope in ("--system", "--global"):
        argv = [program, "--git-dir=/dev/null", "config", scope, "--includes", "--list", "-z"]
        ended = await run(argv, env=environment((), barred) | {"GIT_TERMINAL_PROMPT": "0"}, limit_s=_ASK_S, with_errors=False)
        pairs += parse(ended.output) if ended.ok else ()
    return own(tuple(pairs))


def _bare(barred: Path | None) -> Mapping[str, str]:
    return environment((), barred) | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


def _plain(text: str) -> str:
    """Return a name or an address without what would break a commit's header."""
    return " ".join("".join(char for char in text if char.isprintable() and char not in "<>").split())[:200]
