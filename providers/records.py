"""What a run leaves behind: members, candidates, votes and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from artifacts.records import Artifact, Assessment
from providers.base import Answer


class Status(StrEnum):
    """How a member's part in a run ended."""

    SUCCESS = "success"
    ERROR = "error"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A vendor with a model and parameters, at its place in the ensemble. `id` is unique in the run: `openai/gpt-4o`, `architect/lean`.

    `priority` is the place in the order of those who are asked one after the other, the lowest first, None for after all that have one.
    `role` tells those who were asked to answer from the `stand_in` for one that failed and the `aggregator` that merges answers.
    """

    index: int
    id: str
    vendor: str
    label: str
    model: str
    weight: float = 1.0
    priority: int | None = None
    role: str = "member"


@dataclass(frozen=True, slots=True)
class MemberError:
    """Why a member gave no answer: the class's name, a safe sentence, what to do."""

    kind: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One member's outcome. Times are milliseconds; `started_ms` counts from the run's start.

    `cost_usd` is None where no price is known; `confidence` 0..1 or None; `cluster` numbers answers that mean the same. `stands_in_for`
    names the member whose place this one took, `replaced_by` the one that took its place. `inner` is what the members of a nested ensemble
    gave.
    """

    member: Member
    status: Status
    answer: Answer | None = None
    assessment: Assessment | None = None
    error: MemberError | None = None
    started_ms: float = 0.0
    latency_ms: float | None = None
    first_token_ms: float | None = None
    cost_usd: float | None = None
    confidence: float | None = None
    score: float | None = None
    cluster: int | None = None
    attempts: int = 1
    partial_text: str = ""
    stands_in_for: str = ""
    replaced_by: str = ""
    inner: tuple[Candidate, ...] = ()

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """Return the files parsed from the answer."""
        return self.assessment.artifacts if self.assessment else ()


@dataclass(frozen=True, slots=True)
class Vote:
    """One value that members chose for one decision, or one cluster of whole answers (key `answer`)."""

    key: str
    value: str
    members: tuple[str, ...]
    weight: float
    chosen: bool
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """The live council at one instant: milliseconds since the run's start, figures 0..1 or None.

    `energies` are in the order of `Minutes.members`. `diversity` is None where no two members told probabilities; `resonance`
    is a word of `providers.council.Resonance`.
    """

    at_ms: float
    energy: float | None
    diversity: float | None
    agreement: float | None
    resonance: str
    energies: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Minutes:
    """What is kept of a live council: its members' ids and evenly spread moments of the run."""

    members: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The combined result. `winner` is the member id whose answer it is, None when it was composed or nothing was found.

    `council` is how the members streamed, where somebody watched.
    """

    run_id: str
    text: str
    artifacts: tuple[Artifact, ...]
    assessment: Assessment | None
    winner: str | None
    strategy: str
    execution: str
    consensus: float
    votes: tuple[Vote, ...]
    reasons: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    similarity: tuple[tuple[float, ...], ...] = ()
    latency_ms: float = 0.0
    cost_usd: float | None = None
    warnings: tuple[str, ...] = ()
    council: Minutes | None = None
