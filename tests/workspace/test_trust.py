"""Trust: nothing is written or run in a folder before its owner says so, and the word holds for one path and one origin."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from workspace import deliver
from workspace.errors import Restricted
from workspace.files import Workspace, open_workspace
from workspace.trust import Act, ledger


@pytest.fixture
def repository(folder: Path) -> Path:
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "remote", "add", "origin", "https://example.org/shop.git"], check=True)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def opened(folder: Path, data: Path) -> Workspace:
    return open_workspace(str(folder), gate=ledger(data))


def test_a_folder_opened_without_a_word_about_trust_is_restricted(folder):
    assert not open_workspace(str(folder)).trusted


@pytest.mark.parametrize("act", list(Act))
def test_every_act_is_refused_until_trust_is_given_and_again_when_it_is_withdrawn(repository, data, act):
    workspace, held = opened(repository, data), ledger(data)
    with pytest.raises(Restricted, match=act.value):
        workspace.allow(act)
    held.grant(workspace.root)
    workspace.allow(act)
    held.withdraw(workspace.root)
    with pytest.raises(Restricted):
        workspace.allow(act)


def test_a_restricted_folder_is_read_and_never_written(repository, data, tmp_path):
    (repository / "app.py").write_text("app = 1\n")
    workspace = opened(repository, data)
    assert workspace.read_text("app.py") == "app = 1\n"
    planned = deliver.plan_changes(workspace, {"Dockerfile": "FROM scratch\n"})
    for write in (
        lambda: workspace.write_atomic("Dockerfile", "x"),
        lambda: deliver.apply(workspace, planned, tmp_path / "journal"),
        lambda: deliver.undo(workspace, "20260101T000000-000000000000", tmp_path / "journal"),
    ):
        with pytest.raises(Restricted):
            write()
    assert sorted(path.name for path in repository.iterdir()) == [".git", "app.py"]
    assert not (tmp_path / "journal").exists()


def test_trust_is_kept_privately_and_found_again(repository, data):
    ledger(data).grant(opened(repository, data).root)
    assert opened(repository, data).trusted
    assert stat.S_IMODE((data / "trust.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "change",
    [
        ("remote", "set-url", "origin", "https://example.net/other.git"),
        ("remote", "remove", "origin"),
    ],
)
def test_another_origin_asks_again(repository, data, change):
    ledger(data).grant(opened(repository, data).root)
    subprocess.run(["git", "-C", str(repository), *change], check=True)
    assert not opened(repository, data).trusted


def test_a_folder_beside_or_inside_a_trusted_one_is_not_trusted(repository, data, tmp_path):
    (repository / "inside").mkdir()
    (tmp_path / "shop2").mkdir()
    ledger(data).grant(opened(repository, data).root)
    assert not opened(repository / "inside", data).trusted
    assert not opened(tmp_path / "shop2", data).trusted


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"trusted": [1]}', b'{"trusted": [{"path": "/"}]}', b"\xff\xfe"])
def test_a_damaged_memory_trusts_nothing_and_is_mended_by_the_next_click(repository, data, content):
    data.mkdir()
    (data / "trust.json").write_bytes(content)
    workspace = opened(repository, data)
    assert not workspace.trusted
    ledger(data).grant(workspace.root)
    assert workspace.trusted


def test_the_branch_is_read_without_git(repository, folder, tmp_path):
    assert opened(repository, tmp_path).branch == "main"
    (folder / ".git" / "HEAD").write_text("0123456789012345678901234567890123456789\n")
    assert opened(repository, tmp_path).branch == "01234567"
    (folder / ".git" / "HEAD").write_text("ref: /etc/passwd\n")
    assert opened(repository, tmp_path).branch == ""
    (folder / ".git" / "HEAD").unlink()
    (folder / ".git" / "HEAD").symlink_to("/etc/hostname")
    assert opened(repository, tmp_path).branch == ""


def test_the_origin_of_a_config_that_hides_it_is_still_read(repository, data):
    (repository / ".git" / "config").write_text('[core]\n\tbare = false\n[Remote "origin"] URL = https://example.org/a.git\n')
    ledger(data).grant(opened(repository, data).root)
    (repository / ".git" / "config").write_text('[core]\n\tbare = false\n[Remote "origin"] URL = https://example.org/b.git\n')
    assert not opened(repository, data).trusted
