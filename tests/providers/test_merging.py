"""Frames of several streams: bounded buffers, members held back, sync lost and found, drop-outs (SPEC §8)."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import EnsembleProvider
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt
from providers.errors import EnsembleError, VendorUnavailable
from providers.merging import CALM_FRAMES, LAG_MS, LATE_FRAMES, Buffers, Merger, Piece, texts


def piece(member: str, text: str = "x", at: float = 0.0) -> Piece:
    return Piece(member, text, (), at)


def test_a_frame_holds_everything_that_came_each_piece_with_its_member_in_order():
    buffers = Buffers()
    for member, text, at in (("a", "1", 0.0), ("b", "2", 1.0), ("a", "3", 2.0)):
        assert buffers.offer(piece(member, text, at))
    batch = buffers.drain(5.0)
    assert [(entry.member, entry.text) for entry in batch.pieces] == [("a", "1"), ("b", "2"), ("a", "3")]
    assert (batch.number, batch.lag_ms, batch.synced, batch.held) == (1, 1.0, True, ())
    assert len(buffers) == 0


def test_a_member_with_a_full_buffer_is_refused_and_named_and_the_others_are_not():
    buffers = Buffers(capacity=2)
    assert [buffers.offer(piece("fast")) for _ in range(3)] == [True, True, False]
    assert buffers.offer(piece("slow"))
    assert not buffers.has_room("fast")
    assert buffers.drain(0.0).held == ("fast",)
    assert buffers.has_room("fast")
    assert buffers.drain(0.0).held == ()


def test_frames_that_lag_break_the_sync_and_calm_ones_bring_it_back():
    buffers = Buffers()

    def frame(apart: float) -> bool:
        buffers.offer(piece("a", at=0.0))
        buffers.offer(piece("b", at=apart))
        return buffers.drain(apart).synced

    assert [frame(LAG_MS + 1) for _ in range(LATE_FRAMES)] == [True] * (LATE_FRAMES - 1) + [False]
    assert [frame(1.0) for _ in range(CALM_FRAMES)] == [False] * (CALM_FRAMES - 1) + [True]
    assert [frame(LAG_MS) for _ in range(LATE_FRAMES)] == [True] * LATE_FRAMES


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["say", "drain", "take"])), max_size=200), st.integers(1, 5))
def test_nothing_is_lost_doubled_or_kept_without_bound(steps, capacity):
    buffers = Buffers(capacity)
    put, got = {name: [] for name in "abc"}, {name: [] for name in "abc"}
    for number, (member, step) in enumerate(steps):
        if step == "say" and buffers.offer(piece(member, str(number), number)):
            put[member].append(str(number))
        pieces = buffers.drain(number).pieces if step == "drain" else buffers.take(member) if step == "take" else ()
        for entry in pieces:
            got[entry.member].append(entry.text)
        assert len(buffers) <= 3 * capacity
    for entry in buffers.drain(len(steps)).pieces:
        got[entry.member].append(entry.text)
    assert got == put


async def test_frames_keep_their_distance_and_a_reader_that_stops_holds_the_members_back():
    merger = Merger(1000.0, capacity=4)
    said = 0

    async def talk() -> None:
        nonlocal said
        for number in range(40):
            await merger.say("a", f"{number} ")
            said += 1
        merger.end()

    talking = asyncio.create_task(talk())
    for _ in range(20):
        await asyncio.sleep(0)
    assert said == 4  # nobody reads: no more than the buffer holds
    batches = [batch async for batch in merger]
    await talking
    assert "".join(texts(entry for batch in batches for entry in batch.pieces)["a"]) == "".join(f"{number} " for number in range(40))
    assert all(len(batch.pieces) <= 4 for batch in batches)
    for one, two in itertools.pairwise(batches[:-1]):
        assert two.at_ms - one.at_ms >= 0.99


class Speaker:
    """A member that says these words, then ends well or badly."""

    label = "Speaker"
    id = "speaker"

    def __init__(self, model: str, words: list[str], *, breaks: bool = False):
        self.model, self.words, self.breaks, self.said = model, words, breaks, 0

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        assert on_delta is not None
        for word in self.words:
            await on_delta(Delta(word, (-0.1,)))
            self.said += 1
        if self.breaks:
            raise VendorUnavailable("The stream broke.")
        return Answer(text="".join(self.words), model=self.model)

    async def models(self) -> tuple[str, ...]:
        return (self.model,)

    async def aclose(self) -> None:
        pass


WORDS = [f"word{number} " for number in range(30)]


async def test_a_run_is_read_as_frames_with_energy_diversity_and_at_last_the_verdict():
    ensemble = EnsembleProvider([Speaker("one", WORDS), Speaker("two", WORDS)])
    seen = [frame async for frame in ensemble.frames("Say words.", rate=500)]
    assert texts(entry for frame in seen for entry in frame.tokens) == {"speaker/one": "".join(WORDS), "speaker/two": "".join(WORDS)}
    last = seen[-1]
    assert last.verdict is not None
    assert last.energy == pytest.approx(0.9048, abs=1e-3)
    assert last.reading.diversity == pytest.approx(1 - 0.9048, abs=1e-3)
    assert last.reading.resonance == "converging"
    assert all(frame.verdict is None for frame in seen[:-1])


async def test_a_member_that_drops_out_leaves_the_rest_running():
    broken = Speaker("broken", ["half ", "an "], breaks=True)
    frames = [frame async for frame in EnsembleProvider([Speaker("good", WORDS), broken], min_responses=1).frames("Say words.", rate=500)]
    assert frames[-1].verdict is not None
    assert set(frames[-1].energies) == {"speaker/good"}


async def test_a_failed_run_raises_and_one_that_is_not_read_any_more_is_cancelled():
    ensemble = EnsembleProvider([Speaker("broken", ["x "], breaks=True)])
    with pytest.raises(EnsembleError):
        async for _ in ensemble.frames("Say words.", rate=500):
            pass
    endless = Speaker("endless", WORDS * 1000)
    frames = EnsembleProvider([endless]).frames("Say words.", rate=500)
    await anext(frames)
    await frames.aclose()
    said = endless.said
    await asyncio.sleep(0.02)
    assert endless.said == said < 30_000
