"""One run of an ensemble: call the members, judge their answers, compare them, and let the strategy decide."""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from artifacts.records import Assessment, Expectations
from providers import outcomes, pricing
from providers.accounts import Purse
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt
from providers.comparison import compare_answers
from providers.errors import ConsensusNotReached, EnsembleError, ProviderError
from providers.events import (
    CandidateJudged,
    ConsensusFailed,
    ConsensusReached,
    Event,
    MemberDelta,
    MemberFailed,
    MemberFinished,
    MemberRetried,
    MemberStarted,
    RunFailed,
    RunFinished,
    RunStarted,
    VoteComplete,
)
from providers.listening import Listener, tell
from providers.normalisation import Normalise
from providers.records import Candidate, Member, MemberError, Status, Verdict
from providers.schedule import Execution, Plan
from providers.seats import Seat
from providers.strategy import Ballot, Choice, Rules, Strategy

log = logging.getLogger(__name__)

Assess = Callable[[str, Expectations | None], Awaitable[Assessment]]

FALLBACK_SHARE = 0.25
"""Part of the run's time, at most five seconds, that is kept for the members that stand in."""
LONGEST_FALLBACK_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What all runs of an ensemble share."""

    seats: tuple[Seat, ...]
    fallback: tuple[Seat, ...]
    strategy: Strategy
    execution: Execution
    rules: Rules
    normalise: Normalise
    timeout: float
    min_responses: int | None
    min_consensus: float
    early_stop: float | None
    assess: Assess

    @property
    def required(self) -> int:
        """Return how many answers a run needs: as told, else half of the members, rounded up."""
        return self.min_responses if self.min_responses is not None else math.ceil(len(self.seats) / 2)


@dataclass(slots=True)
class _Call:
    """What is known of a call while it runs."""

    started: float
    pieces: list[str] = field(default_factory=list)
    attempts: int = 1


class Run:
    """Makes one run; `verdict` may be called once."""

    def __init__(
        self,
        setup: Setup,
        prompt: Prompt,
        options: CallOptions,
        listeners: Sequence[Listener],
        *,
        streaming: bool,
        purse: Purse | None = None,
    ):
        self._setup = setup
        self._prompt = prompt
        self._listeners = list(listeners)
        self._streaming = streaming
        self._purse = purse
        self._id = uuid.uuid4().hex
        self._started = time.monotonic()
        end = self._started + setup.timeout
        self._deadline = end if options.deadline is None else min(end, options.deadline)
        self._options = replace(options, deadline=self._deadline)
        if setup.fallback:
            kept = min(LONGEST_FALLBACK_S, FALLBACK_SHARE * (self._deadline - self._started))
            self._options = replace(options, deadline=self._deadline - kept)
        self._seats = {seat.member.id: seat for seat in (*setup.seats, *setup.fallback)}
        self._calls: dict[str, _Call] = {}
        self._outcomes: dict[str, Candidate] = {}
        self._warnings: list[str] = []

    @property
    def id(self) -> str:
        """Return the run's id, which its events and its verdict carry."""
        return self._id

    @property
    def elapsed_ms(self) -> float:
        """Return the milliseconds since the run began."""
        return self._now()

    async def verdict(self) -> Verdict:
        """Return the verdict; raises an EnsembleError that carries every member's outcome."""
        setup = self._setup
        members = tuple(seat.member for seat in setup.seats)
        if self._listeners:
            standing_by = tuple(seat.member for seat in setup.fallback)
            seconds = self._deadline - self._started
            await self._tell(RunStarted(self._id, 0.0, members, setup.strategy.id, setup.execution.id, seconds, standing_by))
        try:
            await setup.execution.execute(self._plan(members))
            candidates = await self._collect(members)
            return await self._conclude(await self._stand_in(candidates))
        except EnsembleError as error:
            error.candidates = error.candidates or self._so_far()
            await self._tell_failure(type(error).__name__, error.message)
            raise
        except Exception as error:
            log.error("run %s failed: %s", self._id, outcomes.where(error))
            await self._tell_failure("EnsembleError", "The run ended by a fault of the program; the log says where.")
            raise

    def _plan(self, members: tuple[Member, ...]) -> Plan:
        setup = self._setup
        return Plan(
            members=members,
            call=self._call,
            answered=lambda: len(self._voters()),
            agreement=self._agreement,
            at_least=max(2, setup.min_responses or 2),
            early_stop=setup.early_stop,
            min_consensus=setup.min_consensus,
        )

    # -- one member --------------------------------------------------------------------------------------------------

    async def _call(self, member: Member) -> None:
        seat = self._seats[member.id]
        call = self._calls[member.id] = _Call(time.monotonic())
        if self._listeners:
            await self._tell(MemberStarted(self._id, self._now(), member.id))

        async def retried(attempt: int, error: ProviderError) -> None:
            call.attempts = attempt
            call.pieces.clear()
            if self._listeners:
                await self._tell(MemberRetried(self._id, self._now(), member.id, attempt, error.message))

        on_delta = self._delta_listener(member, call) if self._streaming else None
        provider = seat.calling(retried, self._purse)
        try:
            answer = await provider.complete(self._prompt, seat.options(self._options), on_delta)
        except ProviderError as error:
            candidate = self._failed(member, call, outcomes.reason(error))
        except Exception as error:  # noqa: BLE001 - a member's fault of any kind is a line in the metadata, not the end of the run
            log.error("member %s: %s", member.id, outcomes.where(error))
            candidate = self._failed(member, call, outcomes.fault(member, error))
        else:
            candidate = self._answered(member, call, answer)
        if candidate.status is Status.SUCCESS:
            if self._listeners:
                await self._tell(MemberFinished(self._id, self._now(), member.id, candidate))
            candidate = await self._judged(candidate)
            if self._listeners and candidate.assessment is not None:
                await self._tell(CandidateJudged(self._id, self._now(), member.id, candidate))
        elif self._listeners:
            await self._tell(MemberFailed(self._id, self._now(), member.id, candidate))
        self._outcomes[member.id] = candidate

    def _delta_listener(self, member: Member, call: _Call) -> OnDelta:
        run_id, name, pieces = self._id, member.id, call.pieces

        async def heard(delta: Delta) -> None:
            pieces.append(delta.text)
            if self._listeners:
                await self._tell(MemberDelta(run_id, self._now(), name, delta.text, delta.logprobs))

        return heard

    def _answered(self, member: Member, call: _Call, answer: Answer) -> Candidate:
        return Candidate(
            member=member,
            status=Status.SUCCESS,
            answer=answer,
            started_ms=(call.started - self._started) * 1000,
            latency_ms=answer.latency_ms,
            first_token_ms=answer.first_token_ms,
            cost_usd=answer.cost_usd,
            attempts=call.attempts,
        )

    def _failed(self, member: Member, call: _Call, error: MemberError, status: Status = Status.ERROR) -> Candidate:
        return Candidate(
            member=member,
            status=status,
            error=error,
            started_ms=(call.started - self._started) * 1000,
            latency_ms=(time.monotonic() - call.started) * 1000,
            attempts=call.attempts,
            partial_text="".join(call.pieces),
        )

    async def _judged(self, candidate: Candidate) -> Candidate:
        text = candidate.answer.text if candidate.answer else ""
        expectations = self._prompt.expectations
        if expectations is None and "```" not in text and "---FILE" not in text:
            return candidate  # plain text: there is nothing to judge
        try:
            assessment = await self._setup.assess(text, expectations)
        except Exception as error:  # noqa: BLE001 - what could not be judged is barred, whatever went wrong
            log.error("judging %s failed: %s", candidate.member.id, outcomes.where(error))
            problem = "The answer could not be judged; this is a fault of the program."
            assessment = Assessment((), (), (), (), (), 0.0, False, (problem,))
            self._warnings.append(f"The answer of {candidate.member.id} could not be judged and has no vote.")
        if expectations is None and not assessment.artifacts and assessment.clean:
            return candidate
        return replace(candidate, assessment=assessment, score=assessment.score)

    # -- all of them -------------------------------------------------------------------------------------------------

    def _voters(self) -> tuple[Candidate, ...]:
        return outcomes.split(outcomes.successes(self._outcomes.values()))[0]

    def _agreement(self) -> float | None:
        voters = self._voters()
        return compare_answers(voters, self._setup.normalise).agreement() if len(voters) > 1 else None

    async def _collect(self, members: Sequence[Member]) -> list[Candidate]:
        """Return an outcome for every member, in member order; who has none was skipped or cancelled."""
        for member in members:
            if member.id not in self._outcomes:
                candidate = self._outcomes[member.id] = self._not_needed(member)
                if self._listeners:
                    await self._tell(MemberFailed(self._id, self._now(), member.id, candidate))
        return [self._outcomes[member.id] for member in members]

    def _not_needed(self, member: Member) -> Candidate:
        call = self._calls.get(member.id)
        if call is None:
            return Candidate(member=member, status=Status.SKIPPED, error=MemberError("Skipped", "The answers before it agreed."))
        reason = MemberError("Cancelled", "Enough of the other members agreed before it was done.")
        return self._failed(member, call, reason, Status.CANCELLED)

    def _so_far(self) -> tuple[Candidate, ...]:
        return tuple(sorted(self._outcomes.values(), key=lambda candidate: candidate.member.index))

    def _required(self, candidates: Sequence[Candidate]) -> int:
        """Return how many answers the run needs; two are enough where it ended because they agreed."""
        settled = any(candidate.status in (Status.SKIPPED, Status.CANCELLED) for candidate in candidates)
        return min(2, self._setup.required) if settled and self._setup.min_responses is None else self._setup.required

    async def _stand_in(self, candidates: list[Candidate]) -> list[Candidate]:
        """Ask the fallback members where too few answered; raises when there are still too few answers."""
        setup = self._setup
        required = self._required(candidates)
        answered = len(outcomes.successes(candidates))
        if answered < required and setup.fallback:
            names = ", ".join(seat.member.id for seat in setup.fallback)
            self._warnings.append(f"{answered} of {len(setup.seats)} members answered, so {names} stood in.")
            self._options = replace(self._options, deadline=self._deadline)
            await asyncio.gather(*(self._call(seat.member) for seat in setup.fallback))
            candidates = [*candidates, *(self._outcomes[seat.member.id] for seat in setup.fallback)]
            answered = len(outcomes.successes(candidates))
        if answered < required:
            late = time.monotonic() >= (self._options.deadline or 0.0) - 0.05
            raise outcomes.too_few(candidates, required, deadline_passed=late)
        return candidates

    async def _conclude(self, candidates: Sequence[Candidate]) -> Verdict:
        answered = outcomes.successes(candidates)
        # artifacts are compared in a thread: parsing and matching many files must not hold up other runs' streams
        by_meaning = any(candidate.artifacts for candidate in answered)
        normalise = self._setup.normalise
        comparison = await asyncio.to_thread(compare_answers, answered, normalise) if by_meaning else compare_answers(answered, normalise)
        answered = [outcomes.enriched(candidate, at, comparison) for at, candidate in enumerate(answered)]
        comparison = replace(comparison, candidates=tuple(answered))
        final = {candidate.member.id: candidate for candidate in answered}
        everyone = tuple(final.get(candidate.member.id, candidate) for candidate in candidates)
        self._outcomes = {candidate.member.id: candidate for candidate in everyone}
        if self._listeners:
            for candidate in answered:
                if candidate.assessment is None:  # a text has its score only now that it could be compared
                    await self._tell(CandidateJudged(self._id, self._now(), candidate.member.id, candidate))
        voters, barred = outcomes.split(answered)
        ballot = Ballot(candidates=voters, barred=barred, asked=len(everyone), comparison=comparison, rules=self._setup.rules)
        choice = await self._decide(ballot)
        reasons, warnings = outcomes.about_barred(ballot)
        verdict = Verdict(
            run_id=self._id,
            text=choice.text,
            artifacts=choice.winner.artifacts if choice.winner else (),
            assessment=choice.winner.assessment if choice.winner else None,
            winner=choice.winner.member.id if choice.winner else None,
            strategy=self._setup.strategy.id,
            execution=self._setup.execution.id,
            consensus=choice.consensus,
            votes=choice.votes,
            reasons=(*choice.reasons, *reasons),
            candidates=everyone,
            similarity=outcomes.whole_matrix(everyone, comparison),
            latency_ms=self._now(),
            cost_usd=pricing.total(tuple(candidate.cost_usd for candidate in everyone)),
            warnings=(*self._warnings, *comparison.problems, *choice.warnings, *warnings, *outcomes.about_cost(everyone)),
        )
        if self._listeners:
            await self._tell(RunFinished(self._id, self._now(), verdict))
        return verdict

    async def _decide(self, ballot: Ballot) -> Choice:
        asks_consensus = self._setup.strategy.id == "consensus"
        try:
            choice = await self._setup.strategy.combine(ballot)
        except ConsensusNotReached as error:
            if self._listeners:
                await self._tell(ConsensusFailed(self._id, self._now(), error.consensus, tuple(error.disagreement)))
            raise
        if self._listeners:
            await self._tell(VoteComplete(self._id, self._now(), choice.votes, choice.consensus))
            if asks_consensus:
                await self._tell(ConsensusReached(self._id, self._now(), choice.consensus))
        return choice

    # -- listeners ---------------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return (time.monotonic() - self._started) * 1000

    async def _tell(self, event: Event) -> None:
        if warning := await tell(self._listeners, event):
            self._warnings.append(warning)

    async def _tell_failure(self, kind: str, message: str) -> None:
        if self._listeners:
            await self._tell(RunFailed(self._id, self._now(), kind, message, self._so_far()))
