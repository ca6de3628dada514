"""What changes on disk in an open workspace is noticed: once, by name, and without a word about what is ignored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from workspace import watching
from workspace.watching import How, Watcher


@pytest.fixture
def shop(folder: Path, workspace):
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "src" / "deep" / "wsgi.py").write_text("app = 1\n")
    (folder / "app.py").write_text("app = 1\n")
    (folder / ".gitignore").write_text("*.log\n")
    return workspace


@asynccontextmanager
async def watched(workspace) -> AsyncIterator[Watcher]:
    watcher = Watcher(workspace)
    work = asyncio.ensure_future(watcher.run())
    try:
        await until(lambda: watcher.how is not How.STARTING or work.done())
        await asyncio.sleep(0.5)  # the system is told of the folders in a thread
        yield watcher
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(holds, patience_s: float = 20) -> None:
    async with asyncio.timeout(patience_s):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture(params=[How.TOLD, How.LOOKING])
def how(request, monkeypatch) -> How:
    monkeypatch.setattr(watching, "LOOKING_S", 0.2)
    monkeypatch.setattr(watching, "PAUSE_S", 0.05)
    if request.param is How.LOOKING:
        monkeypatch.setattr(watching, "MOST_FOLDERS", 0)
    return request.param


async def test_changed_new_and_removed_files_are_named_and_ignored_ones_are_not(shop, folder, how):
    async with watched(shop) as watcher:
        assert watcher.how is how
        (folder / "noise.log").write_text("x\n")
        (folder / ".env").write_text("KEY=1\n")
        (folder / "src" / "deep" / "wsgi.py").write_text("app = 22\n")
        await until(lambda: watcher.mark)
        assert watcher.since(0) == ("src/deep/wsgi.py",)
        seen = watcher.mark
        (folder / "app.py").unlink()
        (folder / "new").mkdir()
        (folder / "new" / "one.py").write_text("x = 1\n")
        await until(lambda: {"app.py", "new/one.py"} <= set(watcher.since(seen)))
        assert "src/deep/wsgi.py" not in watcher.since(seen)
        seen = watcher.mark
        await asyncio.sleep(0.6)
        (folder / "new" / "one.py").write_text("x = 12345\n")
        await until(lambda: watcher.since(seen) == ("new/one.py",))


async def test_a_large_tree_is_not_watched_and_that_is_said(shop, monkeypatch):
    monkeypatch.setattr(watching, "MOST_FILES", 3)
    watcher = Watcher(shop)
    await watcher.run()
    assert watcher.how is How.OFF
    assert "More than 3 files" in watcher.why_off


async def test_a_folder_that_goes_ends_the_watch_and_says_so(shop, folder, how):
    async with watched(shop) as watcher:
        folder.rename(folder.with_name("moved"))
        (folder.with_name("moved") / "app.py").write_text("app = 2\n")
        await until(lambda: watcher.how is How.OFF)
        assert watcher.why_off


def test_so_many_changes_are_kept_and_no_more(shop, monkeypatch):
    monkeypatch.setattr(watching, "MOST_KEPT", 5)
    watcher = Watcher(shop)
    for number in range(9):
        watcher._note({}, {f"{number}.py": (1, 1)})
    assert watcher.since(0) == ("8.py", "7.py", "6.py", "5.py", "4.py")
    assert watcher.since(7) == ("8.py", "7.py")
