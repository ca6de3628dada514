"""Text that is given to Git (SECURITY 6): names and addresses that are more than they seem are refused, in every function."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git_server import git
from workspace.errors import GitFailed, InvalidName, WorkspaceError
from workspace.repository import changing, looking, merging, names, remotes

INJECTIONS = [
    "--upload-pack=touch OUT",
    "--receive-pack=touch OUT",
    "--output=OUT",
    "--exec=touch OUT",
    "-oProxyCommand=touch OUT",
    "--config=core.fsmonitor=touch OUT",
    "-c core.sshCommand=touch OUT",
    "--git-dir=/tmp",
    "--template=OUT",
    "--open-files-in-pager=touch OUT",
    "--ext-diff",
    "--no-index",
    "-",
    "--",
    "$(touch OUT)",
    "`touch OUT`",
    "; touch OUT",
    "| touch OUT",
    "a\ntouch OUT",
    "a\0b",
    "ext::sh -c touch% OUT",
    "fd::17",
    "file:///etc/passwd",
    "ssh://-oProxyCommand=touch OUT/x",
    "-u./evil:x",
    "git@-oProxyCommand=touch OUT:x",
    "https://example.org/--upload-pack=x;y\n",
    "../../outside",
    ":(exclude)*",
    "@{-1}",
    "HEAD~1..HEAD",
    "refs/heads/../../x",
    ".git/config",
]
FUNCTIONS = {
    "stage": lambda repo, text, _: changing.stage(repo, [text]),
    "unstage": lambda repo, text, _: changing.unstage(repo, [text]),
    "difference": lambda repo, text, _: looking.difference(repo, text, staged=False),
    "commit": lambda repo, text, _: changing.commit(repo, text),
    "create_branch": lambda repo, text, _: changing.create_branch(repo, text),
    "switch": lambda repo, text, _: changing.switch(repo, text),
    "create_tag": lambda repo, text, _: changing.create_tag(repo, text),
    "tag message": lambda repo, text, _: changing.create_tag(repo, "v1", text),
    "stash": lambda repo, text, _: changing.stash(repo, text),
    "clone url": lambda _, text, out: remotes.clone(text, out, limit_s=5),
    "clone name": lambda _, text, out: remotes.clone("http://127.0.0.1:9/x.git", out, text, limit_s=5),
    "fetch": lambda repo, text, _: remotes.fetch(repo, text),
    "pull": lambda repo, text, _: remotes.pull(repo, text),
    "push": lambda repo, text, _: remotes.push(repo, text),
    "push tag": lambda repo, text, _: remotes.push(repo, "origin", tag=text),
    "remote url": lambda repo, text, _: remotes.add_remote(repo, text, "other"),
    "remote name": lambda repo, text, _: remotes.add_remote(repo, "http://127.0.0.1:9/x.git", text),
    "set_aside": lambda repo, text, _: remotes.set_aside(repo, text),
    "merge": lambda repo, text, _: merging.merge_theirs(repo, text),
}


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if ".git/" not in f"{path}/"}


@pytest.mark.parametrize("function", FUNCTIONS)
async def test_no_text_becomes_an_option_a_program_or_a_stray_file(function, repo, shop, tmp_path):
    git(shop, "remote", "add", "origin", "http://127.0.0.1:9/x.git")
    out = tmp_path / "out"
    before = everything_below(tmp_path)
    config = (shop / ".git" / "config").read_text()
    for text in INJECTIONS:
        given = text.replace("OUT", str(tmp_path / "rung"))
        try:
            await FUNCTIONS[function](repo, given, out)
        except WorkspaceError:
            continue
    assert everything_below(tmp_path) - {"out"} == before
    assert not function.startswith("remote") or git(shop, "remote") == "origin"
    assert function in ("remote url", "remote name") or (shop / ".git" / "config").read_text() == config
    assert git(shop, "cat-file", "-p", "HEAD^{tree}").endswith("app.py")
    git(shop, "fsck")


@pytest.mark.parametrize(
    "text",
    [*INJECTIONS, "", "a b", "a..b", "a.lock", "-a", "a/-b", "HEAD", "a~1", "a^", "a:b", "a?", "a*", "a\\b", "/a", "a/", "@", "x" * 300],
)
def test_names_that_git_would_read_otherwise_are_refused(text):
    with pytest.raises(InvalidName):
        names.branch_name(text)


@pytest.mark.parametrize("text", ["main", "deploy/docker", "v1.2.3", "fix_#12", "größer", "a@b", "user/feature-1"])
def test_honest_names_are_taken(text):
    assert names.branch_name(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *INJECTIONS,
        "",
        "http://example.org/a.git",
        "ftp://example.org/a.git",
        "git://example.org/a.git",
        "/etc",
        "C:\\code",
        "https://",
        "https://example.org",
        "https://-oProxyCommand=x/a",
        "https://user:secret@example.org/a.git",
        "https://example.org/a.git#x",
        "https://exa mple.org/a.git",
        "ssh://host/-x",
        "host:-x",
        "http://127.0.0.1.example.org/a.git",
        "http://2130706433/a.git",
        "https://[::1/a.git",
        "https://example.org:99999/a.git",
    ],
)
def test_addresses_that_are_no_repository_are_refused_without_their_password(text):
    with pytest.raises(InvalidName) as refused:
        names.address(text, new=True)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "scheme", "path"),
    [
        ("https://github.com/you/project.git", "https", "you/project.git"),
        ("https://you@dev.azure.com/you/p/_git/p", "https", "you/p/_git/p"),
        ("git@github.com:you/project.git", "ssh", "you/project.git"),
        ("ssh://git@example.org:2222/you/project", "ssh", "you/project"),
        ("http://127.0.0.1:8000/a.git", "http", "a.git"),
        ("http://localhost/a.git", "http", "a.git"),
        ("http://[::1]:80/a.git", "http", "a.git"),
    ],
)
def test_honest_addresses_are_taken(text, scheme, path):
    found = names.address(text, new=True)
    assert (found.url, found.scheme, found.path) == (text, scheme, path)


def test_a_password_in_an_address_that_is_there_already_is_never_shown():
    assert names.address("https://you:secret@example.org/a.git").shown == "https://example.org/a.git"


async def test_a_path_of_magic_means_the_file_of_that_name(repo, shop):
    (shop / ":(exclude)app.py").write_text("x\n")
    (shop / "*").write_text("x\n")
    (shop / "other").write_text("x\n")
    await changing.stage(repo, [":(exclude)app.py", "*"])
    assert git(shop, "diff", "--cached", "--name-only").splitlines() == ["*", ":(exclude)app.py"]


async def test_what_git_says_is_told_without_secrets(repo):
    with pytest.raises(GitFailed):
        await repo.ask("cat-file", "blob", "nothing")
