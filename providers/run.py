"""One run of an ensemble: call the members, judge their answers, compare them, and let the strategy decide."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from providers import outcomes, pricing
from providers.accounts import Purse
from providers.base import CallOptions, Prompt
from providers.calls import Calls
from providers.comparison import Comparison, compare_answers
from providers.errors import ConsensusNotReached, EnsembleError
from providers.events import (
    CandidateJudged,
    ConsensusFailed,
    ConsensusReached,
    MemberFailed,
    RunFailed,
    RunFinished,
    RunStarted,
    VoteComplete,
)
from providers.listening import Listener, Teller
from providers.records import Candidate, Member, Status, Verdict
from providers.schedule import Plan
from providers.setup import Setup
from providers.strategy import Ballot, Choice

log = logging.getLogger(__name__)


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
        self._started = time.monotonic()
        self._teller = Teller(uuid.uuid4().hex, self._started, listeners)
        end = self._started + setup.timeout
        self._deadline = end if options.deadline is None else min(end, options.deadline)
        first = replace(options, deadline=self._deadline - setup.kept_back(self._deadline - self._started))
        self._calls = Calls(setup, first, self._deadline, self._teller, purse, streaming=streaming)
        self._seats = {seat.member.id: seat for seat in setup.all_seats()}
        self._ending = ""

    @property
    def id(self) -> str:
        """Return the run's id, which its events and its verdict carry."""
        return self._teller.run_id

    @property
    def elapsed_ms(self) -> float:
        """Return the milliseconds since the run began."""
        return self._teller.now()

    async def verdict(self) -> Verdict:
        """Return the verdict; raises an EnsembleError that carries every member's outcome."""
        setup, teller = self._setup, self._teller
        members = tuple(seat.member for seat in setup.seats)
        if teller.listening:
            seconds, by = self._deadline - self._started, self._standing_by(members)
            await teller.tell(RunStarted(teller.run_id, 0.0, members, setup.strategy.id, setup.execution.id, seconds, by))
        try:
            self._ending = await setup.execution.execute(self._plan(members))
            candidates = await self._collect(members)
            return await self._conclude(await self._stand_in(candidates))
        except EnsembleError as error:
            error.candidates = error.candidates or self._so_far()
            await self._tell_failure(type(error).__name__, error.message)
            raise
        except Exception as error:
            log.error("run %s failed: %s", teller.run_id, outcomes.where(error))
            await self._tell_failure("EnsembleError", "The run ended by a fault of the program; the log says where.")
            raise

    def _standing_by(self, members: Sequence[Member]) -> tuple[Member, ...]:
        asked = {member.id for member in members}
        return tuple(seat.member for seat in self._setup.all_seats() if seat.member.id not in asked)

    # -- what an execution may ask -----------------------------------------------------------------------------------

    def _plan(self, members: tuple[Member, ...]) -> Plan:
        setup = self._setup
        return Plan(
            members=members,
            call=self._call,
            answered=lambda: len(self._voters()),
            good=self._good,
            standing=self._standing,
            agreement=self._agreement,
            agreeing=self._agreeing,
            replaced=self._replaced,
            note=self._calls.warnings.append,
            deadline=self._calls.options.deadline or self._deadline,
            at_least=setup.at_least,
            limits=setup.limits,
            paces=setup.paces,
        )

    async def _call(self, member: Member) -> None:
        await self._calls.ask(self._seats[member.id], self._prompt)

    async def _replaced(self, member: Member, by: Member) -> None:
        found = self._calls.result(member)
        if found is None or found.status is Status.SUCCESS:
            return  # its answer did not pass the validators; that is a finding, not a failure
        await self._calls.replaced(member, by, found.error.message if found.error else "It gave no answer.")
        if member.id in self._calls.outcomes:
            self._calls.outcomes[member.id] = replace(self._calls.outcomes[member.id], replaced_by=by.id)

    def _good(self, member: Member) -> bool:
        found = self._calls.result(member)
        return found is not None and found.status is Status.SUCCESS and (found.assessment is None or found.assessment.clean)

    async def _standing(self, member: Member) -> float | None:
        """Return a judged answer's score, else its confidence, which is agreement with the others where its tokens tell nothing."""
        found = self._calls.result(member)
        if found is None or not self._good(member):
            return None
        if found.score is not None:
            return found.score
        voters = self._voters()
        comparison = await self._compared(voters)
        return outcomes.enriched(found, voters.index(found), comparison).confidence

    def _voters(self) -> tuple[Candidate, ...]:
        return outcomes.split(outcomes.successes(self._calls.outcomes.values()))[0]

    async def _agreement(self) -> float | None:
        voters = self._voters()
        return (await self._compared(voters)).agreement() if len(voters) > 1 else None

    async def _agreeing(self) -> int:
        comparison = await self._compared(self._voters())
        level = self._setup.limits.min_consensus
        return await asyncio.to_thread(comparison.agreeing, level) if comparison.by_meaning else comparison.agreeing(level)

    async def _compared(self, answered: Sequence[Candidate]) -> Comparison:
        # artifacts are compared in a thread: parsing and matching many files must not hold up other runs' streams
        if any(candidate.artifacts for candidate in answered):
            return await asyncio.to_thread(compare_answers, answered, self._setup.normalise)
        return compare_answers(answered, self._setup.normalise)

    # -- all of them -------------------------------------------------------------------------------------------------

    async def _collect(self, members: Sequence[Member]) -> list[Candidate]:
        """Return an outcome for every member and for those who took a member's place, in order; who has none was skipped or cancelled."""
        calls = self._calls
        asked = [link.member for link in self._setup.all_seats() if link.member in members or calls.began(link.member)]
        for member in asked:
            if member.id not in calls.outcomes:
                candidate = calls.outcomes[member.id] = calls.unfinished(member, self._ending or "Its answer was not waited for.")
                if self._teller.listening:
                    await self._teller.tell(MemberFailed(self._teller.run_id, self._teller.now(), member.id, candidate))
        return list(self._so_far())

    def _so_far(self) -> tuple[Candidate, ...]:
        return tuple(sorted(self._calls.outcomes.values(), key=lambda candidate: candidate.member.index))

    async def _stand_in(self, candidates: list[Candidate]) -> list[Candidate]:
        """Ask the fallback members where too few answered; raises when there are still too few answers."""
        setup, calls = self._setup, self._calls
        settled = any(candidate.status in (Status.SKIPPED, Status.CANCELLED) for candidate in candidates)
        required = setup.required(settled=settled)
        answered = len(outcomes.successes(candidates))
        if answered < required and setup.fallback:
            names = ", ".join(seat.member.id for seat in setup.fallback)
            calls.warnings.append(f"{answered} of {len(setup.seats)} members answered, so {names} stood in.")
            calls.options = replace(calls.options, deadline=self._deadline)
            await asyncio.gather(*(calls.ask(seat, self._prompt) for seat in setup.fallback))
            candidates = list(self._so_far())
            answered = len(outcomes.successes(candidates))
        if answered < required:
            late = time.monotonic() >= (calls.options.deadline or 0.0) - 0.05
            raise outcomes.too_few(candidates, required, deadline_passed=late)
        return candidates

    async def _merge(self, prompt: Prompt, ranked: Sequence[Candidate]) -> Candidate | None:
        """Ask the aggregator: the one that was named, else the first of those who answered that can merge texts."""
        by_origin = {seat.member.vendor + "/" + seat.member.model: seat for seat in reversed(self._setup.aggregators)}
        origins = [f"{candidate.member.vendor}/{candidate.member.model}" for candidate in ranked]
        named = self._setup.aggregators[:1] if self._setup.rules.aggregator else ()
        seat = next(iter(named), None) or next((by_origin[origin] for origin in origins if origin in by_origin), None)
        if seat is None:
            return None
        await self._calls.ask(seat, prompt, options=replace(self._calls.options, deadline=self._deadline))
        return self._calls.outcomes[seat.member.id]

    async def _conclude(self, candidates: Sequence[Candidate]) -> Verdict:
        teller = self._teller
        answered = outcomes.successes(candidates)
        comparison = await self._compared(answered)
        answered = [outcomes.enriched(candidate, at, comparison) for at, candidate in enumerate(answered)]
        comparison = replace(comparison, candidates=tuple(answered))
        final = {candidate.member.id: candidate for candidate in answered}
        everyone = tuple(final.get(candidate.member.id, candidate) for candidate in candidates)
        self._calls.outcomes = {candidate.member.id: candidate for candidate in everyone}
        if teller.listening:
            for candidate in answered:
                if candidate.assessment is None:  # a text has its score only now that it could be compared
                    await teller.tell(CandidateJudged(teller.run_id, teller.now(), candidate.member.id, candidate))
        voters, barred = outcomes.split(answered)
        ballot = Ballot(
            candidates=voters,
            barred=barred,
            asked=sum(not candidate.stands_in_for for candidate in everyone),
            comparison=comparison,
            rules=self._setup.rules,
            prompt=self._prompt,
            normalise=self._setup.normalise,
            merge=self._merge,
        )
        choice = await self._decide(ballot)
        if choice.added is not None:
            everyone = (*everyone, choice.added)
            if choice.added.status is Status.SUCCESS:
                comparison = await self._compared([*answered, choice.added])
        reasons, warnings = outcomes.about_barred(ballot)
        verdict = Verdict(
            run_id=teller.run_id,
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
            latency_ms=teller.now(),
            cost_usd=pricing.total(tuple(candidate.cost_usd for candidate in everyone)),
            warnings=(
                *self._calls.warnings,
                *self._calls.about_pictures(),
                *teller.warnings,
                *comparison.problems,
                *choice.warnings,
                *warnings,
                *outcomes.about_cost(everyone),
            ),
        )
        if teller.listening:
            await teller.tell(RunFinished(teller.run_id, teller.now(), verdict))
        return verdict

    async def _decide(self, ballot: Ballot) -> Choice:
        strategy, teller = self._setup.strategy, self._teller
        try:
            choice = await strategy.combine(ballot)
        except ConsensusNotReached as error:
            if teller.listening:
                await teller.tell(ConsensusFailed(teller.run_id, teller.now(), error.consensus, tuple(error.disagreement)))
            raise
        if teller.listening:
            await teller.tell(VoteComplete(teller.run_id, teller.now(), choice.votes, choice.consensus))
            if strategy.needs > 1:
                await teller.tell(ConsensusReached(teller.run_id, teller.now(), choice.consensus))
        return choice

    async def _tell_failure(self, kind: str, message: str) -> None:
        if self._teller.listening:
            await self._teller.tell(RunFailed(self._teller.run_id, self._teller.now(), kind, message, self._so_far()))
