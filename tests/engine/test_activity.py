"""Activities: told as they begin and as they end, to every listener, and never the harder for a listener that fails."""

from __future__ import annotations

import asyncio

import pytest

from engine.activity import Activity, Area, Feed, Phase
from workspace.errors import GitFailed


async def test_what_is_done_is_told_when_it_begins_and_when_it_ends():
    feed, heard = Feed(), []
    feed.subscribe(heard.append)
    async with feed.during(Area.GIT, "Push", "/code/shop") as outcome:
        outcome.summary = "Pushed main."
        outcome.detail["branch"] = "main"
    begun, done = heard
    assert (begun.phase, done.phase, begun.id) == (Phase.STARTED, Phase.DONE, done.id)
    assert (done.summary, done.detail, done.workspace) == ("Pushed main.", (("branch", "main"),), "/code/shop")
    assert feed.recent() == (begun, done)


async def test_a_failure_is_told_in_its_own_words_and_goes_on_to_the_caller():
    feed = Feed()
    with pytest.raises(GitFailed):
        async with feed.during(Area.GIT, "Pull", "/x"):
            raise GitFailed("Pull first.", said="secret details")
    assert (feed.recent()[-1].phase, feed.recent()[-1].summary) == (Phase.FAILED, "Pull: Pull first.")
    with pytest.raises(asyncio.CancelledError):
        async with feed.during(Area.COMMAND, "docker build", "/x"):
            raise asyncio.CancelledError
    assert feed.recent()[-1].phase is Phase.STOPPED
    with pytest.raises(ZeroDivisionError):
        async with feed.during(Area.COMMAND, "docker build", "/x"):
            raise ZeroDivisionError("internals")
    assert "internals" not in feed.recent()[-1].summary


async def test_a_listener_that_fails_stops_nobody_and_one_that_ended_hears_nothing():
    feed, heard = Feed(), []

    def broken(_: Activity) -> None:
        raise RuntimeError

    feed.subscribe(broken)
    end = feed.subscribe(heard.append)
    async with feed.during(Area.GIT, "Stage", "/x"):
        end()
    assert [activity.phase for activity in heard] == [Phase.STARTED]
