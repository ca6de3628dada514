"""Writing: inside the workspace, in one step, never over an edit the user has not seen, never through a link."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from workspace import confined
from workspace.errors import (
    ChangedOnDisk,
    Denied,
    InvalidPath,
    NotAFile,
    NotAFolder,
    OutsideWorkspace,
    TooLarge,
    WorkspaceError,
    WriteFailed,
    WriteRefused,
)
from workspace.files import ABSENT, MAX_WRITE_BYTES, digest, open_workspace
from workspace.paths import TEMP_PREFIX
from workspace.trust import OPEN

ROOT = str(Path(__file__).parents[2])


def leftovers(folder):
    return [path for path in folder.rglob("*") if path.name.startswith(TEMP_PREFIX)]


def test_a_new_file_is_made_with_its_folders(folder, workspace):
    written = workspace.write_atomic("deploy/k8s/web.yaml", "kind: Service\n")
    assert (folder / "deploy/k8s/web.yaml").read_text() == "kind: Service\n"
    assert (written.new, written.sha256) == (True, digest(b"kind: Service\n"))
    assert not leftovers(folder)


def test_a_file_keeps_its_mode_and_loses_set_id_bits(folder, workspace):
    target = folder / "run.sh"
    target.write_text("old")
    target.chmod(0o4751)
    workspace.write_atomic("run.sh", "new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o751


def test_a_new_file_follows_the_umask(folder, workspace):
    old = os.umask(0o027)
    try:
        workspace.write_atomic("a", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o640


def test_an_edit_made_meanwhile_is_not_lost(folder, workspace):
    (folder / "a").write_text("edited")
    with pytest.raises(ChangedOnDisk, match="edited on disk"):
        workspace.write_atomic("a", "new", digest(b"seen"))
    with pytest.raises(ChangedOnDisk, match="created on disk"):
        workspace.write_atomic("a", "new", ABSENT)
    with pytest.raises(ChangedOnDisk, match="deleted from disk"):
        workspace.write_atomic("b", "new", digest(b"seen"))
    assert (folder / "a").read_text() == "edited"
    assert workspace.write_atomic("a", "new", workspace.sha256("a")).new is False
    assert not leftovers(folder)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        (".git/hooks/post-checkout", WriteRefused),
        (".GIT/config", WriteRefused),
        (".git./config", WriteRefused),
        (".g\u200cit/config", WriteRefused),
        ("git~1/config", WriteRefused),
        (".git::$INDEX_ALLOCATION/config", WriteRefused),
        ("vendored/.git/config", WriteRefused),
        (".git", WriteRefused),
        (".hg/hgrc", WriteRefused),
        ("../outside", OutsideWorkspace),
        ("a/../../outside", OutsideWorkspace),
        ("/srv/outside", OutsideWorkspace),
        ("a\0b", InvalidPath),
        ("a\nb", WriteRefused),
        ("a\x1b[2Jb", WriteRefused),
        ("Dockerfile\u202e", WriteRefused),
        ("", WriteRefused),
        ("folder/", WriteRefused),
        (f"{TEMP_PREFIX}x", WriteRefused),
        (".env", Denied),
        ("tls/server.key", Denied),
        ("link", OutsideWorkspace),
        ("linked/x", OutsideWorkspace),
        ("inside/x", OutsideWorkspace),
        ("sub", NotAFile),
        ("pipe", NotAFile),
        ("file/x", NotAFolder),
        ("readonly", WriteRefused),
        ("x" * 256, InvalidPath),
    ],
)
def test_what_must_not_be_written_is_refused_and_nothing_appears(folder, workspace, path, error):
    outside = folder.parent / "outside-folder"
    outside.mkdir()
    (folder / "link").symlink_to(outside / "target")
    (folder / "linked").symlink_to(outside)
    (folder / "inside").symlink_to(folder / "sub")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "file").touch()
    (folder / "readonly").touch(mode=0o444)
    before = sorted(folder.rglob("*"))
    with pytest.raises(error):
        workspace.write_atomic(path, "x")
    assert sorted(folder.rglob("*")) == before
    assert not list(outside.iterdir())


def test_a_hard_link_to_a_file_outside_is_broken_and_not_written_through(folder, workspace):
    outside = folder.parent / "shared"
    outside.write_text("outside")
    os.link(outside, folder / "a")
    workspace.write_atomic("a", "new")
    assert (outside.read_text(), (folder / "a").read_text()) == ("outside", "new")


def test_too_much_is_refused(workspace):
    with pytest.raises(TooLarge):
        workspace.write_atomic("a", b"x" * (MAX_WRITE_BYTES + 1))


def test_a_full_disk_leaves_the_file_as_it_was(folder, workspace, monkeypatch):
    (folder / "a").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(confined.os, "fsync", full)
    with pytest.raises(WriteFailed, match="no space left"):
        workspace.write_atomic("a", "new")
    assert (folder / "a").read_text() == "old"
    assert not leftovers(folder)


def test_old_leftovers_of_a_killed_process_are_swept(folder, workspace):
    old, young = folder / f"{TEMP_PREFIX}1.tmp", folder / f"{TEMP_PREFIX}2.tmp"
    old.touch()
    young.touch()
    os.utime(old, (1, 1))
    workspace.write_atomic("a", "x")
    assert leftovers(folder) == [young]
    assert [entry.name for entry in workspace.list_folder()] == ["a"]


def test_two_writers_of_a_new_file_do_not_overwrite_each_other(workspace):
    outcomes = []

    def write(number):
        try:
            workspace.write_atomic("a", str(number), ABSENT)
            outcomes.append(number)
        except ChangedOnDisk:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == 1
    assert workspace.read_text("a") == str(outcomes[0])


def test_a_folder_swapped_for_a_link_at_any_moment_never_lets_a_write_or_a_read_escape(folder, workspace):
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "file").write_text("outside")
    (folder / "sub").mkdir()
    (folder / "sub" / "file").write_text("inside")
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            time.sleep(0.0002)
            os.rename(folder / "sub", folder / "aside")
            with suppress(FileExistsError):  # a writer was faster and made the folder anew
                os.symlink(outside, folder / "sub")
                time.sleep(0.0002)
                os.unlink(folder / "sub")
            while True:
                shutil.rmtree(folder / "sub", ignore_errors=True)
                with suppress(OSError):
                    os.rename(folder / "aside", folder / "sub")
                    break

    thread = threading.Thread(target=swap)
    thread.start()
    reads = writes = 0
    try:
        end = time.monotonic() + 2
        for number in range(20_000):
            if time.monotonic() > end:
                break
            try:
                assert workspace.read_text("sub/file") != "outside"
                reads += 1
                workspace.write_atomic("sub/file", f"inside {number}")
                workspace.write_atomic(f"sub/deeper/{number % 7}", "inside")
                writes += 1
            except WorkspaceError:
                continue
    finally:
        stop.set()
        thread.join(30)
    assert sorted(path.name for path in outside.rglob("*")) == ["file"]
    assert (outside / "file").read_text() == "outside"
    assert reads
    assert writes


WRITER = """
import sys; sys.path.insert(0, sys.argv[2])
from workspace.files import open_workspace
from workspace.trust import OPEN
workspace = open_workspace(sys.argv[1], gate=OPEN)
old, new = "a" * 70_000, "b" * 90_000
workspace.read_text("file")
print("ready", flush=True)
import os
while True:
    pid = os.fork()
    if pid == 0:
        try:
            while True:
                workspace.write_atomic("file", new)
                workspace.write_atomic("file", old)
        finally:
            os._exit(1)
    line = sys.stdin.readline()
    if not line:
        os.kill(pid, 9); os.waitpid(pid, 0); break
    import time; time.sleep(float(line))
    os.kill(pid, 9); os.waitpid(pid, 0)
    print("killed", flush=True)
"""


def test_a_thousand_killed_writers_leave_no_torn_file(folder):
    allowed = {b"a" * 70_000, b"b" * 90_000}
    (folder / "file").write_bytes(b"a" * 70_000)
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(folder), ROOT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "ready\n"
        for number in range(1_000):
            child.stdin.write(f"{0.0005 + 0.000013 * (number % 300)}\n")
            child.stdin.flush()
            assert child.stdout.readline() == "killed\n"
            assert (folder / "file").read_bytes() in allowed, f"torn after kill {number}"
        child.stdin.close()
        child.wait(30)
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            child.wait(30)
        child.stdout.close()
    workspace = open_workspace(str(folder), gate=OPEN)
    assert [entry.name for entry in workspace.list_folder()] == ["file"]
    for left in leftovers(folder):
        os.utime(left, (1, 1))
    workspace.write_atomic("file", "c")
    assert [path.name for path in folder.iterdir()] == ["file"]
