"""The guard around every vendor's HTTP client: where requests may go, which headers they carry, how much may come back."""

from __future__ import annotations

import codecs
import email.utils
import json
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from providers.addresses import check_destination
from providers.base import MAX_ANSWER_BYTES
from providers.errors import BadAnswer, ConnectionFailed

MAX_BODY_BYTES = 2 * MAX_ANSWER_BYTES
"""A body that is not streamed: the answer, its JSON escapes and its envelope."""
MAX_LOGPROB_BODY_BYTES = 8 * MAX_ANSWER_BYTES
"""The same where a record a token comes along with the text."""
MAX_STREAM_BYTES = 32 * MAX_ANSWER_BYTES
"""A stream as a whole; its envelope around each token is many times the token. The text is capped apart from this."""
MAX_EVENT_BYTES = 2 * MAX_ANSWER_BYTES
"""One event of a stream, which the SDK holds whole."""
MAX_ERROR_BYTES = 64 * 1024
CONNECT_SECONDS = 10.0
DEFAULT_SECONDS = 300.0
"""How long a call may take that was given no deadline."""

_PLAIN_HEADERS = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "idempotency-key", "transfer-encoding"}
    | {"user-agent", "x-goog-api-client", "x-server-timeout"}
)
_READABLE = ("json", "event-stream", "ndjson")


class HttpFailure(Exception):
    """A vendor answered with an error status; what its body says, not yet made safe to show."""

    def __init__(
        self,
        status: int,
        *,
        message: str = "",
        codes: tuple[str, ...] = (),
        parameter: str = "",
        retry_after: float | None = None,
        path: str = "",
    ):
        super().__init__(f"status {status}")
        self.status = status
        self.message = message
        self.codes = codes
        self.parameter = parameter
        self.retry_after = retry_after
        self.path = path


class Guard:
    """Hooks for an httpx or httpx2 client that belongs to one provider object.

    A request leaves only for one of `origins`, after its addresses were checked, with plain headers, those of the SDK that `passes`
    names, and `headers` of our own; a response
    is refused when it redirects, is compressed, is no JSON or grows too large, and an error status is raised as HttpFailure before
    an SDK could retry it.
    """

    def __init__(self, *, label: str, origins: Iterable[str], headers: Mapping[str, str], passes: Iterable[str] = ()):
        self._label = label
        self._passes = frozenset(name.encode() for name in (*_PLAIN_HEADERS, *passes))
        self._origins = frozenset(_origin(url) for url in origins)
        # identity, so that the cap on bytes is a cap on memory
        self._ours = {name.lower().encode(): value.encode() for name, value in headers.items()} | {b"accept-encoding": b"identity"}

    def hooks(self) -> dict[str, list[Any]]:
        """Return the `event_hooks` of an asynchronous client."""
        return {"request": [self._on_request], "response": [self._on_response]}

    def admit(self, request: Any) -> None:
        """Set the request's headers to what this vendor may see; raises ConnectionFailed when it would go elsewhere."""
        if _origin(str(request.url)) not in self._origins:
            raise ConnectionFailed(f"{self._label}: a call to another host was stopped.")
        # one pass over the bytes: a change of a single header costs the HTTP library a walk over all of them
        passes, ours = self._passes, self._ours
        kept = [
            (name, value)
            for name, value in request.headers.raw
            if (lowered := name.lower()) not in ours and (lowered in passes or lowered.startswith(b"x-stainless-"))
        ]
        kept.extend(entry for entry in ours.items() if entry[1])
        # said here, it is not found out anew at each look by decoding them all
        encoding = "ascii" if all(value.isascii() for _, value in kept) else None
        request.headers = type(request.headers)(kept, encoding)

    def judge(self, response: Any) -> int:
        """Refuse a response by its head; returns the cap in bytes for its body. Error statuses are left to the caller."""
        status = int(response.status_code)
        if 300 <= status < 400:
            raise ConnectionFailed(f"{self._label} redirected the call ({status}); redirects are not followed.", status=status)
        if status >= 400:
            return MAX_ERROR_BYTES
        coding, kind = _head(response)
        if coding not in ("", "identity"):
            raise BadAnswer(f"{self._label} compressed its answer although asked not to.", status=status)
        if kind and not any(word in kind for word in _READABLE):
            name = "an HTML page" if "html" in kind else f"a {kind[:40]} document"
            raise BadAnswer(f"{self._label} answered with {name} where JSON was expected; check the base URL.", status=status)
        if "event-stream" in kind or "ndjson" in kind:
            return MAX_STREAM_BYTES
        return MAX_LOGPROB_BODY_BYTES if b'"logprobs"' in _sent(response) or b'"responseLogprobs"' in _sent(response) else MAX_BODY_BYTES

    async def _on_request(self, request: Any) -> None:
        self.admit(request)
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        await check_destination(request.url.scheme, request.url.host, port)

    async def _on_response(self, response: Any) -> None:
        cap = self.judge(response)
        if response.status_code >= 400:
            raise failure_of(response.status_code, response.headers, await _start_of(response, cap), response.request.url.path)
        marks = (b"\n",) if "ndjson" in _head(response)[1] else (b"\n\n", b"\r\n\r\n", b"\r\r")
        response.stream = _capped_class(_stream_base(response))(response.stream, cap, marks, self._label)


def failure_of(status: int, headers: Mapping[str, str], body: bytes, path: str = "") -> HttpFailure:
    """Read what an error response says, whichever vendor's shape it has."""
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    return failure_from_body(status, parsed, retry_after=_retry_after(headers), path=path)


def failure_from_body(status: int, parsed: object, *, retry_after: float | None = None, path: str = "") -> HttpFailure:
    """Build a failure from a parsed error body: OpenAI's, Google's, watsonx's or Ollama's shape."""
    if isinstance(parsed, list):
        parsed = parsed[0] if parsed else None
    body = parsed if isinstance(parsed, dict) else {}
    error = body.get("error")
    errors = body.get("errors")
    facts = error if isinstance(error, dict) else errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else body
    message = next(
        (facts[key] for key in ("message", "detail", "errorMessage", "error_description") if isinstance(facts.get(key), str)), ""
    )
    if not message and isinstance(error, str):
        message = error
    codes = [str(facts[key]) for key in ("code", "type", "status", "errorCode") if isinstance(facts.get(key), str | int)]
    details = facts.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict):
            codes.extend(str(detail[key]) for key in ("reason",) if detail.get(key))
            delay = detail.get("retryDelay")
            if retry_after is None and isinstance(delay, str):
                retry_after = _seconds(delay.rstrip("s"))
            violations = detail.get("violations")
            for violation in violations if isinstance(violations, list) else []:
                if isinstance(violation, dict):
                    codes.append(str(violation.get("quotaId", "")))
    parameter = facts.get("param")
    return HttpFailure(
        status,
        message=message[:4000],
        codes=tuple(code.lower() for code in codes if code),
        parameter=parameter if isinstance(parameter, str) else "",
        retry_after=retry_after,
        path=path,
    )


@lru_cache(maxsize=8)
def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Return the TLS settings of all vendors: the machine's and certifi's roots, plus the given file's. Holds no key."""
    import certifi

    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def remaining(deadline: float | None) -> float:
    """Return the seconds left until the deadline (never negative), or the default for a call without one."""
    return DEFAULT_SECONDS if deadline is None else max(0.0, deadline - time.monotonic())


def _head(response: Any) -> tuple[str, str]:
    """Return the content coding and the media type of a response, lower-case, read once from the bytes."""
    coding = kind = b""
    for name, value in response.headers.raw:
        lowered = name.lower()
        if lowered == b"content-encoding":
            coding = coding + b"," + value if coding else value
        elif lowered == b"content-type":
            kind = value
    return coding.strip().lower().decode("latin-1"), kind.partition(b";")[0].strip().lower().decode("latin-1")


def _sent(response: Any) -> bytes:
    """Return the request's body when it is at hand, to see what it asked for."""
    try:
        content = response.request.content
    except Exception:  # noqa: BLE001 - each HTTP library has its own error for a body that was streamed
        return b""
    return content if isinstance(content, bytes) else b""


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= 86400 else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    milliseconds = _seconds(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = _seconds(text)
    if seconds is not None:
        return seconds
    try:
        return min(max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time()), 86400.0)
    except (ValueError, TypeError, OverflowError):
        return None


async def _start_of(response: Any, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.stream:
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def _stream_base(response: Any) -> type:
    """Return the HTTP library's own stream class, which it insists on."""
    return next(base for base in type(response.stream).__mro__ if base.__name__ == "AsyncByteStream")


@lru_cache(maxsize=4)
def _capped_class(base: type) -> type:
    class CappedStream(base):
        """A response body that ends in BadAnswer past its cap, past the cap of one event, or where it is no UTF-8."""

        def __init__(self, inner: Any, cap: int, marks: tuple[bytes, ...], label: str):
            self._inner = inner
            self._cap = cap
            self._marks = marks
            self._label = label

        async def __aiter__(self) -> AsyncIterator[bytes]:
            decoder = codecs.getincrementaldecoder("utf-8")()
            total = pending = 0
            tail = b""
            for_event = MAX_EVENT_BYTES if self._cap == MAX_STREAM_BYTES else self._cap
            async for chunk in self._inner:
                total += len(chunk)
                seen = tail + chunk
                boundary = max(seen.rfind(mark) for mark in self._marks)
                pending = pending + len(chunk) if boundary < 0 else len(seen) - boundary
                tail = seen[-3:]
                if total > self._cap or pending > for_event:
                    raise BadAnswer(f"{self._label} answered more than the {MAX_ANSWER_BYTES // 1024 // 1024} MiB allowed.")
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    raise BadAnswer(f"{self._label} answered with bytes that are not UTF-8 text.") from None
                yield chunk

        async def aclose(self) -> None:
            await self._inner.aclose()

    return CappedStream
