"""The registry of sessions: a token opens its own session for its own browser and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from engine.live import LiveRun, RunState
from ui.sessions import Registry, close_when_left


@pytest.fixture
def registry():
    return Registry()


def test_a_session_is_found_by_its_token_and_its_browser_only(registry):
    mine, theirs = registry.open("browser-a"), registry.open("browser-b")
    assert registry.find(mine.token, "browser-a") is mine
    assert registry.find(mine.token, "browser-b") is None
    assert registry.find(mine.token, "") is None
    assert registry.find("", "browser-a") is None
    assert registry.find(theirs.token[:-1], "browser-b") is None


def test_a_session_without_a_browser_is_out_of_every_routes_reach(registry):
    session = registry.open("")
    assert registry.find(session.token, "") is None
    assert registry.get(session.token) is session


def test_closing_a_session_cancels_its_run(registry):
    session = registry.open("a")
    session.run = run = LiveRun("r")
    registry.close(session.token)
    registry.close(session.token)
    assert run.state is RunState.STOPPED
    assert registry.find(session.token, "a") is None
    assert len(registry) == 0


def test_closing_one_session_leaves_the_others_runs_alone(registry):
    first, second = registry.open("a"), registry.open("a")
    first.run, second.run = LiveRun("1"), LiveRun("2")
    registry.close(first.token)
    assert second.run.state is RunState.RUNNING


def test_a_reloaded_page_finds_what_its_browser_left_last_and_nothing_in_use_or_of_another(registry):
    used, first, last, theirs = (registry.open(browser) for browser in ("a", "a", "a", "b"))
    for held in (used, first, last, theirs):
        held.record = object()
    for held in (first, last, theirs):
        held.connected = False
    registry.get(last.token)
    assert registry.leave_behind("a") is last
    assert registry.leave_behind("a") is first
    assert registry.leave_behind("a") is None
    assert registry.leave_behind("") is None
    assert registry.find(last.token, "a") is None
    assert registry.find(used.token, "a") is used


def test_when_full_the_quietest_session_makes_room():
    now = iter(range(100))
    registry = Registry(limit=2, clock=lambda: float(next(now)))
    old, busy = registry.open("a"), registry.open("b")
    old.run = LiveRun("r")
    registry.find(busy.token, "b")
    newest = registry.open("c")
    assert len(registry) == 2
    assert registry.find(busy.token, "b") is busy
    assert registry.find(newest.token, "c") is newest


def test_a_page_that_comes_back_finds_everything_as_it_was(registry):
    session = registry.open("a")

    async def blink() -> None:
        session.connected = False
        closing = asyncio.create_task(close_when_left(registry, session, 0.05))
        await asyncio.sleep(0.01)
        session.connected = True
        await closing

    asyncio.run(blink())
    assert registry.get(session.token) is session


def test_a_page_that_does_not_come_back_is_closed_and_its_run_cancelled(registry):
    session = registry.open("a")
    session.run = run = LiveRun("r")
    session.connected = False
    asyncio.run(close_when_left(registry, session, 0.01))
    assert len(registry) == 0
    assert run.state is RunState.STOPPED


def test_a_run_that_is_still_watched_outlives_the_pages_connection(registry):
    session = registry.open("a")
    session.run = run = LiveRun("r")
    run.watchers = 1

    async def blink() -> None:
        session.connected = False
        closing = asyncio.create_task(close_when_left(registry, session, 0.05))
        await asyncio.sleep(0.08)
        session.connected = True
        await closing

    asyncio.run(blink())
    assert run.state is RunState.RUNNING


def test_tokens_have_256_bits_and_differ(registry):
    tokens = {registry.open("a").token for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43


def test_shutdown_ends_every_session(registry):
    runs = []
    for number in range(3):
        session = registry.open("a")
        session.run = LiveRun(str(number))
        runs.append(session.run)
    registry.close_all()
    assert {run.state for run in runs} == {RunState.STOPPED}
    assert len(registry) == 0
