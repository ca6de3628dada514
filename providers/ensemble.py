"""EnsembleProvider: several members answer one prompt, a strategy makes one answer of theirs; itself a Provider."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from artifacts.records import Assessment, Expectations
from config import Settings
from config import settings as process_settings
from providers import batch, knobs, normalisation, pictures, pricing, report, strategies
from providers import execution as executions
from providers.accounts import Purse
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt, Usage
from providers.errors import BudgetExceeded, ConfigurationError, EnsembleError, ProviderError, RunTimedOut, VendorTimeout
from providers.events import RunRefused, RunStopped
from providers.execution.local import are_local, warm
from providers.frames import CouncilFrame, frames
from providers.listening import Listener
from providers.merging import FRAMES_PER_SECOND
from providers.pace import Paces
from providers.pricing import Estimate, MemberEstimate
from providers.records import Member, Status, Verdict
from providers.reputation import Standing
from providers.run import Run
from providers.schedule import CONFIDENCE_THRESHOLD, MAX_HEDGES, MIN_CONSENSUS, Limits
from providers.seats import MemberSpec, Seat, aggregators, build, chain, everyone
from providers.setup import Assess, Setup, may_stream
from providers.shared import Guards
from providers.strategy import AGREEMENT_THRESHOLD, Rules
from providers.stream import EventStream

TOKENS_OF_A_TEXT = 500
TOKENS_OF_A_FILE = 700
"""Tokens assumed for an answer, for estimates: a text, or each file that is expected."""
STALL_S = 30.0
"""How long a stream that has begun may be silent before it is given up."""
INNER_MARGIN_S = 1.0
INNER_MARGIN_SHARE = 0.25
"""How much earlier than its outer ensemble's deadline an inner one ends: a second, or a quarter of a short time."""


class EnsembleProvider:
    """Asks members and combines what they answer (SPEC §4 to §6).

    `providers` holds mappings `{"name": vendor label or id, "model", "config"}` or Provider objects, also other ensembles; see
    `providers.seats.MemberSpec` for what else may stand in a mapping, a `fallback` among it.
    `weights` belong to their member whatever happens to the others. `strategy` is a name or a function `(candidates, options)
    -> {"answer", "consensus", "votes"}`. `timeout` is seconds for a run; `min_responses` defaults to half of the members, rounded
    up, and to one where the execution looks for one good answer.
    The options of strategies and executions are those of `providers.knobs`: `consensus_threshold` is what `consensus` asks for,
    `early_stop_threshold` (0..1) ends a parallel run once that share of all members stands behind one answer, `min_consensus` is where
    `sequential` stops and from where on files agree for `quorum`, `confidence_threshold` where `cascade` stops, `quorum` how many answers
    must agree, `hedge_delay_ms` (default: measured) and `max_hedges` when `hedged` asks further members.
    `aggregator` merges for `synthesis`: a member's id, "vendor/model", or a member of its own; without one it is the member whose answer is
    best. `fallback` members are asked only when too few others answered. A stream that brings nothing for `stall_timeout` seconds is given
    up. `standing` is how the members did in earlier runs (providers.reputation): it weighs them and settles what the validators score
    alike. `paces` keeps what was measured of the members; give several ensembles the same to share it. `on_event` hears every event.
    Members stream when somebody listens, or always/never by `streaming`.
    Raises ConfigurationError for anything that cannot work; a missing key is not: that member's line will say so.
    """

    id = "ensemble"
    passes_pictures_on = True

    def __init__(
        self,
        providers: Sequence[MemberSpec],
        strategy: str | Callable[..., Any] = "best_of_n",
        weights: Sequence[float] | None = None,
        *,
        execution: str = "parallel",
        timeout: float | None = None,
        min_responses: int | None = None,
        normalization: str | Callable[[str], Any] = "lowercase_trim",
        early_stop_threshold: float | None = None,
        consensus_threshold: float = AGREEMENT_THRESHOLD,
        min_consensus: float = MIN_CONSENSUS,
        confidence_threshold: float = CONFIDENCE_THRESHOLD,
        quorum: int | None = None,
        hedge_delay_ms: float | None = None,
        max_hedges: int = MAX_HEDGES,
        aggregator: MemberSpec | str | None = None,
        stall_timeout: float | None = STALL_S,
        paces: Paces | None = None,
        standing: Standing | None = None,
        on_event: Listener | None = None,
        options: CallOptions | None = None,
        fallback: Sequence[MemberSpec] = (),
        assess: Assess | None = None,
        settings: Settings | None = None,
        guards: Guards | None = None,
        streaming: bool | None = None,
        label: str = "Ensemble",
    ):
        settings = settings if settings is not None else process_settings()
        chosen, how = strategies.find(strategy), executions.find(execution)
        set_to = knobs.check(
            {
                "early_stop_threshold": early_stop_threshold,
                "consensus_threshold": consensus_threshold,
                "min_consensus": min_consensus,
                "confidence_threshold": confidence_threshold,
                "quorum": quorum,
                "hedge_delay_ms": hedge_delay_ms,
                "max_hedges": max_hedges,
            }
        )
        self._guards = guards if guards is not None else Guards()
        seats = build(providers, weights, settings, guards=self._guards)
        if not seats:
            raise ConfigurationError("An ensemble needs at least one member.")
        if standing is not None and weights is not None:
            raise ConfigurationError("Members are weighed by `weights` or by their `standing` in earlier runs; give one of the two.")
        learnt = standing.weights([seat.member.id for seat in seats]) if standing is not None else None
        if learnt is not None:
            seats = tuple(replace(seat, member=replace(seat.member, weight=own)) for seat, own in zip(seats, learnt, strict=True))
        weights_given = weights is not None or len({seat.member.weight for seat in seats}) > 1
        taken = frozenset(seat.member.id for seat in everyone(seats))
        spare = build(fallback, None, settings, guards=self._guards, first_index=len(taken), taken=taken)
        self._setup = Setup(
            seats=seats,
            fallback=spare,
            aggregators=aggregators(aggregator, (*seats, *spare), settings, self._guards) if chosen.id == "synthesis" else (),
            strategy=chosen,
            execution=how,
            rules=Rules(
                normalization=normalization if isinstance(normalization, str) else "callable",
                threshold=set_to["consensus_threshold"],
                weights_given=weights_given,
                aggregator=aggregator is not None,
                standing=standing if learnt is not None else None,
            ),
            limits=Limits(
                early_stop=set_to["early_stop_threshold"],
                min_consensus=set_to["min_consensus"],
                confidence_threshold=set_to["confidence_threshold"],
                hedge_delay_ms=set_to["hedge_delay_ms"],
                max_hedges=set_to["max_hedges"],
                quorum=set_to["quorum"],
            ),
            normalise=normalisation.find(normalization),
            timeout=_seconds(settings.ensemble_timeout if timeout is None else timeout, "timeout"),
            min_responses=_count(min_responses, len(seats)),
            assess=assess if assess is not None else _assess,
            paces=paces if paces is not None else self._guards.shared.paces,
        )
        # where confidences decide they are worth asking for
        decisive = (chosen.id == "weighted" and not weights_given) or chosen.id == "best_confidence" or how.id == "cascade"
        self._options = options if options is not None else CallOptions(logprobs=decisive)
        if stall_timeout is not None and self._options.stall_s is None:
            self._options = replace(self._options, stall_s=_seconds(stall_timeout, "stall_timeout"))
        self._on_event = on_event
        self._streaming = streaming
        self.label = label
        self.model = f"{chosen.id} of {len(seats)}"

    # -- asking ------------------------------------------------------------------------------------------------------

    async def generate(self, prompt: str | Prompt) -> str:
        """Return the combined answer; raises an EnsembleError that carries every member's reason."""
        return (await self.run(prompt)).text

    async def generate_with_metadata(self, prompt: str | Prompt) -> dict[str, Any]:
        """Return the combined answer with everything that led to it, as SPEC §4 lists; raises like `generate`."""
        return report.of_verdict(await self.run(prompt))

    async def generate_many(
        self, prompts: Iterable[str | Prompt], concurrency: int = 4, *, on_progress: batch.OnProgress | None = None
    ) -> list[dict[str, Any]]:
        """Return what `generate_with_metadata` does for every prompt, in their order, at most `concurrency` at a time.

        A prompt whose run fails does not end the others: its `response` is None and its `error` says why.
        """

        async def answer(prompt: str | Prompt) -> tuple[dict[str, Any], bool]:
            try:
                return report.of_verdict(await self.run(prompt)), True
            except EnsembleError as error:
                return report.of_failure(error, self._setup.strategy.id, self._setup.execution.id), False

        return await batch.run_all(prompts, answer, concurrency, on_progress)

    def stream(self, prompt: str | Prompt) -> EventStream:
        """Return the run's events as they happen; stopping to read closes the calls. See EventStream."""
        asked = _prompt(prompt)
        return EventStream(lambda listener: self.run(asked, listener))

    def frames(self, prompt: str | Prompt, *, rate: float = FRAMES_PER_SECOND) -> AsyncGenerator[CouncilFrame, None]:
        """Return the run as the live council's frames, at most `rate` a second, the last with the verdict. See providers.frames."""
        asked = _prompt(prompt)
        return frames(lambda listener: self.run(asked, listener), self.members, rate)

    async def run(self, prompt: str | Prompt, on_event: Listener | None = None, *, options: CallOptions | None = None) -> Verdict:
        """Return the verdict. `on_event` is awaited for every event, which holds the member back that caused it."""
        listeners = [listener for listener in (self._on_event, on_event) if listener is not None]
        streaming = may_stream(self._setup, self._streaming, heard=bool(listeners))
        asked = _prompt(prompt)
        purse = await self._purse(asked)
        listeners += self._guards.listeners
        run = Run(self._setup, asked, self._options if options is None else options, listeners, streaming=streaming, purse=purse)
        try:
            return await run.verdict()
        except asyncio.CancelledError:
            for listener in self._guards.listeners:
                listener(RunStopped(run.id, run.elapsed_ms))
            raise

    async def _purse(self, prompt: Prompt) -> Purse | None:
        """Return what the run may spend; raises BudgetExceeded where it would cost more than there is."""
        purse = self._guards.purse()
        if purse is not None and purse.limited:
            await purse.refresh()
            estimate = self.estimate_cost(prompt)
            if why := purse.refusal(estimate):
                for listener in self._guards.listeners:
                    listener(RunRefused(uuid.uuid4().hex, 0.0, BudgetExceeded.__name__, why))
                raise BudgetExceeded(why, estimate_usd=estimate.cost_usd)
        return purse

    def estimate_cost(self, prompt: str | Prompt) -> Estimate:
        """Return about what a run would cost: every member once, then the aggregator, an answer of ordinary length. Nothing is called."""
        asked = _prompt(prompt)
        input_tokens = asked.tokens
        files = len(asked.expectations.files) if asked.expectations else 0
        expected = files * TOKENS_OF_A_FILE or TOKENS_OF_A_TEXT

        def of(seat: Seat, read: int = 0) -> MemberEstimate:
            limit = seat.options(self._options).max_tokens
            shown = pictures.TOKENS * len(asked.images) if pictures.sees(seat.provider) else 0
            return _estimate(seat, asked, Usage(input_tokens + shown + read, min(expected, limit or expected)))

        setup = self._setup
        entries = [of(seat) for seat in setup.seats]
        if setup.aggregators and len(setup.seats) > 1:
            merging = [of(seat, read=expected * len(setup.seats)) for seat in setup.aggregators]
            # who merges is not known before the answers are: the dearest, so that a budget is kept
            entries.append(merging[0] if setup.rules.aggregator else max(merging, key=lambda entry: entry.cost_usd or 0.0))
        standby = tuple(of(link) for seat in setup.seats for link in chain(seat)[1:]) + tuple(of(seat) for seat in setup.fallback)
        cost = pricing.total(tuple(entry.cost_usd for entry in entries))
        return Estimate(input_tokens=input_tokens, output_tokens=expected, cost_usd=cost, members=tuple(entries), standby=standby)

    @property
    def local_models(self) -> tuple[str, ...]:
        """Return the models of members that run on this machine."""
        return are_local(seat.provider for seat in self._setup.seats)

    async def warm(self, prompt: str | Prompt) -> tuple[str, ...]:
        """Load local models before a run of such a prompt, as far as the machine's tier allows; return which. Raises nothing."""
        return await warm([seat.provider for seat in self._setup.seats], _prompt(prompt))

    @property
    def members(self) -> tuple[Member, ...]:
        """Return the members in their order."""
        return tuple(seat.member for seat in self._setup.seats)

    # -- being a Provider --------------------------------------------------------------------------------------------

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as a member of another ensemble: the verdict's text, in one piece, since it is not known before the end."""
        started = time.monotonic()
        try:
            verdict = await self.run(prompt, options=_over(self._options, options, started))
        except RunTimedOut as error:
            raise VendorTimeout(error.message, vendor=self.id) from error
        except EnsembleError as error:
            raise ProviderError(error.message, vendor=self.id) from error
        if on_delta is not None:
            await on_delta(Delta(verdict.text))
        answers = [candidate.answer for candidate in verdict.candidates if candidate.status is Status.SUCCESS and candidate.answer]
        winner = next((entry.answer for entry in verdict.candidates if entry.member.id == verdict.winner and entry.answer), None)
        elapsed = (time.monotonic() - started) * 1000
        return Answer(
            text=verdict.text,
            model=self.model,
            usage=Usage(_sum([answer.usage.input_tokens for answer in answers]), _sum([answer.usage.output_tokens for answer in answers])),
            mean_logprob=winner.mean_logprob if winner else None,
            first_token_ms=elapsed if on_delta is not None else None,
            latency_ms=elapsed,
            cost_usd=verdict.cost_usd,
            inner=verdict.candidates,
        )

    async def models(self) -> tuple[str, ...]:
        """Return the members' ids."""
        return tuple(member.id for member in self.members)

    async def aclose(self) -> None:
        """Close the members this ensemble made from mappings; Provider objects belong to whoever made them."""
        for seat in self._setup.all_seats():
            if seat.own:
                await seat.provider.aclose()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close."""
        await self.aclose()


async def _assess(text: str, expectations: Expectations | None) -> Assessment:
    from artifacts.judge import assess_answer  # validators load on first use

    return await assess_answer(text, expectations)


def _prompt(prompt: str | Prompt) -> Prompt:
    asked = Prompt(text=prompt) if isinstance(prompt, str) else prompt
    if not isinstance(asked, Prompt):
        raise ConfigurationError(f"A prompt is text or a Prompt; got {type(prompt).__name__}.")
    if not asked.text.strip():
        raise ConfigurationError("The prompt is empty.")
    return asked


def _over(own: CallOptions, given: CallOptions, now: float) -> CallOptions:
    """Let an outer ensemble's options go before this one's own where it has any, and be done a little before its deadline.

    Without that the outer one would cut this one off at the moment at which it concludes from those who answered.
    """
    deadline = None if given.deadline is None else given.deadline - min(INNER_MARGIN_S, INNER_MARGIN_SHARE * (given.deadline - now))
    return CallOptions(
        temperature=own.temperature if given.temperature is None else given.temperature,
        max_tokens=own.max_tokens if given.max_tokens is None else given.max_tokens,
        deadline=deadline,
        logprobs=own.logprobs or given.logprobs,
        seed=own.seed if given.seed is None else given.seed,
        stall_s=own.stall_s if given.stall_s is None else given.stall_s,
    )


def _estimate(seat: Seat, prompt: Prompt, usage: Usage) -> MemberEstimate:
    inner = getattr(seat.provider, "innermost", seat.provider)
    if isinstance(inner, EnsembleProvider):
        return MemberEstimate(member=seat.member.id, cost_usd=inner.estimate_cost(prompt).cost_usd, price=None)
    price = pricing.price_of_provider(seat.provider)
    return MemberEstimate(member=seat.member.id, cost_usd=pricing.cost_of(price, usage), price=price)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _seconds(value: float, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise ConfigurationError(f"`{name}` must be seconds above 0; got {value!r}.")
    return float(value)


def _count(value: int | None, members: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= members:
        raise ConfigurationError(f"`min_responses` must be a whole number from 1 to {members}, the number of members; got {value!r}.")
    return value
