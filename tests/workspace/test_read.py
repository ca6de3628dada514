"""Reading: inside the workspace, regular text files, bounded; never through a link, never a device."""

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace.errors import BinaryFile, InvalidPath, NotAFile, NotFound, OutsideWorkspace, TooLarge, WorkspaceError
from workspace.files import open_workspace
from workspace.paths import split


def test_text_is_read_with_its_encoding(folder, workspace):
    (folder / "a.txt").write_bytes("grün\r\n".encode())
    (folder / "bom.txt").write_bytes(b"\xef\xbb\xbfx")
    (folder / "wide.txt").write_bytes("ünï".encode("utf-16"))
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    assert workspace.read_text("./a.txt") == "grün\r\n"
    assert workspace.read_text("bom.txt") == "x"
    assert workspace.read_text("wide.txt") == "ünï"
    assert workspace.read_text("latin.txt") == "caf\ufffd"


@pytest.mark.parametrize(
    "name", ["ünïcode.py", "日本.txt", "-rf", "--help", "a b", "a\nb", "'quoted\"", "🙂.md", "x" * 255, "$(touch y)", "a\\b"]
)
def test_any_name_the_file_system_holds_can_be_listed_and_read(folder, workspace, name):
    (folder / name).write_text("text")
    assert [entry.path for entry in workspace.list_folder()] == [name]
    assert workspace.read_text(name) == "text"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("../secret", OutsideWorkspace),
        ("a/../../secret", OutsideWorkspace),
        ("/etc/passwd", OutsideWorkspace),
        ("//etc/passwd", OutsideWorkspace),
        ("a\0", InvalidPath),
        ("\udcff", InvalidPath),
        ("x" * 256, InvalidPath),
        ("a/" * 70 + "b", InvalidPath),
        ("missing", NotFound),
        ("missing/deeper", NotFound),
        ("file/below", WorkspaceError),
        ("", NotAFile),
        ("sub", NotAFile),
        ("link", OutsideWorkspace),
        ("linked/secret", OutsideWorkspace),
        ("dangling", OutsideWorkspace),
    ],
)
def test_a_path_that_is_not_a_file_inside_is_refused(folder, workspace, path, error):
    (folder.parent / "secret").write_text("outside")
    (folder / "file").write_text("inside")
    (folder / "sub").mkdir()
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "dangling").symlink_to(folder / "nowhere")
    for read in (workspace.read_text, workspace.read_bytes, workspace.read_head):
        with pytest.raises(error) as caught:
            read(path)
        assert str(caught.value).endswith((".", "?"))


def test_what_is_not_a_regular_file_is_never_opened(folder, workspace):
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        try:
            os.chdir(folder)  # the address of a Unix socket is short
            listener.bind("sock")
        finally:
            os.chdir(here)
        for name, word in (("pipe", "named pipe"), ("sock", "socket")):
            with pytest.raises(NotAFile, match=word):
                workspace.read_text(name)
        assert {entry.denied for entry in workspace.list_folder()} == {"a device, pipe or socket"}
    assert workspace.walk().paths == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_inside_the_workspace_is_never_opened(folder, workspace):
    try:
        os.mknod(folder / "zero", 0o20666, os.makedev(1, 5))
    except OSError:
        pytest.skip("this system does not let devices be made")
    with pytest.raises(NotAFile, match="device"):
        workspace.read_bytes("zero")


def test_a_large_file_costs_no_more_than_the_cap(folder, workspace):
    with (folder / "big.log").open("wb") as stream:
        stream.write(b"line\n" * 100_000)
        stream.truncate(50 * 1024 * 1024)
    with pytest.raises(TooLarge, match=r"50\.0 MB"):
        workspace.read_text("big.log")
    head = workspace.read_head("big.log", 1_000)
    assert (len(head.text), head.truncated, head.size) == (1_000, True, 50 * 1024 * 1024)


def test_a_file_at_the_cap_is_read_and_one_above_is_not(folder, workspace):
    (folder / "x").write_bytes(b"a" * 100)
    assert len(workspace.read_bytes("x", 100)) == 100
    with pytest.raises(TooLarge):
        workspace.read_bytes("x", 99)


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01\0\0", b"\x89PNG\r\n\x1a\n\0\0", b"\0", bytes(range(32)) * 9, b"PK\x03\x04\x14\0"])
def test_a_binary_file_is_recognised(folder, workspace, data):
    (folder / "x").write_bytes(data)
    with pytest.raises(BinaryFile):
        workspace.read_text("x")


def test_an_empty_file_is_text(folder, workspace):
    (folder / "x").touch()
    assert workspace.read_text("x") == ""


@given(st.text(max_size=60))
def test_every_text_is_a_path_or_a_clear_error(text):
    try:
        parts = split(text)
    except WorkspaceError:
        return
    assert all(part and part not in (".", "..") and "/" not in part and "\0" not in part for part in parts)


def test_one_workspace_does_not_reach_into_its_neighbour(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    one = open_workspace(str(tmp_path / "a"))
    with pytest.raises(OutsideWorkspace):
        one.read_text("../b/file")
    assert one.read_text("file") == "a"
