"""Searching in the content of files: what is found, what never is, and where it stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.planted import planted
from workspace import searching
from workspace.errors import WorkspaceGone
from workspace.searching import search_content

SECRET = "Zt7" + "rQw9eYp4"


@pytest.fixture
def shop(folder: Path, workspace):
    (folder / "src").mkdir()
    (folder / "src" / "wsgi.py").write_text("import os\n\nHOST = 'Shop.internal'\n")
    (folder / "config.py").write_text(f'HOST = "shop.internal"\nPASSWORD = "{SECRET}"\n')
    (folder / ".env").write_text("HOST=shop.internal\n")
    (folder / ".gitignore").write_text("build.log\n")
    (folder / "build.log").write_text("shop.internal\n")
    (folder / "logo.bin").write_bytes(b"\0\1shop.internal" * 40)
    return workspace


def places(found) -> list[tuple[str, int]]:
    return [(match.path, match.line) for match in found.matches]


def test_lines_are_found_whatever_their_case_and_hidden_files_are_not_looked_at(shop):
    assert places(search_content(shop, " SHOP.internal ")) == [("config.py", 1), ("src/wsgi.py", 3)]
    assert places(search_content(shop, "nothing has this")) == []
    assert places(search_content(shop, "  ")) == []


def test_a_secret_is_neither_shown_nor_found_by_guessing_at_it(shop):
    assert places(search_content(shop, SECRET)) == []
    assert places(search_content(shop, SECRET[:4])) == []
    (match,) = search_content(shop, "password").matches
    assert SECRET not in match.text
    assert "<masked: password>" in match.text


def test_no_planted_secret_is_shown(folder, workspace):
    planted_here = planted(3)
    for number, (path, text, _) in enumerate(planted_here.values()):
        target = folder / f"part{number}" / path
        target.parent.mkdir(parents=True)
        target.write_text(text)
    shown = " ".join(match.text for letter in "aeiou=:" for match in search_content(workspace, letter).matches)
    assert shown
    assert sum(secret in shown for _, _, secret in planted_here.values()) <= 1


def test_a_long_line_is_shown_around_the_match(folder, workspace):
    (folder / "min.js").write_text("x" * 5_000 + "needle" + "y" * 5_000)
    (match,) = search_content(workspace, "needle").matches
    assert "needle" in match.text
    assert len(match.text) <= 202


def test_few_lines_of_a_file_and_a_bounded_number_in_all_are_listed(folder, workspace):
    for number in range(30):
        (folder / f"{number:02}.txt").write_text("needle\n" * 50)
    found = search_content(workspace, "needle")
    assert len(found.matches) == searching.MOST_MATCHES
    assert "narrow" in found.note


def test_it_stops_when_the_time_is_over_or_nobody_waits_and_says_how_far_it_came(shop):
    now = iter(range(0, 1_000, 2))
    found = search_content(shop, "host", clock=lambda: next(now))
    assert "of 4 files were searched in the time" in found.note
    assert search_content(shop, "host", ended=lambda: True).matches == ()


def test_it_reads_so_many_bytes_and_no_more(shop, monkeypatch):
    monkeypatch.setattr(searching, "MOST_BYTES", 10)
    assert "within the size" in search_content(shop, "host").note


def test_of_a_large_file_the_beginning_is_searched_and_that_is_said(folder, workspace, monkeypatch):
    monkeypatch.setattr(searching, "LARGEST_FILE", 100)
    (folder / "large.txt").write_text("needle\n" + "x" * 200 + "\nneedle\n")
    found = search_content(workspace, "needle")
    assert places(found) == [("large.txt", 1)]
    assert "only the beginning" in found.note


def test_a_folder_that_is_gone_says_so(folder, workspace):
    folder.rmdir()
    with pytest.raises(WorkspaceGone):
        search_content(workspace, "x")
