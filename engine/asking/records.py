"""What asking leaves behind and what it tells while it goes on: picks, sources, events, the reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

MAX_QUESTION = 4_000


class Chooser(StrEnum):
    """What chose the experts."""

    USER = "you"
    MODEL = "a model"
    CLASSIFIER = "the classifier"
    KEYWORDS = "keywords"


class Mode(StrEnum):
    """How the answer came about."""

    BUILT_IN = "built-in architect"
    EXPERT = "one expert"
    ENRICHED = "one expert, enriched"
    SYNTHESIS = "several experts, combined"
    JOINED = "several experts, side by side"
    PLAIN = "a plain answer"


@dataclass(frozen=True, slots=True)
class Source:
    """A place in the workspace an answer rests on; `line` is 1-based, None for the whole file."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Pick:
    """An expert that was chosen, and why, in words; `by` is the member that answered as it, "" before."""

    expert: str
    label: str
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer, as a follow-up needs it."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `sources` were checked against the workspace; `notes` are what the user must know about how it came about.

    `cost_usd` is None where a price is unknown; `understood` is False where the built-in architect had no answer.
    """

    question: str
    text: str
    mode: Mode
    picks: tuple[Pick, ...] = ()
    chosen_by: Chooser = Chooser.CLASSIFIER
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    secrets_masked: int = 0
    cost_usd: float | None = 0.0
    latency_ms: float = 0.0
    understood: bool = True


@dataclass(frozen=True, slots=True)
class AskEvent:
    """The base of what is told while a question is answered."""


@dataclass(frozen=True, slots=True)
class Routed(AskEvent):
    """The experts are chosen."""

    picks: tuple[Pick, ...]
    chosen_by: Chooser


@dataclass(frozen=True, slots=True)
class ExpertText(AskEvent):
    """An expert who answers beside others said some text; what it said before is void where `reset`."""

    expert: str
    text: str
    reset: bool = False


@dataclass(frozen=True, slots=True)
class ExpertDone(AskEvent):
    """An expert ended; `problem` says why without an answer."""

    expert: str
    by: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AnswerText(AskEvent):
    """A piece of the answer itself; what came before is void where `reset`."""

    text: str
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Told(AskEvent):
    """Something the user must know, such as a member that failed."""

    note: str


@dataclass(frozen=True, slots=True)
class Answered(AskEvent):
    """The reply is complete."""

    reply: Reply


OnAsk = Callable[[AskEvent], None]
