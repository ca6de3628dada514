"""What an ensemble tells its listeners while it runs; each event carries the run's id and milliseconds since its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from providers.records import Candidate, Member, Verdict, Vote


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events; `name` is stable and dotted."""

    name: ClassVar[str] = "event"
    run_id: str
    at_ms: float


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """A run began with these members; those who stand by are asked only if members fail, or to merge what they answered."""

    name: ClassVar[str] = "predict.start"
    members: tuple[Member, ...]
    strategy: str
    execution: str
    deadline_s: float
    standing_by: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberStarted(Event):
    """A member's call was made."""

    name: ClassVar[str] = "model.start"
    member: str


@dataclass(frozen=True, slots=True)
class MemberWaiting(Event):
    """A member's call waits for its turn, for `reason`; with an empty one it waits no longer."""

    name: ClassVar[str] = "model.wait"
    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class MemberDelta(Event):
    """A member streamed some text."""

    name: ClassVar[str] = "model.delta"
    member: str
    text: str
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberRetried(Event):
    """A member's call failed in a way that a retry can mend; what it had streamed is void."""

    name: ClassVar[str] = "model.retry"
    member: str
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class MemberFinished(Event):
    """A member answered; it has not been judged yet."""

    name: ClassVar[str] = "model.stop"
    member: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class MemberFailed(Event):
    """A member failed, was skipped or was cancelled; the candidate says why."""

    name: ClassVar[str] = "model.exception"
    member: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class MemberReplaced(Event):
    """A member failed, and another one is asked in its place."""

    name: ClassVar[str] = "model.replaced"
    member: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CandidateJudged(Event):
    """A candidate was parsed, validated and scored."""

    name: ClassVar[str] = "candidate.judged"
    member: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class VoteComplete(Event):
    """The votes were counted."""

    name: ClassVar[str] = "vote.complete"
    votes: tuple[Vote, ...]
    consensus: float


@dataclass(frozen=True, slots=True)
class ConsensusReached(Event):
    """The members agree as far as the strategy asks."""

    name: ClassVar[str] = "consensus.reached"
    consensus: float


@dataclass(frozen=True, slots=True)
class ConsensusFailed(Event):
    """The members disagree."""

    name: ClassVar[str] = "consensus.failed"
    consensus: float
    disagreement: tuple[tuple[str, dict[str, tuple[str, ...]]], ...]


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """The verdict is there."""

    name: ClassVar[str] = "predict.stop"
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RunFailed(Event):
    """The run ended without a verdict; `candidates` keeps what each member gave."""

    name: ClassVar[str] = "predict.exception"
    kind: str
    message: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class RunRefused(Event):
    """A run was not sent, since it would have cost more than its budget; only what counts runs is told."""

    name: ClassVar[str] = "predict.refused"
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class RunStopped(Event):
    """Whoever asked went away before the end; only what counts runs is told."""

    name: ClassVar[str] = "predict.stopped"
