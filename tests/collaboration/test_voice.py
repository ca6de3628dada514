"""The voice room over real connections on this machine: who hears whom, and that everything ends with the call."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiortc import RTCIceGatherer, RTCPeerConnection

from collaboration.voice.calls import Call
from collaboration.voice.rooms import MOST, OfferError, Relay, RoomError, Rooms
from tests.support.talking import Talker, until

ANN, BOB, CAT = 440.0, 1_000.0, 2_500.0


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is asked for the way: a call on one machine or network needs none, and a public one is never the default."""

    def asked() -> None:
        raise AssertionError("a public server was to be asked")

    monkeypatch.setattr(RTCIceGatherer, "getDefaultIceServers", asked)


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    made = Rooms()
    yield made
    await made.close()
    assert len(made) == 0


@pytest.fixture
async def talkers(rooms: Rooms) -> AsyncIterator[dict[str, Talker]]:
    """Ann and Bob are in one room, Cat is in the room of another session, Dan only listens to Ann and Bob."""
    people = {"ann": Talker("ann", ANN), "bob": Talker("bob", BOB), "cat": Talker("cat", CAT), "dan": Talker("dan")}
    for name, talker in people.items():
        await talker.join(rooms, "theirs" if name == "cat" else "s")
    await asyncio.gather(*(talker.connected() for talker in people.values()))
    yield people
    for talker in people.values():
        await talker.close()


async def test_everybody_hears_the_others_of_their_session_and_nobody_else(rooms: Rooms, talkers: dict[str, Talker]):
    ann, bob, cat, dan = talkers.values()
    await until(lambda: ann.hears(BOB) and bob.hears(ANN) and dan.hears(ANN) and dan.hears(BOB))
    assert ann.strength(ANN) < 100, "nobody hears themself"
    assert bob.strength(BOB) < 100
    assert cat.packets == 0, "whoever is alone is sent nothing"
    assert max(talker.strength(CAT) for talker in (ann, bob, dan)) < 100
    await until(lambda: [person.speaking for person in rooms.people("s")] == [True, True, False])
    assert [(person.id, person.speaks, person.muted, person.level > 0) for person in rooms.people("s")] == [
        ("ann", True, False, True),
        ("bob", True, False, True),
        ("dan", False, False, False),
    ]
    assert [person.id for person in rooms.people("theirs")] == ["cat"]
    # a mute holds on the server, whatever goes on arriving
    assert ann.seat is not None
    rooms.mute(ann.seat, True)
    await until(lambda: not bob.hears(ANN))
    await until(lambda: (rooms.people("s")[0].muted, rooms.people("s")[0].speaking, rooms.people("s")[0].level) == (True, False, 0))
    await until(lambda: dan.strength(ANN) < 100 and dan.hears(BOB))
    rooms.mute(ann.seat, False)
    await until(lambda: bob.hears(ANN))
    # who is removed from the session is cut off, and told so
    bob.member = False
    await until(lambda: bob.told == ["You are no longer in this session."])
    assert [person.id for person in rooms.people("s")] == ["ann", "dan"]
    await until(lambda: bob.peer.connectionState in ("closed", "failed"))
    await until(lambda: not dan.hears(BOB))


async def test_who_is_not_in_the_session_is_refused(rooms: Rooms):
    stranger = Talker("eve", ANN)
    stranger.member = False
    with pytest.raises(RoomError, match="not in this session"):
        await stranger.join(rooms)
    assert len(rooms) == 0
    await stranger.close()


class Still:
    """A call that carries nothing: for rules that need no sound."""

    made: list[Still]

    def __init__(self, _relays: object, _ended: object):
        from collaboration.voice.mixer import Ear

        self.ear, self.muted, self.connected, self.closed = Ear(), False, True, False
        Still.made.append(self)

    async def answer(self, offer: str) -> str:
        await asyncio.sleep(0.01)
        return offer

    def mute(self, muted: bool) -> None:
        self.muted = muted

    def say(self, *_: object) -> None: ...

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> type[Still]:
    Still.made = []
    monkeypatch.setattr("collaboration.voice.calls.Call", Still)
    return Still


async def test_of_thirty_who_join_at_once_ten_get_a_place(rooms: Rooms, still: type[Still]):
    async def join(number: int) -> object:
        return await rooms.join("s", f"p{number}", "", "offer", speaks=True, allowed=lambda: True, ended=lambda _: None)

    found = await asyncio.gather(*(join(number) for number in range(30)), return_exceptions=True)
    assert sum(isinstance(one, RoomError) for one in found) == 20
    await until(lambda: len(rooms.people("s")) == MOST == 10)
    assert len(still.made) == 10


async def test_the_calls_of_all_rooms_together_are_bounded(still: type[Still]):
    rooms = Rooms(most_calls=2)
    for session in ("a", "b"):
        await rooms.join(session, "p", "", "", speaks=True, allowed=lambda: True, ended=lambda _: None)
    with pytest.raises(RoomError, match="2 calls already"):
        await rooms.join("c", "p", "", "", speaks=True, allowed=lambda: True, ended=lambda _: None)
    assert len(rooms) == 2
    await rooms.close()
    assert all(call.closed for call in still.made)


async def test_a_person_is_in_a_room_once_and_moves_to_the_tab_that_joined_last(rooms: Rooms, still: type[Still]):
    told: list[str] = []
    await rooms.join("s", "ann", "", "", speaks=True, allowed=lambda: True, ended=told.append)
    seat, _ = await rooms.join("s", "ann", "", "", speaks=False, allowed=lambda: True, ended=told.append)
    assert told == ["You joined voice in another tab."]
    assert [person.speaks for person in rooms.people("s")] == [False]
    rooms.mute(seat, False)
    assert still.made[1].muted, "who only listens is never heard"
    await until(lambda: still.made[0].closed)


async def test_watchers_are_told_of_every_change_until_they_stop(rooms: Rooms, still: type[Still]):
    seen: list[int] = []
    stop = rooms.watch("s", lambda: seen.append(len(rooms.people("s"))))
    first, _ = await rooms.join("s", "ann", "", "", speaks=True, allowed=lambda: True, ended=lambda _: None)
    await until(lambda: seen == [1])
    await rooms.leave(first)
    assert seen == [1, 0]
    await rooms.leave(first)  # once is enough
    stop()
    await rooms.join("s", "bob", "", "", speaks=True, allowed=lambda: True, ended=lambda _: None)
    await asyncio.sleep(0.15)
    assert seen == [1, 0]


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "v=0\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n",
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtpmap:0 PCMU/8000\r\n",
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
        "v=0\r\nm=audio x y\r\na=rtpmap:111 opus/48000/2\r\na=fingerprint:md5 00\r\n",
    ],
)
async def test_an_offer_that_is_not_one_voice_is_refused_and_leaves_nothing(rooms: Rooms, offer: str):
    with pytest.raises(OfferError):
        await rooms.join("s", "ann", "Ann", offer, speaks=True, allowed=lambda: True, ended=lambda _: None)
    assert len(rooms) == 0
    assert rooms.people("s") == ()


async def test_names_of_the_browsers_network_are_not_looked_up_and_addresses_are_few(rooms: Rooms):
    seen: list[str] = []
    call = Call((), lambda _: None)

    async def noted(description: object) -> None:
        seen.append(description.sdp)  # type: ignore[attr-defined]
        raise ValueError

    call._peer.setRemoteDescription = noted  # type: ignore[method-assign]
    lines = "".join(f"a=candidate:{n} 1 udp 1 192.0.2.{n} 5 typ host\r\n" for n in range(60))
    name = "a=candidate:1 1 udp 1 8c1ff6b3-0000-4d55-9d0f-000000000000.local 5 typ host\r\n"
    with pytest.raises(OfferError):
        await call.answer(f"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n{name}{lines}")
    assert ".local" not in seen[0]
    assert seen[0].count("a=candidate") == 23
    await call.close()


async def test_relays_are_given_as_they_are_set_and_their_credential_is_in_no_text():
    relay = Relay(("turn:127.0.0.1:9?transport=udp",), "ann", "s3cret-of-the-relay")
    assert "s3cret" not in repr(relay)
    call = Call((relay,), lambda _: None)
    (server,) = call._peer._RTCPeerConnection__configuration.iceServers
    assert (server.urls, server.username, server.credential) == (["turn:127.0.0.1:9?transport=udp"], "ann", "s3cret-of-the-relay")
    await call.close()


def threads_of_calls() -> int:
    """Count the threads, without those the loop keeps for whoever comes next: the talkers here encode in them."""
    return sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())


async def test_of_ten_calls_that_were_made_and_ended_nothing_is_left():
    async def once() -> None:
        rooms, ann, bob = Rooms(), Talker("ann", ANN), Talker("bob", BOB)
        for talker in (ann, bob):
            await talker.join(rooms)
        await asyncio.gather(ann.connected(), bob.connected())
        await ann.close()  # a browser that ends the call
        await until(lambda: [person.id for person in rooms.people("s")] == ["bob"])
        assert ann.told == ["This browser ended the call."]
        assert bob.seat is not None
        await rooms.leave(bob.seat)
        assert len(rooms) == 0
        await bob.close()
        await rooms.close()

    threads, tasks = threads_of_calls(), len(asyncio.all_tasks())
    for _ in range(5):
        await once()
    gc.collect()
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    await until(lambda: threads_of_calls() <= threads)
    gc.collect()
    alive = [one for one in gc.get_objects() if isinstance(one, Call | RTCPeerConnection)]
    assert len(alive) <= 2, "an object or two may wait for the last frame of the loop"


@pytest.mark.parametrize("name", ["ui.routes", "collaboration.server"])
def test_nothing_of_webrtc_is_loaded_before_somebody_joins(name: str):
    script = f"import sys, {name}; print([m for m in ('aiortc', 'aioice', 'av', 'pylibsrtp') if m in sys.modules])"
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.strip() == "[]"
