"""The copy that is built: what Git would hand to a colleague, with the generated files over it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workspace.containers import context, copy_workspace
from workspace.errors import OutsideWorkspace, TooLarge, WriteRefused
from workspace.files import open_workspace


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "bin").mkdir(parents=True)
    (folder / "app.py").write_text("print('hello')\n")
    (folder / "logo.png").write_bytes(b"\x89PNG\0\xff")
    (folder / "bin" / "start.sh").write_text("#!/bin/sh\n")
    (folder / "bin" / "start.sh").chmod(0o700)
    (folder / ".env").write_text("PASSWORD=hunter2\n")
    (folder / ".npmrc").write_text("//registry.example/:_authToken=npm_secret\n")
    (folder / ".gitignore").write_text("cache/\n")
    (folder / "cache").mkdir()
    (folder / "cache" / "big").write_text("x")
    (folder / "Dockerfile").write_text("FROM old\n")
    (folder / "outside").symlink_to("/etc/passwd")
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    made = tmp_path / "copy"
    made.mkdir()
    return made


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_the_copy_has_the_sources_and_the_generated_files_over_them(project: Path, target: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    copied = copy_workspace(open_workspace(str(project)), target, {"Dockerfile": "FROM new\n", "api/Dockerfile": "FROM api\n"})
    assert files(target) == {"app.py", "logo.png", "bin/start.sh", ".gitignore", "Dockerfile", "api/Dockerfile"}
    assert (target / "Dockerfile").read_text() == "FROM new\n"
    assert (target / "logo.png").read_bytes() == b"\x89PNG\0\xff"
    assert copied.files == 6
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_secrets_ignored_files_and_links_stay_out(project: Path, target: Path) -> None:
    copied = copy_workspace(open_workspace(str(project)), target, {})
    assert not files(target) & {".env", ".npmrc", "cache/big", "outside"}
    assert any(".npmrc" in text for text in copied.left_out)


def test_rights_are_those_of_a_clone_whatever_the_umask(project: Path, target: Path) -> None:
    before = os.umask(0o077)
    try:
        copy_workspace(open_workspace(str(project)), target, {"Dockerfile": "FROM new\n"})
    finally:
        os.umask(before)
    modes = {name: (target / name).stat().st_mode & 0o777 for name in ("bin", "bin/start.sh", "app.py", "Dockerfile")}
    assert modes == {"bin": 0o755, "bin/start.sh": 0o755, "app.py": 0o644, "Dockerfile": 0o644}


@pytest.mark.parametrize("path", ["../escaped", "/tmp/escaped", "a/../../escaped"])
def test_a_generated_path_cannot_leave_the_copy(project: Path, target: Path, path: str) -> None:
    with pytest.raises(OutsideWorkspace):
        copy_workspace(open_workspace(str(project)), target, {path: "x"})
    assert not (target.parent / "escaped").exists()


def test_a_generated_path_into_version_control_is_refused(project: Path, target: Path) -> None:
    with pytest.raises(WriteRefused):
        copy_workspace(open_workspace(str(project)), target, {".git/hooks/pre-commit": "x"})


def test_a_workspace_that_is_too_large_is_refused_in_words(project: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MAX_TOTAL_BYTES", 10)
    with pytest.raises(TooLarge, match="too large to be copied"):
        copy_workspace(open_workspace(str(project)), target, {})
