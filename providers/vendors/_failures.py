"""From what a vendor, an SDK or a transport says went wrong to the one error tree, in sentences that are safe to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from providers.errors import (
    AuthenticationFailed,
    BadAnswer,
    ConnectionFailed,
    ContentRefused,
    ContextTooLong,
    InvalidRequest,
    ModelNotFound,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    VendorTimeout,
    VendorUnavailable,
)
from providers.http import HttpFailure
from providers.redaction import safe_name, safe_sentence

_TOO_LONG = (
    "context_length",
    "context length",
    "context window",
    "context size",
    "maximum context",
    "too many tokens",
    "token limit",
    "tokens limit",
    "too long",
    "input token count",
    "exceeds the maximum number of tokens",
)
_QUOTA = ("insufficient_quota", "quota_reached", "quota reached", "perday", "per day", "usage limit", "spend limit")
_MAYBE_QUOTA = ("billing", "credit")
"""Words that vendors also use for a rate of calls; with a time to wait that is what they mean."""
_REFUSED = ("content_filter", "content_policy", "content policy", "responsible_ai", "safety system")
_BAD_KEY = (
    "api_key_invalid",
    "invalid_api_key",
    "api key not valid",
    "authentication_token",
    "invalid_authentication",
    "api key expired",
    "bxnim0415e",
)
_SLOW = frozenset({"ReadTimeout", "WriteTimeout", "PoolTimeout", "SocketTimeoutError", "ServerTimeoutError", "TimeoutError"})
_REFUSED_CONNECTION = frozenset({"ConnectionRefusedError", "ClientConnectorError", "ConnectError"})
_BROKEN = frozenset({"OSError", "TransportError", "ClientError", "APIConnectionError", "EndOfStream", "StreamError"})


def classify(failure: HttpFailure, label: str, model: str, secrets: tuple[str, ...]) -> ProviderError:
    """Return the error of our tree for a vendor's error response, with a sentence that is safe to show."""
    status = failure.status
    facts = " ".join(failure.codes) + " " + failure.message.lower()
    said = safe_sentence(failure.message, secrets)
    tail = f": {said}." if said else "."
    number = f" ({status})" if status else ""

    def says(words: tuple[str, ...]) -> bool:
        return any(word in facts for word in words)

    if status == 401 or (status < 500 and says(_BAD_KEY)):
        return AuthenticationFailed(f"{label} refused the key{number}.", status=status)
    used_up = says(_QUOTA) or (failure.retry_after is None and says(_MAYBE_QUOTA))
    if status == 402 or (status in (0, 403, 429) and used_up):
        return QuotaExceeded(f"{label}: the account's quota is used up{number}{tail}", status=status)
    if status == 403:
        return AuthenticationFailed(f"{label} does not allow this key to do that{number}{tail}", status=status)
    if status == 429 or (status == 0 and says(("rate_limit", "rate limit"))):
        wait = f", try again in {failure.retry_after:.0f} s" if failure.retry_after is not None else ""
        return RateLimited(f"{label} limits the rate of calls{number}{wait}.", status=status, retry_after=failure.retry_after)
    if status in (404, 410) or (0 < status < 500 and says(("model_not_found", "model_not_supported", "model not found"))):
        if "model" not in facts:
            return ModelNotFound(f"{label} answered {status}: it has no model {safe_name(model)}, or the base URL is wrong.", status=status)
        return model_not_found(label, model, (), status)
    if status == 413 or (status < 500 and says(_TOO_LONG)):
        return ContextTooLong(f"{label}: the prompt is longer than the model takes{number}{tail}", status=status)
    if status < 500 and says(_REFUSED):
        return ContentRefused(f"{label} declined to answer{tail}", status=status)
    if status >= 500 or status in (0, 408, 425):
        return VendorUnavailable(f"{label} has a fault{number}{tail}", status=status, retry_after=failure.retry_after)
    return InvalidRequest(f"{label} rejected the request{number}{tail}", status=status)


def model_not_found(label: str, model: str, available: tuple[str, ...], status: int | None) -> ModelNotFound:
    """Build the error that names what is offered instead."""
    name = safe_name(model)
    if not available:
        return ModelNotFound(f"{label}: model {name} is not offered any more.", status=status)
    names = ", ".join(safe_name(entry) for entry in available[:8])
    more = f" and {len(available) - 8} more" if len(available) > 8 else ""
    message = f"{label}: model {name} is not offered any more; available: {names}{more}."
    return ModelNotFound(message, available=available[:200], status=status)


def from_transport(chain: Sequence[BaseException], label: str) -> ProviderError:
    """Return the error of our tree for what a transport or a parser raised, outermost first in the chain."""
    for link in reversed(chain):  # the innermost knows best: an SDK calls a broken connection a timeout
        names = {base.__name__ for base in type(link).__mro__}
        if "SSLError" in names or "CertificateError" in names or "ClientConnectorCertificateError" in names:
            return ConnectionFailed(f"{label}: the encrypted connection failed; the certificate could not be verified.")
        if names & {"ConnectTimeout", "ConnectionTimeoutError"} and link is chain[-1]:
            return ConnectionFailed(f"{label} could not be reached in time.")
        if names & _SLOW and not names & {"ServerDisconnectedError"}:
            return VendorTimeout(f"{label} stopped answering.")
        if names & _REFUSED_CONNECTION:
            return ConnectionFailed(f"{label} could not be reached: no connection to its server.")
        if names & _BROKEN:
            return ConnectionFailed(f"The connection to {label} broke before the answer was complete.")
    return BadAnswer(f"{label} answered in a form that could not be read ({type(chain[-1]).__name__}).")


def rejected_parameter(failure: HttpFailure, optional: Mapping[str, tuple[str, ...]]) -> str:
    """Return the optional parameter that a 400 or 422 complains about, or an empty string."""
    if failure.status not in (400, 422):
        return ""
    named = failure.parameter.partition(".")[0]
    for name, words in optional.items():
        if named and named in (name, *words):
            return name
    message = failure.message.lower()
    found = [(message.find(word.lower()), -len(word), name) for name, words in optional.items() for word in (name, *words)]
    return min((entry for entry in found if entry[0] >= 0), default=(0, 0, ""))[2]


def alone(failure: ProviderError, vendor: str) -> ProviderError:
    """Cut the error off from what caused it: an SDK's exception holds the request, and with it the key."""
    failure.vendor = failure.vendor or vendor
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what stands behind it, outermost first."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
