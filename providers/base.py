"""The Provider protocol and the records that pass through it: Prompt, CallOptions, Delta, Answer, Usage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from architect.request import Request
from artifacts.records import Expectations
from providers import tokens
from providers.pictures import MOST_PICTURES, Picture

MAX_ANSWER_BYTES = 2 * 1024 * 1024
"""An answer that grows past this is cut off with BadAnswer while it streams (SECURITY 26)."""


class FinishReason(StrEnum):
    """Why an answer ended, as the vendor said."""

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question ready for a model. `request` is its structured form, which the built-in architect answers from.

    `images` reach the members that see pictures; the others are asked without. Raises ValueError for too many.
    """

    text: str
    system: str = ""
    request: Request | None = None
    expectations: Expectations | None = None
    images: tuple[Picture, ...] = ()
    _tokens: int | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.images) > MOST_PICTURES:
            raise ValueError(f"A prompt takes {MOST_PICTURES} pictures; got {len(self.images)}.")

    @property
    def tokens(self) -> int:
        """Return about how many tokens its words are, pictures apart; counted once, since every member and every run of a page asks."""
        counted = self._tokens
        if counted is None:
            counted = tokens.estimate(self.system) + tokens.estimate(self.text)
            object.__setattr__(self, "_tokens", counted)
        return counted


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """Parameters of one call. `deadline` is on the `time.monotonic()` clock, None for no limit; `logprobs` asks for them.

    `stall_s` is how long a stream that has begun may be silent before it is given up, None for until the deadline.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    deadline: float | None = None
    logprobs: bool = False
    seed: int | None = None
    stall_s: float | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of streamed text; `logprobs` are natural logarithms, one a token, where the vendor gives them."""

    text: str
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the vendor counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete answer. Times are milliseconds from the call; `mean_logprob` is over its tokens, None where unknown.

    `cost_usd` is left None by vendors; the meter, or a nested ensemble that knows its members' prices, fills it in.
    `inner` is what a nested ensemble's members gave, as its candidates.
    """

    text: str
    model: str
    finish_reason: FinishReason = FinishReason.STOP
    usage: Usage = Usage()
    mean_logprob: float | None = None
    first_token_ms: float | None = None
    latency_ms: float = 0.0
    cached: bool = False
    cost_usd: float | None = None
    inner: tuple[object, ...] = ()


OnDelta = Callable[[Delta], Awaitable[None]]


class Provider(Protocol):
    """One answerer: a vendor with a model, a wrapper around one, or a whole ensemble."""

    id: str
    label: str
    model: str

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer the prompt; with `on_delta` the call streams and every piece is awaited through it (back-pressure).

        Raises a ProviderError. Cancelling the task closes the connection. Never outlives `options.deadline` by 0.5 s.
        """

    async def models(self) -> tuple[str, ...]:
        """Return the model names the vendor offers now; raises a ProviderError."""

    async def aclose(self) -> None:
        """Close connections; safe to call twice."""
