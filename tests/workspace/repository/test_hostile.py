"""Hostile repositories (SECURITY 4, 5): each tries to have its program run by Git; none does, before Trust or after it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.git_server import git
from workspace.errors import GitFailed, RepositoryRefused, Restricted
from workspace.files import WorkspaceTree, open_workspace
from workspace.repository import changing, looking, remotes
from workspace.repository.program import Git, open_git
from workspace.trust import CLOSED, OPEN

Trap = Callable[[Path, str], None]
"""Sets a trap in a repository; the program given writes a file when it is run."""

HOOKS = [
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout", "post-merge", "pre-push", "pre-merge-commit"),
    *("post-index-change", "reference-transaction", "fsmonitor-watchman", "post-rewrite", "pre-auto-gc", "update", "post-update"),
]


def setting(*pairs: tuple[str, str]) -> Trap:
    def trap(folder: Path, program: str) -> None:
        for name, value in pairs:
            git(folder, "config", "--add", name, value.replace("PROGRAM", program))

    return trap


def attributes(text: str, *pairs: tuple[str, str]) -> Trap:
    def trap(folder: Path, program: str) -> None:
        (folder / ".gitattributes").write_text(text)
        setting(*pairs)(folder, program)

    return trap


def hooks(folder: Path, program: str) -> None:
    for name in HOOKS:
        hook = folder / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{program} {name}\n")
        hook.chmod(0o755)


def hooks_elsewhere(folder: Path, program: str) -> None:
    hooks(folder, program)
    (folder / ".git" / "hooks").rename(folder / "githooks")
    git(folder, "config", "core.hooksPath", "githooks")


def included(folder: Path, program: str) -> None:
    (folder / "more").write_text(f"[core]\n\tfsmonitor = {program}\n")
    git(folder, "config", "include.path", "../more")


def included_if(folder: Path, program: str) -> None:
    (folder / "more").write_text(f"[core]\n\tfsmonitor = {program}\n")
    git(folder, "config", f"includeIf.gitdir:{folder}/.path", "../more")


def worktree_settings(folder: Path, program: str) -> None:
    git(folder, "config", "extensions.worktreeConfig", "true")
    (folder / ".git" / "config.worktree").write_text(f"[core]\n\tfsmonitor = {program}\n")


def bare_inside(folder: Path, program: str) -> None:
    bare = folder / "vendor.git"
    git(folder, "init", "-q", "--bare", str(bare))
    git(bare, "config", "core.fsmonitor", program)
    git(bare, "config", "core.worktree", str(folder))


def submodule(folder: Path, program: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "a").write_text("1\n")
    git(inner, "add", "a")
    git(inner, "commit", "-q", "-m", "a")
    git(folder, "add", "inner", check=False)
    git(folder, "commit", "-q", "-m", "inner", check=False)
    git(inner, "config", "core.fsmonitor", program)
    hooks(inner, program)
    (inner / "a").write_text("2\n")


def submodule_update(folder: Path, program: str) -> None:
    submodule(folder, program)
    (folder / ".gitmodules").write_text(f'[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n\tupdate = "!{program}"\n')
    git(folder, "config", "submodule.inner.update", f"!{program}")


def pointer(folder: Path, program: str) -> None:
    (folder / ".git").rename(folder / "data")
    git(folder, "--git-dir=data", "config", "core.fsmonitor", program)
    (folder / ".git").write_text("gitdir: data\n")


def common(folder: Path, program: str) -> None:
    git(folder, "init", "-q", "--bare", str(folder / "c"))
    git(folder / "c", "config", "core.fsmonitor", program)
    (folder / ".git" / "commondir").write_text("../c\n")


def link(folder: Path, program: str) -> None:
    (folder / ".git").rename(folder / "data")
    git(folder, "--git-dir=data", "config", "core.fsmonitor", program)
    (folder / ".git").symlink_to("data")


def odd_spelling(folder: Path, program: str) -> None:
    with (folder / ".git" / "config").open("a") as config:
        config.write(f'[Core]FSMonitor="{program}"\n[CORE]\n\tsshCommand={program} ; x\n')


def changed_later(folder: Path, program: str) -> None:
    """Nothing at first; see the test of its own."""


TRAPS: dict[str, Trap] = {
    "fsmonitor": setting(("core.fsmonitor", "PROGRAM")),
    "fsmonitor of old": setting(("core.fsmonitor", "PROGRAM"), ("core.fsmonitorHookVersion", "1")),
    "odd spelling": odd_spelling,
    "external diff": setting(("diff.external", "PROGRAM")),
    "diff driver": attributes("* diff=evil\n", ("diff.evil.command", "PROGRAM")),
    "textconv": attributes("* diff=evil\n", ("diff.evil.textconv", "PROGRAM"), ("diff.evil.cachetextconv", "true")),
    "clean filter": attributes("* filter=evil\n", ("filter.evil.clean", "PROGRAM"), ("filter.evil.required", "true")),
    "smudge filter": attributes("* filter=evil\n", ("filter.evil.smudge", "PROGRAM")),
    "process filter": attributes("* filter=evil\n", ("filter.evil.process", "PROGRAM")),
    "merge driver": attributes("* merge=evil\n", ("merge.evil.driver", "PROGRAM"), ("merge.default", "evil")),
    "hooks": hooks,
    "hooks elsewhere": hooks_elsewhere,
    "pager": setting(("core.pager", "PROGRAM"), ("pager.log", "PROGRAM"), ("pager.diff", "PROGRAM"), ("pager.status", "PROGRAM")),
    "editor": setting(("core.editor", "PROGRAM"), ("sequence.editor", "PROGRAM")),
    "aliases": setting(*((f"alias.{name}", "!PROGRAM") for name in ("status", "diff", "log", "add", "commit", "st", "write-tree"))),
    "ssh command": setting(("core.sshCommand", "PROGRAM"), ("remote.origin.url", "ssh://git@127.0.0.1:1/x.git")),
    "askpass": setting(("core.askPass", "PROGRAM"), ("remote.origin.url", "https://127.0.0.1:1/x.git")),
    "credential helper": setting(("credential.helper", "!PROGRAM"), ("remote.origin.url", "https://127.0.0.1:1/x.git")),
    "credential of a site": setting(
        ("credential.https://127.0.0.1.helper", "!PROGRAM"), ("remote.origin.url", "https://127.0.0.1:1/x.git")
    ),
    "proxy program": setting(("core.gitProxy", "PROGRAM"), ("remote.origin.url", "git://127.0.0.1:1/x.git")),
    "ext transport": setting(("protocol.ext.allow", "always"), ("remote.origin.url", "ext::PROGRAM")),
    "ext transport alone": setting(("remote.origin.url", "ext::PROGRAM")),
    "ssh option": setting(("remote.origin.url", "ssh://-oProxyCommand=PROGRAM/x")),
    "another address": setting(("url.ext::PROGRAM .insteadOf", "https://"), ("remote.origin.url", "https://127.0.0.1/x.git")),
    "pushed elsewhere": setting(("remote.origin.pushurl", "ext::PROGRAM"), ("remote.origin.url", "https://127.0.0.1:1/x.git")),
    "upload pack": setting(("remote.origin.uploadpack", "PROGRAM"), ("remote.origin.receivepack", "PROGRAM"), ("remote.origin.url", ".")),
    "remote helper": setting(("remote.origin.vcs", "evil"), ("remote.origin.url", "x")),
    "promisor": setting(("remote.origin.promisor", "true"), ("extensions.partialClone", "origin"), ("remote.origin.url", "ext::PROGRAM")),
    "signing": setting(("commit.gpgSign", "true"), ("tag.gpgSign", "true"), ("log.showSignature", "true"), ("gpg.program", "PROGRAM")),
    "signing by ssh": setting(("commit.gpgSign", "true"), ("gpg.format", "ssh"), ("gpg.ssh.program", "PROGRAM")),
    "signing key": setting(("gpg.format", "ssh"), ("gpg.ssh.defaultKeyCommand", "PROGRAM"), ("commit.gpgSign", "true")),
    "trailer": setting(("trailer.x.command", "PROGRAM"), ("trailer.x.cmd", "PROGRAM")),
    "interactive filter": setting(("interactive.diffFilter", "PROGRAM")),
    "alternate references": setting(("core.alternateRefsCommand", "PROGRAM")),
    "pack objects": setting(("uploadpack.packObjectsHook", "PROGRAM")),
    "include": included,
    "conditional include": included_if,
    "settings of the worktree": worktree_settings,
    "embedded bare repository": bare_inside,
    "submodule": submodule,
    "submodule update": submodule_update,
    "pointer into the repository": pointer,
    "common folder": common,
    "linked data": link,
    "hook of the settings": setting(("hook.x.command", "PROGRAM"), ("hook.x.event", "pre-commit")),
    "help and man": setting(("man.viewer", "x"), ("man.x.cmd", "PROGRAM"), ("web.browser", "y"), ("browser.y.cmd", "PROGRAM")),
    "tools": setting(("difftool.x.cmd", "PROGRAM"), ("mergetool.x.cmd", "PROGRAM"), ("diff.tool", "x"), ("merge.tool", "x")),
}


@pytest.fixture
def bell(tmp_path: Path) -> Path:
    """A program that leaves a note whenever it is run, also from a `git-remote-evil` in the search path's way."""
    program = tmp_path / "bell"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/rung\ncat >/dev/null 2>&1 </dev/null\nexit 0\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


async def everything(git_: Git, folder: Path) -> None:
    """Do what a user does; a refusal is an answer too."""
    (folder / "app.py").write_text("app = 2\n")
    (folder / "new.py").write_text("new = 1\n")
    steps = (
        lambda: looking.snapshot(git_),
        lambda: looking.difference(git_, "app.py", staged=False),
        lambda: changing.stage(git_, ["app.py", "new.py"]),
        lambda: looking.difference(git_, "app.py", staged=True),
        lambda: changing.commit(git_, "Change"),
        lambda: changing.create_branch(git_, "side"),
        lambda: changing.create_tag(git_, "v1", "one"),
        lambda: changing.switch(git_, "main"),
        lambda: remotes.pull(git_),
        lambda: remotes.push(git_),
        lambda: changing.stash(git_, "aside"),
        lambda: changing.unstash(git_),
    )
    for step in steps:
        try:
            await step()
        except GitFailed:
            continue


@pytest.mark.parametrize("name", TRAPS)
async def test_no_program_of_a_repository_is_run(name, shop, bell, tmp_path):
    TRAPS[name](shop, str(bell))
    closed = open_workspace(str(shop), gate=CLOSED)
    (tmp_path / "rung").unlink(missing_ok=True)  # what setting the trap itself rang
    assert WorkspaceTree(closed).paths()
    assert isinstance(closed.branch, str)
    for ask in (open_git(closed), changing.make_repository(closed)):
        with pytest.raises(Restricted):
            await ask
    assert not (tmp_path / "rung").exists(), "before Trust"
    try:
        opened = await open_git(open_workspace(str(shop), gate=OPEN))
    except RepositoryRefused:
        opened = None
    if opened is not None:
        await everything(opened, shop)
    assert not (tmp_path / "rung").exists(), (tmp_path / "rung").read_text()


def test_the_bell_rings_where_git_is_used_without_care(shop, bell, tmp_path):
    TRAPS["fsmonitor"](shop, str(bell))
    git(shop, "status", check=False)
    assert (tmp_path / "rung").exists()


async def test_settings_that_turn_hostile_while_it_is_open_refuse_the_next_call(repo, shop, bell, tmp_path):
    assert (await looking.status_of(repo)).branch == "main"
    TRAPS["fsmonitor"](shop, str(bell))
    with pytest.raises(RepositoryRefused, match=r"core\.fsmonitor"):
        await looking.status_of(repo)
    assert not (tmp_path / "rung").exists()


async def test_honest_settings_are_no_reason_to_refuse(shop):
    honest = {
        "core.fsmonitor": "true",
        "core.hooksPath": ".husky",
        "core.autocrlf": "input",
        "pull.rebase": "true",
        "branch.main.remote": "origin",
        "branch.main.vscode-merge-base": "origin/main",
        "remote.origin.url": "https://example.org/a.git",
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
        "lfs.repositoryformatversion": "0",
        "submodule.x.url": "https://example.org/x.git",
        "gui.wmstate": "normal",
        "http.postBuffer": "524288000",
        "user.name": "Bo",
        "commit.gpgSign": "true",
        "pager.log": "false",
    }
    for name, value in honest.items():
        git(shop, "config", name, value)
    opened = await open_git(open_workspace(str(shop), gate=OPEN))
    assert opened.identity == ("Bo", "ann@example.org")
    assert (await looking.snapshot(opened)).remotes == (("origin", "https://example.org/a.git"),)
