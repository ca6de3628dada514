"""Local models share the machine: how many work at once, who waits, who is unloaded (SPEC §8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Settings
from providers import EnsembleProvider, vendors
from providers.base import CallOptions, Prompt
from providers.council import Tier
from providers.events import MemberWaiting
from providers.execution.local import Local, Places, limited
from tests.support.providers import FakeProvider
from tests.support.vendors.ollama import OllamaProtocol
from tests.support.vendors.server import FakeServer

SERVER = "http://127.0.0.1:11434"


def local(model: str, tier: Tier = Tier.LOW, **script: object) -> Local:
    return Local(FakeProvider(model=model, **script), SERVER, tier)


def ask(member: Local) -> asyncio.Task[object]:
    return asyncio.ensure_future(member.complete(Prompt(text="hello"), CallOptions()))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0)


def test_a_model_at_work_takes_any_number_of_calls_and_one_too_many_waits():
    places = Places()
    assert [places.enter(model, 2)[0] for model in ("a", "a", "b", "c")] == [True, True, True, False]
    places.leave("a")
    assert not places.enter("c", 2)[0]
    places.leave("a")
    assert places.enter("c", 2) == (True, ("a",))


def test_the_model_that_was_unused_longest_goes_first():
    places = Places()
    for model in ("a", "b", "a"):
        places.enter(model, 2)
        places.leave(model)
    assert places.loaded == ("b", "a")
    assert places.enter("c", 2) == (True, ("b",))


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=100), st.integers(1, 6))
def test_never_more_models_than_the_limit_are_loaded(steps, limit):
    places, open_calls = Places(), []
    for model, enters in steps:
        if enters:
            if places.enter(model, limit)[0]:
                open_calls.append(model)
        elif open_calls:
            places.leave(open_calls.pop())
        assert len(places.loaded) <= limit
        assert set(open_calls) <= set(places.loaded)
        assert len(set(open_calls)) <= limit


async def test_a_third_model_waits_in_the_low_tier_and_works_when_one_is_done():
    one, two, three = local("one", hang=True), local("two", hang=True), local("three")
    first, second, third = ask(one), ask(two), ask(three)
    await until(lambda: one.inner.calls == two.inner.calls == 1)  # type: ignore[attr-defined]
    await asyncio.sleep(0.02)
    assert three.inner.calls == 0  # type: ignore[attr-defined]
    first.cancel()
    await asyncio.wait_for(third, 30)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_who_stops_waiting_for_room_takes_no_place():
    held = [ask(local(model, hang=True)) for model in ("one", "two")]
    await asyncio.sleep(0)
    waiting = ask(local("three"))
    await asyncio.sleep(0.01)
    waiting.cancel()
    for task in held:
        task.cancel()
    await asyncio.gather(waiting, *held, return_exceptions=True)
    assert await asyncio.wait_for(ask(local("four")), 30)


@pytest.mark.parametrize(
    ("host", "is_local"), [("http://127.0.0.1:1234", True), ("http://localhost:1234", True), ("https://models.example.com", False)]
)
def test_only_models_on_this_machine_are_limited(host: str, is_local: bool):
    provider = vendors.make("ollama", model="m", config={"base_url": host}, settings=Settings(_env_file=None))
    assert isinstance(limited(provider, Tier.LOW), Local) is is_local


async def test_ollama_keeps_a_model_as_long_as_the_tier_says_and_unloads_the_one_unused_longest():
    protocol = OllamaProtocol()
    server = FakeServer(protocol.handle)
    async with server.running():
        settings = Settings(_env_file=None, local_tier="low")
        members = [{"name": "ollama", "model": f"model-{letter}", "config": {"base_url": server.url}} for letter in "abc"]
        async with EnsembleProvider(members, settings=settings, execution="sequential", min_responses=3) as ensemble:
            await ensemble.run("hello")
    bodies = [request.json for request in server.requests]
    assert [body["keep_alive"] for body in bodies if "messages" in body] == [60.0, 60.0, 60.0]
    assert [body["model"] for body in bodies if "messages" not in body and body.get("keep_alive") == 0] == ["model-a"]


async def warmed(tier: str, models: str, **options: object) -> list[dict[str, object]]:
    """Load the models ahead and return what the server was asked."""
    server = FakeServer(OllamaProtocol().handle)
    async with server.running():
        settings = Settings(_env_file=None, local_tier=tier)
        members = [{"name": "ollama", "model": letter, "config": {"base_url": server.url}} for letter in models]
        async with EnsembleProvider([*members, FakeProvider("yes")], settings=settings, **options) as ensemble:
            assert ensemble.local_models == tuple(models)
            loaded = await ensemble.warm("hello " * 4_000)
    assert {request.path for request in server.requests} <= {"/api/generate"}
    assert sorted(loaded) == sorted(str(request.json["model"]) for request in server.requests)
    return [request.json for request in server.requests]


async def test_local_models_are_loaded_ahead_with_the_window_they_will_need_and_asked_nothing():
    bodies = await warmed("mid", "ab")
    assert sorted(str(body["model"]) for body in bodies) == ["a", "b"]
    assert all(not body.get("prompt") and body["keep_alive"] == 300.0 for body in bodies)
    assert all(body["options"]["num_ctx"] == 16384 for body in bodies)


async def test_no_more_are_loaded_ahead_than_the_tier_bears_and_none_where_memory_is_scarce():
    assert len(await warmed("mid", "abcdef")) == 4
    assert await warmed("low", "ab") == []


async def test_a_model_that_cannot_be_loaded_ahead_is_no_problem_before_it_is_asked():
    settings = Settings(_env_file=None, local_tier="mid")
    nobody = {"name": "ollama", "model": "m", "config": {"base_url": "http://127.0.0.1:9"}}
    async with EnsembleProvider([nobody], settings=settings) as ensemble:
        assert await ensemble.warm("hello") == ()


async def test_who_waits_for_a_place_says_so_and_says_when_it_has_one():
    server = FakeServer(OllamaProtocol().handle)
    async with server.running():
        settings = Settings(_env_file=None, local_tier="low")
        members = [{"name": "ollama", "model": letter, "config": {"base_url": server.url}} for letter in "abc"]
        async with EnsembleProvider(members, settings=settings) as ensemble, ensemble.stream("hello") as events:
            told = [(event.member, event.reason) async for event in events if isinstance(event, MemberWaiting)]
    assert told == [("ollama/c", "It waits for a place: 2 local models work already."), ("ollama/c", "")]
