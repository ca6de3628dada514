"""What an experiment is made of, and what it leaves behind: questions, configurations, recorded runs, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from providers.records import Candidate

ACCEPT = 0.8
"""The judge's score from which files count as right, unless a question says otherwise."""


class ExperimentProblem(ValueError):
    """The experiment cannot be made as it stands; the message says what is wrong and what would be right."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with what makes an answer right.

    A text question has `ask` and the accepted answers in `expect`, compared after `normalization`. A repository question has `repository`
    and `targets`, and `ask` is an instruction; its measure is the judge's score, right from `accept` on.
    """

    id: str
    ask: str = ""
    expect: tuple[str, ...] = ()
    normalization: str = "lowercase_trim"
    repository: str = ""
    targets: tuple[str, ...] = ()
    accept: float = ACCEPT

    @property
    def of_files(self) -> bool:
        """Tell whether files are asked for."""
        return bool(self.repository)

    @property
    def words(self) -> str:
        """Return the question for a reader."""
        if not self.of_files:
            return self.ask
        wanted = " and ".join(target.partition(":")[0] for target in self.targets)
        return f"{wanted} for {self.repository}" + (f": {self.ask}" if self.ask else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One ensemble under test: a preset or members of its own, and what is changed about them; "" and None keep what the preset says.

    `options` are numbers of `providers.knobs` by name.
    """

    name: str
    preset: str = ""
    members: tuple[str, ...] = ()
    strategy: str = ""
    execution: str = ""
    aggregator: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """A question set with the configurations its file names, which may be none."""

    title: str
    questions: tuple[Question, ...]
    configurations: tuple[Configuration, ...] = ()
    description: str = ""


class Outcome(StrEnum):
    """What became of one question with one configuration, as a word for the page."""

    RIGHT = "right"
    WRONG = "wrong"
    FAILED = "failed"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One run. `key` stands for everything that was asked of whom, so that a changed question is asked anew.

    `measure` is 1 or 0 for a text and the judge's score for files; `cost_usd` None where a price is unknown; `candidates` are the
    members' answers, from which the ablation and the curve are computed without asking again.
    """

    key: str
    question: str
    configuration: str
    outcome: Outcome
    measure: float = 0.0
    text: str = ""
    winner: str = ""
    consensus: float | None = None
    latency_ms: float | None = None
    cost_usd: float | None = None
    problem: str = ""
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % Wilson interval; `value` None of nothing."""

    right: int
    of: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One place of the curve: `size` members, how often that is right on average over all choices of so many members."""

    size: int
    value: float
    choices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What one strategy would have made of the recorded answers; `none` counts questions it would have left without an answer."""

    strategy: str
    share: Share
    none: int
    used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """One member by itself, from the same recorded answers."""

    member: str
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of one configuration. `cost_usd` is None where any answer's price is unknown; times are milliseconds.

    `score` is the judge's mean score over its repository questions. `curve`, `ablation` and `alone` are empty where they cannot be
    computed, which `notes` explain.
    """

    configuration: str
    accuracy: Share
    failed: int
    not_asked: int
    consensus: float | None
    p50_ms: float | None
    p95_ms: float | None
    cost_usd: float | None
    unpriced: int
    score: float | None
    curve: tuple[Point, ...] = ()
    ablation: tuple[Replayed, ...] = ()
    alone: tuple[Alone, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Best:
    """A word such as fastest, who it is ("" for nobody), the figure, and how it was computed."""

    word: str
    configuration: str
    figure: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything an experiment found. `finished` tells that every question was asked of every configuration that can answer it."""

    title: str
    rows: tuple[Row, ...]
    best: tuple[Best, ...]
    notes: tuple[str, ...]
    recorded: tuple[Recorded, ...]
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is among the runs that can be made, with what they left behind; `kept` of them were answered earlier, not asked again."""

    done: int = 0
    total: int = 0
    kept: int = 0
    spent_usd: float = 0.0
    recorded: tuple[Recorded, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What an experiment would take: runs to make, members' calls, dollars where prices are known, and what is to be said about it."""

    runs: int
    kept: int
    calls: int
    cost_usd: float | None
    unpriced: tuple[str, ...]
    notes: tuple[str, ...]
