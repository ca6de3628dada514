"""The calls of one run: ask a member, let another take its place when it fails, judge what comes, and tell of all of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace

from artifacts.records import Assessment
from providers import outcomes, pictures, waiting
from providers.accounts import Purse
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt
from providers.errors import ProviderError
from providers.events import (
    CandidateJudged,
    MemberDelta,
    MemberFailed,
    MemberFinished,
    MemberReplaced,
    MemberRetried,
    MemberStarted,
    MemberWaiting,
)
from providers.listening import Teller
from providers.records import Candidate, Member, MemberError, Status
from providers.seats import Seat
from providers.setup import Setup

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Call:
    """What is known of a call while it runs."""

    started: float
    pieces: list[str] = field(default_factory=list)
    attempts: int = 1


class Calls:
    """Makes a run's calls and keeps their outcomes by member id. `options` are those of the calls to come, with their deadline."""

    def __init__(self, setup: Setup, options: CallOptions, deadline: float, teller: Teller, purse: Purse | None, *, streaming: bool):
        self.outcomes: dict[str, Candidate] = {}
        self.warnings: list[str] = []
        self.blind: list[str] = []
        self.options = options
        self._setup = setup
        self._deadline = deadline
        self._teller = teller
        self._purse = purse
        self._streaming = streaming
        self._made: dict[str, _Call] = {}

    async def ask(self, seat: Seat, prompt: Prompt, *, options: CallOptions | None = None, stands_in_for: str = "") -> None:
        """Ask a member, and while it fails the one that takes its place; record the outcome of each. Raises nothing but a cancellation."""
        outcome = await self._asked(seat, prompt, options or self.options, stands_in_for)
        member = seat.member
        substitute = None if outcome.status is Status.SUCCESS else seat.stand_in(outcome.error.kind if outcome.error else "")
        if substitute is None:
            self.outcomes[member.id] = outcome
            return
        why = outcome.error.message if outcome.error else "It gave no answer."
        self.outcomes[member.id] = replace(outcome, replaced_by=substitute.member.id)
        await self.replaced(member, substitute.member, why)
        # those who stand in have what was kept back for them
        later = replace(options or self.options, deadline=self._deadline)
        await self.ask(substitute, prompt, options=later, stands_in_for=member.id)

    async def replaced(self, member: Member, by: Member, why: str) -> None:
        """Tell that a member failed and which other one is asked in its place."""
        self.warnings.append(f"{member.id} was replaced by {by.id}: {why}")
        if self._teller.listening:
            await self._teller.tell(MemberReplaced(self._teller.run_id, self._teller.now(), member.id, by.id, why))

    def result(self, member: Member) -> Candidate | None:
        """Return the outcome of a member or of the one that took its place in the end."""
        found = self.outcomes.get(member.id)
        while found is not None and found.replaced_by in self.outcomes:
            found = self.outcomes[found.replaced_by]
        return found

    def unfinished(self, member: Member, reason: str) -> Candidate:
        """Return the outcome of a member whose answer was not waited for, or who was not asked at all."""
        call = self._made.get(member.id)
        if call is None:
            return Candidate(member=member, status=Status.SKIPPED, error=MemberError("Skipped", reason))
        return self._failed(member, call, MemberError("Cancelled", reason), Status.CANCELLED)

    def began(self, member: Member) -> bool:
        """Tell whether this member was asked."""
        return member.id in self._made

    def about_pictures(self) -> tuple[str, ...]:
        """Return the warning that names who was asked without the pictures, empty where nobody was."""
        names = list(dict.fromkeys(self.blind))
        return (f"Asked without the pictures, since these members do not see any: {', '.join(names)}.",) if names else ()

    # -- one call ----------------------------------------------------------------------------------------------------

    async def _asked(self, seat: Seat, prompt: Prompt, options: CallOptions, stands_in_for: str) -> Candidate:
        member, teller = seat.member, self._teller
        call = self._made[member.id] = _Call(time.monotonic())
        if teller.listening:
            await teller.tell(MemberStarted(teller.run_id, teller.now(), member.id))

            async def waits(why: str) -> None:
                await teller.tell(MemberWaiting(teller.run_id, teller.now(), member.id, why))

            waiting.listen(waits)

        async def retried(attempt: int, error: ProviderError) -> None:
            call.attempts = attempt
            call.pieces.clear()
            if teller.listening:
                await teller.tell(MemberRetried(teller.run_id, teller.now(), member.id, attempt, error.message))

        on_delta = self._delta_listener(member, call) if self._streaming else None
        provider = seat.calling(retried, self._purse)
        if prompt.images and not pictures.sees(provider):
            self.blind.append(member.id)
        try:
            answer = await provider.complete(pictures.shown(prompt, provider), seat.options(options), on_delta)
        except ProviderError as error:
            candidate = self._failed(member, call, outcomes.reason(error))
            candidate = replace(candidate, inner=outcomes.inner_of(error), cost_usd=outcomes.cost_of(error))
        except Exception as error:  # noqa: BLE001 - a member's fault of any kind is a line in the metadata, not the end of the run
            log.error("member %s: %s", member.id, outcomes.where(error))
            candidate = self._failed(member, call, outcomes.fault(member, error))
        else:
            candidate = self._answered(member, call, answer)
        candidate = replace(candidate, stands_in_for=stands_in_for) if stands_in_for else candidate
        if candidate.status is Status.SUCCESS:
            if candidate.answer is not None and not candidate.answer.cached:
                self._setup.paces.of(member).took((candidate.latency_ms or 0.0) / 1000)
            if teller.listening:
                await teller.tell(MemberFinished(teller.run_id, teller.now(), member.id, candidate))
            candidate = await self._judged(candidate, prompt)
            if teller.listening and candidate.assessment is not None:
                await teller.tell(CandidateJudged(teller.run_id, teller.now(), member.id, candidate))
        elif teller.listening:
            await teller.tell(MemberFailed(teller.run_id, teller.now(), member.id, candidate))
        return candidate

    def _delta_listener(self, member: Member, call: _Call) -> OnDelta:
        teller, name, pieces = self._teller, member.id, call.pieces

        async def heard(delta: Delta) -> None:
            pieces.append(delta.text)
            if teller.listening:
                await teller.tell(MemberDelta(teller.run_id, teller.now(), name, delta.text, delta.logprobs))

        return heard

    def _answered(self, member: Member, call: _Call, answer: Answer) -> Candidate:
        inner = tuple(entry for entry in answer.inner if isinstance(entry, Candidate))
        return Candidate(
            member=member,
            status=Status.SUCCESS,
            answer=replace(answer, inner=()) if inner else answer,
            started_ms=self._teller.since_start(call.started),
            latency_ms=answer.latency_ms,
            first_token_ms=answer.first_token_ms,
            cost_usd=answer.cost_usd,
            attempts=call.attempts,
            inner=inner,
        )

    def _failed(self, member: Member, call: _Call, error: MemberError, status: Status = Status.ERROR) -> Candidate:
        return Candidate(
            member=member,
            status=status,
            error=error,
            started_ms=self._teller.since_start(call.started),
            latency_ms=(time.monotonic() - call.started) * 1000,
            attempts=call.attempts,
            partial_text="".join(call.pieces),
        )

    async def _judged(self, candidate: Candidate, prompt: Prompt) -> Candidate:
        text = candidate.answer.text if candidate.answer else ""
        expectations = prompt.expectations
        if expectations is None and "```" not in text and "---FILE" not in text:
            return candidate  # plain text: there is nothing to judge
        try:
            assessment = await self._setup.assess(text, expectations)
        except Exception as error:  # noqa: BLE001 - what could not be judged is barred, whatever went wrong
            log.error("judging %s failed: %s", candidate.member.id, outcomes.where(error))
            problem = "The answer could not be judged; this is a fault of the program."
            assessment = Assessment((), (), (), (), (), 0.0, False, (problem,))
            self.warnings.append(f"The answer of {candidate.member.id} could not be judged and has no vote.")
        if expectations is None and not assessment.artifacts and assessment.clean:
            return candidate
        return replace(candidate, assessment=assessment, score=assessment.score)
