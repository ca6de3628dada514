"""The one error tree of this room.

ProviderError
├── AuthenticationFailed   the key is missing or was refused            (never retried)
├── ModelNotFound          the vendor does not offer this model         (never retried)
├── RateLimited            too many requests; `retry_after` when told   (retried)
│   └── LocalLimit         our own limit for this vendor is used up     (never retried)
├── QuotaExceeded          the account's money or tokens are used up    (never retried)
│   └── BudgetReached      the budget of the run or the day is used up  (never retried)
├── ContentRefused         the vendor declined to answer                (never retried)
├── ContextTooLong         prompt and answer do not fit the model       (never retried)
├── InvalidRequest         the vendor rejected a parameter              (never retried)
├── VendorUnavailable      5xx, overloaded, maintenance                 (retried)
│   └── CircuitOpen        it failed in a row and is left alone a while (never retried)
├── VendorTimeout          no answer within the deadline                (not past the deadline)
├── BadAnswer              empty, truncated, malformed or oversized     (never retried)
└── ConnectionFailed       refused, reset, DNS, TLS, redirect           (retried)

EnsembleError
├── NotEnoughAnswers       fewer than `min_responses` answered; carries every member's reason
├── ConsensusNotReached    the members disagree; carries the disagreement decision by decision
├── RunTimedOut            the run's deadline passed
├── BudgetExceeded         the run would cost more than its budget; nothing was sent
└── ConfigurationError     unknown vendor, strategy, execution, preset; names the choices
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class ProviderError(Exception):
    """A member could not answer. `message` is safe to show: no key, no URL with credentials, no trace."""

    retryable: ClassVar[bool] = False
    advice: ClassVar[str] = ""

    def __init__(self, message: str, *, vendor: str = "", status: int | None = None, retry_after: float | None = None):
        super().__init__(message)
        self.message = message
        self.vendor = vendor
        self.status = status
        self.retry_after = retry_after


class AuthenticationFailed(ProviderError):
    """The key is missing or was refused."""

    advice = "Check the key on the Settings page."


class ModelNotFound(ProviderError):
    """The vendor does not offer this model; `available` lists some that it does."""

    advice = "Choose another model on the Settings page."

    def __init__(self, message: str, *, available: Sequence[str] = (), vendor: str = "", status: int | None = None):
        super().__init__(message, vendor=vendor, status=status)
        self.available = tuple(available)


class RateLimited(ProviderError):
    """Too many requests for now."""

    retryable = True
    advice = "Wait a little, or choose a preset with fewer calls to this vendor."


class LocalLimit(RateLimited):
    """The program's own limit of calls or tokens to this vendor is used up, and there is room too late for this run."""

    retryable = False
    advice = "Wait a little, or raise VENDOR_CALLS_PER_MINUTE or VENDOR_TOKENS_PER_MINUTE."


class QuotaExceeded(ProviderError):
    """The account has no money or tokens left."""

    advice = "Check the plan and billing of the vendor's account."


class BudgetReached(QuotaExceeded):
    """The budget of the run, or of the day, is used up; the call was cut or not made."""

    advice = "Raise the budget in Advanced parameters, or ask fewer or cheaper members."


class ContentRefused(ProviderError):
    """The vendor declined to answer this prompt."""

    advice = "Look at the prompt for content its policy refuses."


class ContextTooLong(ProviderError):
    """Prompt and answer do not fit the model's context."""

    advice = "Select fewer files or a model with a longer context."


class InvalidRequest(ProviderError):
    """The vendor rejected a parameter of the call."""

    advice = "Check temperature, max tokens and model."


class VendorUnavailable(ProviderError):
    """The vendor answered with a server error."""

    retryable = True
    advice = "The vendor has a fault; the other members' answers are kept."


class CircuitOpen(VendorUnavailable):
    """The vendor failed several times in a row and is left alone for a while."""

    retryable = False
    advice = "Wait until it is tried again; the other members answer meanwhile."


class VendorTimeout(ProviderError):
    """No complete answer came within the deadline."""

    advice = "Raise the timeout in Advanced parameters or choose a faster model."


class BadAnswer(ProviderError):
    """The answer was empty, cut off, malformed or larger than allowed."""

    advice = "Raise max tokens if it was cut off; otherwise try another model."


class ConnectionFailed(ProviderError):
    """The vendor could not be reached, or redirected elsewhere."""

    retryable = True
    advice = "Check the base URL and the network."


def kinds() -> tuple[str, ...]:
    """Return the names of all kinds of failure of a member, as metadata and fallbacks name them."""
    return tuple(_named())


def lineage(kind: str) -> tuple[str, ...]:
    """Return a kind and the more general ones it is a case of, nearest first: LocalLimit is also RateLimited; empty for an unknown one."""
    found = _named().get(kind)
    return (
        tuple(entry.__name__ for entry in found.__mro__ if issubclass(entry, ProviderError) and entry is not ProviderError) if found else ()
    )


def _named() -> dict[str, type[ProviderError]]:
    return {name: entry for name, entry in globals().items() if isinstance(entry, type) and ProviderError in entry.__mro__[1:]}


class EnsembleError(Exception):
    """A run as a whole gave no verdict. `candidates` keeps every member's outcome."""

    def __init__(self, message: str, *, candidates: Sequence[object] = ()):
        super().__init__(message)
        self.message = message
        self.candidates = tuple(candidates)


class NotEnoughAnswers(EnsembleError):
    """Fewer members answered than `min_responses`."""


class RunTimedOut(EnsembleError):
    """The run's deadline passed before enough members answered."""


class BudgetExceeded(EnsembleError):
    """The run would cost more than its budget, or the day's is used up; nothing was sent. `estimate_usd` is what it would have cost."""

    def __init__(self, message: str, *, candidates: Sequence[object] = (), estimate_usd: float | None = None):
        super().__init__(message, candidates=candidates)
        self.estimate_usd = estimate_usd


class ConsensusNotReached(EnsembleError):
    """The members disagree; `disagreement` holds (decision key, value -> members) pairs, `consensus` the agreement 0..1."""

    def __init__(
        self,
        message: str,
        *,
        candidates: Sequence[object] = (),
        consensus: float = 0.0,
        disagreement: Sequence[tuple[str, dict[str, tuple[str, ...]]]] = (),
    ):
        super().__init__(message, candidates=candidates)
        self.consensus = consensus
        self.disagreement = tuple(disagreement)


class ConfigurationError(EnsembleError, ValueError):
    """An unknown vendor, strategy, execution, normalisation or preset, or an invalid option; the message names the choices."""
