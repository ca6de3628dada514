"""The folders opened lately: whose they are, how many are kept, and what becomes of the ones that are gone."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from workspace import recent
from workspace.errors import WriteFailed
from workspace.repository.names import is_address


def paths(data, owner="ann"):
    return [entry.path for entry in recent.recent(data, owner)]


def test_the_newest_comes_first_and_once(tmp_path):
    for path in ("/a", "/b", "/a"):
        recent.remember(tmp_path, "ann", path)
    assert paths(tmp_path) == ["/a", "/b"]


def test_each_browser_has_its_own_list_which_names_nobody_and_is_readable_by_the_owner_alone(tmp_path):
    recent.remember(tmp_path, "ann", "/a")
    assert paths(tmp_path, "bob") == []
    (file,) = (tmp_path / "recent").glob("?*[0-9a-f].json")
    assert "ann" not in file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_dozen_folders_and_some_hundred_lists_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(recent, "MAX_OWNERS", 3)
    for number in range(20):
        recent.remember(tmp_path, "ann", f"/{number}")
    assert len(paths(tmp_path)) == recent.MAX_FOLDERS
    assert paths(tmp_path)[0] == "/19"
    for age, owner in enumerate(("b", "c", "d")):
        recent.remember(tmp_path, owner, "/x")
        os.utime(recent._file(tmp_path, owner), (age, age + 1))
    recent.remember(tmp_path, "ann", "/new")
    assert [paths(tmp_path, owner) for owner in ("b", "d")] == [[], ["/x"]]


def test_what_is_gone_says_so_and_can_be_forgotten(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    recent.remember(tmp_path, "ann", "/nowhere/at/all")
    recent.remember(tmp_path, "ann", str(there))
    assert [entry.gone for entry in recent.recent(tmp_path, "ann")] == [False, True]
    recent.forget(tmp_path, "ann", "/nowhere/at/all")
    assert paths(tmp_path) == [str(there)]


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"path": "/a"}]', json.dumps([{"path": "/a", "when": "never"}])])
def test_a_list_that_cannot_be_read_is_an_empty_one(tmp_path, content):
    recent.remember(tmp_path, "ann", "/a")
    recent._file(tmp_path, "ann").write_text(content)
    assert paths(tmp_path) == []


def test_two_pages_at_once_lose_nothing(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: recent.remember(tmp_path, "ann", f"/{number}"), range(recent.MAX_FOLDERS)))
    assert sorted(paths(tmp_path)) == sorted(f"/{number}" for number in range(recent.MAX_FOLDERS))


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "recent").write_text("in the way")
    with pytest.raises(WriteFailed, match="OMNI_DATA_DIR"):
        recent.remember(tmp_path, "ann", "/a")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://github.com/you/project.git", True),
        (" ssh://git@host/you/project ", True),
        ("git@github.com:you/project.git", True),
        ("ext::sh -c id", True),
        ("/home/you/project", False),
        ("~/project", False),
        ("./a:b", False),
        ("/home/you/a:b", False),
        ("project", False),
    ],
)
def test_an_address_is_told_from_a_folder(text, meant):
    assert is_address(text) is meant
