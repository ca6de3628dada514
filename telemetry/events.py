"""What is counted: the beginning of a run, the end of each of its calls, and its end; without prompts, answers, keys or people's names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CallStatus(StrEnum):
    """How a call ended."""

    SUCCESS = "success"
    ERROR = "error"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How a run ended."""

    VERDICT = "verdict"
    FAILED = "failed"
    STOPPED = "stopped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBegan:
    """A run began. `owner` is whoever asked, as the process knows him; `began` is seconds since the epoch."""

    run_id: str
    owner: str
    began: float
    members: tuple[str, ...]
    strategy: str
    execution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """A member's call ended. Unknown figures are None; `message` is a safe sentence; `error_id` leads to the log."""

    run_id: str
    owner: str
    member: str
    vendor: str
    model: str
    status: CallStatus
    began: float
    latency_ms: float | None = None
    first_token_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    answered_as: str = ""
    cached: bool = False
    attempts: int = 1
    error: str = ""
    message: str = ""
    error_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """A run ended. `agreement` is 0..1 where there is a verdict."""

    run_id: str
    owner: str
    began: float
    latency_ms: float
    outcome: Outcome
    strategy: str = ""
    execution: str = ""
    members: int = 0
    agreement: float | None = None
    cost_usd: float | None = None
    error: str = ""
    message: str = ""
    calls: tuple[CallEnded, ...] = ()


class Sink(Protocol):
    """Whoever counts. Called on the event loop, so each must return at once."""

    def run_began(self, run: RunBegan) -> None:
        """Take in a beginning."""

    def call_ended(self, call: CallEnded) -> None:
        """Take in the end of a call."""

    def run_ended(self, run: RunEnded) -> None:
        """Take in the end of a run."""
