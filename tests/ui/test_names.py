"""Searching by name: every file of a large folder is searched, once for as long as one types, and what is left out is said."""

from __future__ import annotations

from pathlib import Path

from ui.names import KEPT_S, MOST_FOLDERS, Names
from workspace.files import open_workspace


def test_a_file_beyond_twenty_thousand_is_found(tmp_path: Path) -> None:
    for part in range(21):
        (tmp_path / f"part{part:02}").mkdir()
        for number in range(1_000):
            (tmp_path / f"part{part:02}" / f"{number:03}.py").touch()
    assert Names().find(open_workspace(str(tmp_path)), "part20 999", 5) == (("part20/999.py",), "")


def test_what_is_not_searched_is_said(tmp_path: Path) -> None:
    for number in range(2_010):
        (tmp_path / f"{number:04}.txt").touch()
    found, left_out = Names().find(open_workspace(str(tmp_path)), "0001", 5)
    assert found == ("0001.txt",)
    assert "left out" in left_out


def test_names_are_read_once_while_one_types_and_anew_afterwards_for_few_folders(tmp_path: Path) -> None:
    now = [0.0]
    names = Names(lambda: now[0])
    folders = [tmp_path / str(number) for number in range(MOST_FOLDERS + 2)]
    for folder in folders:
        folder.mkdir()
        (folder / "a.py").touch()
        assert names.find(open_workspace(str(folder)), "a", 5)[0] == ("a.py",)
    assert len(names._held) == MOST_FOLDERS
    workspace = open_workspace(str(folders[-1]))
    (folders[-1] / "ab.py").touch()
    assert names.find(workspace, "ab", 5)[0] == ()
    now[0] = KEPT_S
    assert names.find(workspace, "ab", 5)[0] == ("ab.py",)
