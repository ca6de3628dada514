"""Opening a workspace: what is accepted, and the sentence for what is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workspace.errors import InvalidPath, NotAFolder, NotFound, WorkspaceError, WorkspaceGone
from workspace.files import open_workspace


def test_a_folder_opens_under_its_own_name(folder):
    workspace = open_workspace(f"  {folder}/ ")
    assert (workspace.name, workspace.location) == ("shop", str(folder))


def test_an_empty_folder_opens_and_says_so(folder):
    workspace = open_workspace(str(folder))
    assert workspace.is_empty
    (folder / ".git").mkdir()
    assert workspace.is_empty
    (folder / "a").touch()
    assert not workspace.is_empty


def test_a_link_to_a_folder_is_resolved_once(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert open_workspace(str(tmp_path / "link")).location == str(folder)


def test_the_home_folder_is_understood(monkeypatch, folder):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert open_workspace("~/shop").location == str(folder)


def test_a_relative_path_needs_a_base(folder):
    with pytest.raises(InvalidPath, match="full path"):
        open_workspace("shop")
    assert open_workspace("shop", base=folder.parent).location == str(folder)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("", InvalidPath, "No folder was given"),
        ("   ", InvalidPath, "No folder was given"),
        ("/no/such/folder", NotFound, "nearest folder that exists is /"),
        ("~nobody-of-that-name/x", NotFound, "does not exist here"),
        ("/dev/null", NotAFolder, "is a device"),
        ("/", InvalidPath, "operating system"),
        ("/proc", InvalidPath, "operating system"),
        ("/proc/self", InvalidPath, "operating system"),
        ("/proc/self/root/etc/../proc", InvalidPath, "operating system"),
        ("/sys/kernel", InvalidPath, "operating system"),
        ("/dev", InvalidPath, "operating system"),
        ("/a\0b", InvalidPath, "NUL"),
        ("/a\nb", InvalidPath, "line break"),
        ("/" + "a" * 300, InvalidPath, "too long"),
        ("/" + "a/" * 3000, InvalidPath, "too long"),
    ],
)
def test_what_cannot_be_opened_says_why_and_what_to_do(text, error, says):
    with pytest.raises(error, match=says):
        open_workspace(text)


def test_a_file_names_the_folder_it_lies_in(folder):
    (folder / "app.py").touch()
    with pytest.raises(NotAFolder, match=f"Give the folder it lies in: {folder}"):
        open_workspace(str(folder / "app.py"))
    with pytest.raises(NotAFolder):
        open_workspace(str(folder / "app.py" / "x"))


def test_a_fifo_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(NotAFolder, match="named pipe"):
        open_workspace(str(folder / "pipe"))


def test_a_loop_of_links_is_an_error(folder):
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    with pytest.raises(WorkspaceError):
        open_workspace(str(folder / "a"))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_a_folder_of_someone_else_is_not_readable(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir(mode=0o700)
    for parent in [tmp_path, *tmp_path.parents]:
        if parent.stat().st_mode & 0o005 != 0o005 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o005)
    code = (
        "import sys, os; sys.path.insert(0, sys.argv[2])\n"
        "from workspace.files import open_workspace; from workspace.errors import NotReadable\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: open_workspace(sys.argv[1])\n"
        "except NotReadable as error: print(error); raise SystemExit(7)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(secret), str(Path(__file__).parents[2])], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "may not be opened" in done.stdout) == (7, True), done.stderr


def test_a_folder_that_was_replaced_is_not_taken_for_the_same(folder, workspace):
    folder.rename(folder.parent / "old")
    with pytest.raises(WorkspaceGone, match="Open it again"):
        workspace.list_folder()
    folder.mkdir()
    with pytest.raises(WorkspaceGone, match="replaced"):
        workspace.list_folder()
    folder.rmdir()
    folder.symlink_to("/etc")
    with pytest.raises(WorkspaceGone):
        workspace.read_text("hostname")
