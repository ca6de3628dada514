"""`from utils import websocket_manager`, as the documentation writes it, against a real sidecar."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collaboration.client import ConflictError, SessionError
from collaboration.manager import CollaborationOff, Manager
from collaboration.server import Config, Sidecar
from collaboration.supervisor import OFF, Status
from tests.collaboration.conftest import SECRET

ORIGIN = "http://127.0.0.1:8501"


@pytest.fixture
async def sidecar() -> AsyncIterator[Sidecar]:
    async with Sidecar(Config(SECRET, (ORIGIN,), port=0)) as node:
        yield node


@pytest.fixture
async def manager(sidecar: Sidecar) -> AsyncIterator[Manager]:
    made = Manager()
    made.configure(SECRET, lambda: Status(sidecar.port, "on"), origin=ORIGIN)
    yield made
    for connection in ("one", "two"):
        await made.leave_session(connection)


def test_the_door_is_lazy_and_leads_to_the_one_handle() -> None:
    from collaboration.manager import websocket_manager as there
    from utils import websocket_manager

    assert websocket_manager is there


async def test_the_three_calls_of_the_public_interface(manager: Manager, sidecar: Sidecar) -> None:
    heard: list[dict[str, Any]] = []
    session_id = await manager.create_session("one")
    await manager.join_session("two", session_id, "Bob", listen=heard.append)
    await manager.send_message("one", "Custom message", message_type="custom")
    await manager.update_shared_state("one", "custom_key", {"data": "value"})
    await manager.send_message("two", "and thank you")
    ops = {message["key"]: message["value"] for message in heard if message["type"] == "op"}
    assert ops == {"custom/custom": {"message": "Custom message"}, "state/custom_key": {"data": "value"}}
    assert manager.shared_state("two")["state/custom_key"] == {"data": "value"}


async def test_a_change_of_ones_own_has_its_time_as_well_as_that_of_others(manager: Manager) -> None:
    before = int(time.time() * 1_000)
    session_id = await manager.create_session("one")
    await manager.join_session("two", session_id)
    await manager.update_shared_state("one", "state/note", "mine")
    assert manager.client("one").state["state/note"].at >= before


async def test_a_change_over_another_ones_is_a_conflict_that_shows_what_is_there(manager: Manager) -> None:
    session_id = await manager.create_session("one")
    await manager.join_session("two", session_id)
    await manager.update_shared_state("one", "preset", "fast")
    with pytest.raises(ConflictError, match="'preset'") as caught:
        await manager.update_shared_state("two", "preset", "quality", base_rev=0)
    assert caught.value.value == "fast"


async def test_a_client_whose_connection_breaks_comes_back_and_loses_nothing(manager: Manager, sidecar: Sidecar) -> None:
    session_id = await manager.create_session("one")
    await manager.join_session("two", session_id)
    for seat in list(sidecar.hub.gatherings[session_id].seats):
        seat.abort()
    await asyncio.gather(*(manager.update_shared_state("one", f"k{n}", n) for n in range(10)))
    await manager.send_message("two", "after")
    assert {f"state/k{n}": n for n in range(10)}.items() <= manager.shared_state("two").items()


async def test_without_a_sidecar_the_sentence_of_its_status_is_the_error() -> None:
    manager = Manager()
    manager.configure(SECRET, lambda: OFF, origin=ORIGIN)
    with pytest.raises(CollaborationOff, match="WEBSOCKET_ENABLED"):
        await manager.create_session("one")
    with pytest.raises(LookupError, match="in no session"):
        await manager.send_message("one", "x")


async def test_who_joins_a_session_that_is_not_there_is_told(manager: Manager) -> None:
    with pytest.raises(SessionError, match="no such session"):
        await manager.join_session("one", "a-session-that-is-not-there")


def test_a_page_may_connect_to_the_sidecar_of_its_own_host_only() -> None:
    manager = Manager()
    manager.configure(SECRET, lambda: Status(8502, "on"))
    assert manager.sources("127.0.0.1:8501") == ("ws://127.0.0.1:8502", "wss://127.0.0.1:8502")
    assert manager.sources("[::1]:8501") == ("ws://[::1]:8502", "wss://[::1]:8502")
    manager.configure(SECRET, lambda: Status(8502, "on"), "wss://collab.example.org/")
    assert manager.sources("127.0.0.1:8501") == ("wss://collab.example.org",)
