"""From the events of an ensemble to what is counted of it: one listener a user, which hands runs and calls to the sinks."""

from __future__ import annotations

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from providers import events, pricing
from providers.records import Candidate, Member, Status
from telemetry.events import CallEnded, CallStatus, Outcome, RunBegan, RunEnded, Sink

log = logging.getLogger(__name__)

MOST_OPEN = 1_000


@dataclass(slots=True)
class _Open:
    """A run that has begun. `started` holds when each member was asked, in milliseconds since the run's beginning."""

    began: float
    strategy: str
    execution: str
    members: dict[str, Member]
    asked: int
    started: dict[str, float] = field(default_factory=dict)
    calls: dict[str, CallEnded] = field(default_factory=dict)


class Observer:
    """A listener for all runs of one owner's ensembles. A sink that fails is logged and never costs a run anything."""

    def __init__(self, owner: str, sinks: Sequence[Sink], clock: Callable[[], float] = time.time):
        self._owner = owner
        self._sinks = tuple(sinks)
        self._clock = clock
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def __call__(self, event: events.Event) -> None:
        """Take in an event."""
        if isinstance(event, events.MemberDelta):
            return
        try:
            self._take(event)
        except Exception:
            log.exception("an event could not be counted: %s", event.name)

    def _take(self, event: events.Event) -> None:
        if isinstance(event, events.RunStarted):
            self._begin(event)
            return
        if isinstance(event, events.RunRefused):
            self._refuse(event)
            return
        run = self._open.get(event.run_id)
        if run is None:
            return
        match event:
            case events.MemberStarted():
                run.started[event.member] = event.at_ms
            case events.MemberFinished() | events.MemberFailed():
                self._call(event.run_id, run, event.candidate)
            case events.RunFinished():
                verdict = event.verdict
                self._end(event, run, Outcome.VERDICT, agreement=verdict.consensus, cost=verdict.cost_usd)
            case events.RunFailed():
                cost = pricing.total(tuple(candidate.cost_usd for candidate in event.candidates))
                self._end(event, run, Outcome.FAILED, error=event.kind, message=event.message, cost=cost)
            case events.RunStopped():
                for member, at_ms in run.started.items():
                    if member not in run.calls and member in run.members:
                        self._stopped(event, run, run.members[member], at_ms)
                cost = pricing.total(tuple(call.cost_usd for call in run.calls.values()))
                self._end(event, run, Outcome.STOPPED, cost=cost)
            case _:
                return

    def _begin(self, event: events.RunStarted) -> None:
        members = {member.id: member for member in (*event.members, *event.standing_by)}
        began = self._clock() - event.at_ms / 1000
        self._open[event.run_id] = _Open(began, event.strategy, event.execution, members, len(event.members))
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        names = tuple(member.id for member in event.members)
        told = RunBegan(
            run_id=event.run_id, owner=self._owner, began=began, members=names, strategy=event.strategy, execution=event.execution
        )
        self._tell(lambda sink: sink.run_began(told))

    def _refuse(self, event: events.RunRefused) -> None:
        ended = RunEnded(
            run_id=event.run_id,
            owner=self._owner,
            began=self._clock(),
            latency_ms=0.0,
            outcome=Outcome.REFUSED,
            error=event.kind,
            message=event.message,
        )
        self._tell(lambda sink: sink.run_ended(ended))

    def _call(self, run_id: str, run: _Open, candidate: Candidate) -> None:
        member, answer, error = candidate.member, candidate.answer, candidate.error
        failed = candidate.status is Status.ERROR
        ended = CallEnded(
            run_id=run_id,
            owner=self._owner,
            member=member.id,
            vendor=member.vendor,
            model=member.model,
            status=CallStatus(candidate.status.value),
            began=run.began + candidate.started_ms / 1000,
            latency_ms=candidate.latency_ms,
            first_token_ms=candidate.first_token_ms,
            input_tokens=answer.usage.input_tokens if answer else None,
            output_tokens=answer.usage.output_tokens if answer else None,
            cost_usd=candidate.cost_usd,
            answered_as=answer.model if answer else "",
            cached=answer.cached if answer else False,
            attempts=candidate.attempts,
            error=error.kind if error and failed else "",
            message=error.message if error and failed else "",
            error_id=secrets.token_hex(4) if failed else "",
        )
        if failed:
            log.warning("%s failed with %s: %s (error id %s, run %s)", member.id, ended.error, ended.message, ended.error_id, run_id)
        self._ended(run, ended)

    def _stopped(self, event: events.Event, run: _Open, member: Member, at_ms: float) -> None:
        ended = CallEnded(
            run_id=event.run_id,
            owner=self._owner,
            member=member.id,
            vendor=member.vendor,
            model=member.model,
            status=CallStatus.CANCELLED,
            began=run.began + at_ms / 1000,
            latency_ms=max(0.0, event.at_ms - at_ms),
        )
        self._ended(run, ended)

    def _ended(self, run: _Open, ended: CallEnded) -> None:
        run.calls[ended.member] = ended
        self._tell(lambda sink: sink.call_ended(ended))

    def _end(
        self,
        event: events.Event,
        run: _Open,
        outcome: Outcome,
        *,
        agreement: float | None = None,
        cost: float | None = None,
        error: str = "",
        message: str = "",
    ) -> None:
        self._open.pop(event.run_id, None)
        ended = RunEnded(
            run_id=event.run_id,
            owner=self._owner,
            began=run.began,
            latency_ms=event.at_ms,
            outcome=outcome,
            strategy=run.strategy,
            execution=run.execution,
            members=run.asked,
            agreement=agreement,
            cost_usd=cost,
            error=error,
            message=message,
            calls=tuple(run.calls.values()),
        )
        self._tell(lambda sink: sink.run_ended(ended))

    def _tell(self, tell: Callable[[Sink], None]) -> None:
        for sink in self._sinks:
            try:
                tell(sink)
            except Exception:
                log.exception("a sink of the telemetry failed")
