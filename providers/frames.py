"""The live council of one run: what is known of its members between two frames, and a run as an iterator of frames (SPEC §8)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from providers.council import Accord, Pulse, Reading, ensemble_energy
from providers.events import Event, MemberDelta, MemberFailed, MemberFinished, MemberRetried, MemberStarted, RunStarted
from providers.merging import FRAMES_PER_SECOND, Batch, Merger, Piece
from providers.records import Member, Verdict


@dataclass(frozen=True, slots=True)
class CouncilFrame:
    """One frame. `tokens` came since the last one, each with its member; `energies` and `energy` are 0..1, None while unknown.

    `batch` holds the frame's number, the lag between members in milliseconds and whether they are in sync; without sync the
    streams are independent, and `energy` and `reading` are not known. The last frame of a run has its `verdict`.
    """

    batch: Batch
    energies: Mapping[str, float | None]
    energy: float | None
    reading: Reading
    verdict: Verdict | None = None

    @property
    def tokens(self) -> tuple[Piece, ...]:
        """Return what the members said since the last frame, in order."""
        return self.batch.pieces


class Council:
    """The members that speak: their pulses and how they stand to each other. Times are milliseconds of one clock."""

    def __init__(self, members: Iterable[Member] = ()):
        self._pulses: dict[str, Pulse] = {}
        self._weights: dict[str, float] = {}
        self._over: set[str] = set()
        self._accord = Accord()
        self.synced = True
        for member in members:
            self.join(member)

    def __contains__(self, member: str) -> bool:
        """Tell whether this member is heard."""
        return member in self._pulses

    def join(self, member: Member) -> Pulse:
        """Hear this member from now on; one that is heard already keeps its place."""
        if member.id not in self._pulses:
            self._weights[member.id] = member.weight
            self.restart(member.id)
        return self._pulses[member.id]

    def restart(self, member: str) -> Pulse:
        """Void what the member said: it is asked again."""
        pulse = self._pulses[member] = Pulse()
        self._over.discard(member)
        self._accord.join(member, self._weights.get(member, 1.0))
        return pulse

    def drop(self, member: str) -> None:
        """The member dropped out; the rest go on without it."""
        self._pulses.pop(member, None)
        self._accord.leave(member)

    def finish(self, member: str) -> None:
        """The member has said everything; its energy stays as it was."""
        self._over.add(member)
        self._accord.finish(member)

    def say(self, member: str, text: str, logprobs: tuple[float, ...], now: float) -> None:
        """Take in a piece; one of a member that is not heard is ignored."""
        pulse = self._pulses.get(member)
        if pulse is not None:
            pulse.say(text, logprobs, now)
            self._accord.say(member, text, logprobs)

    def energies(self, now: float) -> dict[str, float | None]:
        """Return E_m of every member."""
        return {member: pulse.energy(now, over=member in self._over) for member, pulse in self._pulses.items()}

    def energy(self, now: float) -> float | None:
        """Return E, the weighted mean of the known E_m, at most 1; None without sync."""
        if not self.synced:
            return None
        return ensemble_energy((self._weights[member], energy) for member, energy in self.energies(now).items())

    def reading(self) -> Reading:
        """Return diversity and resonance; nothing is known of them without sync."""
        return self._accord.reading() if self.synced else Reading()

    def frame(self, batch: Batch, verdict: Verdict | None = None) -> CouncilFrame:
        """Take in a frame's pieces and return the frame with its figures."""
        self.synced = batch.synced
        for piece in batch.pieces:
            self.say(piece.member, piece.text, piece.logprobs, piece.at_ms)
        energies = self.energies(batch.at_ms)
        energy = ensemble_energy((self._weights[member], known) for member, known in energies.items()) if batch.synced else None
        return CouncilFrame(batch, energies, energy, self.reading(), verdict)


async def frames(
    start: Callable[[Callable[[Event], Awaitable[None]]], Awaitable[Verdict]], members: Sequence[Member], rate: float = FRAMES_PER_SECOND
) -> AsyncGenerator[CouncilFrame, None]:
    """Make a run and yield its frames, at most `rate` a second; the last one has the verdict. Raises the run's EnsembleError.

    Who reads slowly holds the members back; who stops reading (`aclose`) cancels the run.
    """
    merger = Merger(rate)
    council = Council(members)
    known = {member.id: member for member in members}

    async def hear(event: Event) -> None:
        match event:
            case MemberDelta():
                await merger.say(event.member, event.text, event.logprobs)
            case RunStarted():
                known.update((member.id, member) for member in (*event.members, *event.standing_by))
            case MemberStarted():
                council.join(known[event.member])
            case MemberRetried():
                merger.take(event.member)
                council.restart(event.member)
            case MemberFinished():
                council.finish(event.member)
            case MemberFailed():
                council.drop(event.member)
            case _:
                pass

    run = asyncio.ensure_future(start(hear))
    run.add_done_callback(lambda _: merger.end())
    number = 0
    try:
        async for batch in merger:
            number = batch.number
            yield council.frame(batch)
        verdict = await run
        yield council.frame(Batch(number + 1, time.monotonic() * 1000, (), 0.0, council.synced), verdict)
    finally:
        if not run.done():
            run.cancel()
            await asyncio.wait((run,))
        elif not run.cancelled():
            run.exception()  # raised above, unless the reader stopped first
