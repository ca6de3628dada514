"""A repository with one commit, Git on it, and nothing of the developer's own settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git_server import GitServer, git, serve
from workspace.files import Workspace, open_workspace
from workspace.repository.program import Git, open_git
from workspace.trust import OPEN

ME = ("Ann", "ann@example.org")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    (folder / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "app.py").write_text("app = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


@pytest.fixture
def workspace(shop: Path) -> Workspace:
    return open_workspace(str(shop), gate=OPEN)


@pytest.fixture
async def repo(workspace: Workspace) -> Git:
    return await open_git(workspace)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running
