"""The part that all adapters to an SDK share: deadline, collecting a stream, judging how it ended, and the one error tree."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from providers.base import MAX_ANSWER_BYTES, Answer, CallOptions, Delta, FinishReason, OnDelta, Prompt, Usage
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
from providers.http import HttpFailure, remaining
from providers.redaction import safe_sentence
from providers.vendor import Connection, VendorSpec

LISTING_SECONDS = 3.0
"""How long the names of other models may take to find after a model was not found."""

_TOO_LONG = (
    "context_length",
    "context length",
    "context window",
    "maximum context",
    "too many tokens",
    "token limit",
    "tokens limit",
    "too long",
    "input token count",
    "exceeds the maximum number of tokens",
)
_QUOTA = ("insufficient_quota", "billing", "credit", "quota_reached", "quota reached", "perday", "per day", "usage limit", "spend limit")
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


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer in the vendor's order. `refusal` is the vendor's own word for declining; `problem` for another bad end."""

    text: str = ""
    logprobs: tuple[float, ...] = ()
    finish: FinishReason | None = None
    refusal: str = ""
    problem: str = ""
    usage: Usage | None = None
    model: str = ""


class SdkProvider(ABC):
    """A Provider over an SDK client of its own, which is opened on first use and belongs to one event loop."""

    def __init__(self, spec: VendorSpec, model: str, connection: Connection):
        self.id = spec.id
        self.label = spec.label
        self.model = model
        self._spec = spec
        self._connection = connection
        self._secrets = tuple(connection[entry.name] for entry in spec.fields if entry.secret and connection[entry.name])
        self._not_taken: set[str] = set()
        self._opened: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer the prompt as `providers.base.Provider` says."""
        try:
            return await self._within(self._collect(prompt, options, on_delta), remaining(options.deadline))
        except ModelNotFound as error:
            failure = error
        available = await self._other_models(options.deadline)
        raise _alone(model_not_found(self.label, self.model, available, failure.status) if available else failure, self.id)

    async def models(self) -> tuple[str, ...]:
        """Return the model names the vendor offers now, sorted."""
        return tuple(sorted(set(await self._within(self._guarded(self._list()), 15.0))))

    async def aclose(self) -> None:
        """Close the client; a later call opens a new one."""
        opened, self._opened = self._opened, None
        if opened is None or opened[0] is not asyncio.get_running_loop():
            return
        task = opened[1]
        if not task.done():
            task.cancel()
            self._abandon()
        elif not task.cancelled() and task.exception() is None:
            await self._close(task.result())

    @abstractmethod
    def _open(self, loop: asyncio.AbstractEventLoop) -> Any:
        """Import the SDK and make its client for this loop; called in a thread."""

    @abstractmethod
    async def _close(self, client: Any) -> None:
        """Close the client made by `_open`."""

    def _abandon(self) -> None:  # noqa: B027 - only one SDK needs it
        """Break off what `_open` still does in its thread, if it can take long."""

    @abstractmethod
    def _pieces(self, client: Any, prompt: Prompt, options: CallOptions, stream: bool) -> AsyncGenerator[Piece, None]:
        """Call the vendor and yield its answer in pieces, or as one when not streaming."""

    @abstractmethod
    async def _list(self) -> list[str]:
        """Return the vendor's model names."""

    def _failure_in(self, error: BaseException) -> HttpFailure | None:
        """Return the vendor's own error that an SDK reports inside a successful response, if it is one."""
        return None

    async def client(self) -> Any:
        """Return the SDK's client, made once for this event loop."""
        missing = self._spec.missing(self._connection)
        if missing:
            raise AuthenticationFailed(self._spec.missing_sentence(missing), vendor=self.id)
        loop = asyncio.get_running_loop()
        if self._opened is None or self._opened[0] is not loop or (self._opened[1].done() and _failed(self._opened[1])):
            task = loop.create_task(asyncio.to_thread(self._open, loop))
            task.add_done_callback(_failed)  # a failure that nobody waits for any more is no news
            self._opened = (loop, task)
        return await asyncio.shield(self._opened[1])

    async def _adapting(self, optional: Mapping[str, tuple[str, ...]], call: Callable[[], Awaitable[Any]]) -> Any:
        """Await the call; an optional parameter that a 400 names is left out from then on, each at most once, and the call repeated.

        `optional` maps our name of a parameter to the words by which the vendor may name it; `call` reads `self._not_taken`.
        """
        while True:
            try:
                return await call()
            except HttpFailure as failure:
                rejected = _rejected(failure, {name: words for name, words in optional.items() if name not in self._not_taken})
                if not rejected:
                    raise
                self._not_taken.add(rejected)

    async def _collect(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None) -> Answer:
        start = time.monotonic()
        client = await self._guarded(self.client())
        parts: list[str] = []
        logprobs: list[float] = []
        size = 0
        first: float | None = None
        usage, model = Usage(), self.model
        finish: FinishReason | None = None
        refusal = problem = ""
        async with aclosing(self._pieces(client, prompt, options, on_delta is not None)) as pieces:
            while (piece := await self._guarded(anext(pieces, None))) is not None:
                size += len(piece.text) if piece.text.isascii() else len(piece.text.encode("utf-8", "surrogatepass"))
                if size > MAX_ANSWER_BYTES:
                    raise BadAnswer(f"{self.label} answered more than the {MAX_ANSWER_BYTES // 1024 // 1024} MiB allowed.", vendor=self.id)
                parts.append(piece.text)
                logprobs.extend(piece.logprobs)
                usage, model = piece.usage or usage, piece.model or model
                finish, refusal, problem = piece.finish or finish, refusal + piece.refusal, piece.problem or problem
                if on_delta is not None and (piece.text or piece.logprobs):
                    first = first if first is not None else (time.monotonic() - start) * 1000
                    await on_delta(Delta(piece.text, piece.logprobs))
        answer = "".join(parts)
        self._judge(answer, finish, refusal, problem)
        return Answer(
            text=answer,
            model=model,
            usage=usage,
            mean_logprob=sum(logprobs) / len(logprobs) if logprobs else None,
            first_token_ms=first,
            latency_ms=(time.monotonic() - start) * 1000,
        )

    def _judge(self, text: str, finish: FinishReason | None, refusal: str, problem: str) -> None:
        """Raise unless the answer is whole: a part of one is never offered (SECURITY 27)."""
        if refusal or finish is FinishReason.REFUSED:
            said = safe_sentence(refusal, self._secrets)
            raise ContentRefused(f"{self.label} declined to answer{f': {said}.' if said else '.'}", vendor=self.id)
        if problem:
            raise BadAnswer(f"{self.label} gave no usable answer: {safe_sentence(problem, self._secrets)}.", vendor=self.id)
        if finish is FinishReason.LENGTH:
            raise BadAnswer(f"{self.label} cut the answer off at the token limit.", vendor=self.id)
        if finish is None:
            what = "The answer ended" if text.strip() else "Nothing came back,"
            raise BadAnswer(f"{what} without a finish reason from {self.label}, so it may be incomplete.", vendor=self.id)
        if not text.strip():
            raise BadAnswer(f"{self.label} gave an empty answer.", vendor=self.id)

    async def _within(self, work: Coroutine[Any, Any, Any], seconds: float) -> Any:
        """Await the work for so many seconds; whatever error comes out carries no other behind it."""
        failure: ProviderError
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            failure = VendorTimeout(f"{self.label} gave no complete answer in time ({seconds:.0f} s).", vendor=self.id)
        except ProviderError as error:
            failure = error
        raise _alone(failure, self.id)

    async def _guarded(self, work: Any) -> Any:
        """Await a step of the SDK and turn whatever it raises into the one error tree."""
        failure: ProviderError
        try:
            return await work
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the border to foreign code: nothing of its own may pass
            failure = self.translate(error)
        raise _alone(failure, self.id)

    def translate(self, error: BaseException) -> ProviderError:
        """Return the error of our tree that stands for an SDK's or a transport's."""
        chain = list(_chain(error))
        for link in chain:
            if isinstance(link, ProviderError):
                return link
            if isinstance(link, HttpFailure):
                return classify(link, self.label, self.model, self._secrets)
        for link in chain:
            inner = self._failure_in(link)
            if inner is not None:
                return classify(inner, self.label, self.model, self._secrets)
        for link in reversed(chain):  # the innermost knows best: an SDK calls a broken connection a timeout
            names = {base.__name__ for base in type(link).__mro__}
            if "SSLError" in names or "CertificateError" in names or "ClientConnectorCertificateError" in names:
                return ConnectionFailed(f"{self.label}: the encrypted connection failed; the certificate could not be verified.")
            if names & {"ConnectTimeout", "ConnectionTimeoutError"} and link is chain[-1]:
                return ConnectionFailed(f"{self.label} could not be reached in time.")
            if names & _SLOW and not names & {"ServerDisconnectedError"}:
                return VendorTimeout(f"{self.label} stopped answering.")
            if names & _REFUSED_CONNECTION:
                return ConnectionFailed(f"{self.label} could not be reached: no connection to its server.")
            if names & _BROKEN:
                return ConnectionFailed(f"The connection to {self.label} broke before the answer was complete.")
        return BadAnswer(f"{self.label} answered in a form that could not be read ({type(chain[-1]).__name__}).")

    async def _other_models(self, deadline: float | None) -> tuple[str, ...]:
        try:
            names = await self._within(self._guarded(self._list()), min(LISTING_SECONDS, remaining(deadline)))
        except ProviderError:
            return ()
        return tuple(sorted(set(names) - {self.model}))


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
    if status == 402 or (status in (0, 403, 429) and says(_QUOTA)):
        return QuotaExceeded(f"{label}: the account's quota is used up{number}{tail}", status=status)
    if status == 403:
        return AuthenticationFailed(f"{label} does not allow this key to do that{number}{tail}", status=status)
    if status == 429 or (status == 0 and says(("rate_limit", "rate limit"))):
        wait = f", try again in {failure.retry_after:.0f} s" if failure.retry_after is not None else ""
        return RateLimited(f"{label} limits the rate of calls{number}{wait}.", status=status, retry_after=failure.retry_after)
    if status in (404, 410) or (0 < status < 500 and says(("model_not_found", "model_not_supported", "model not found"))):
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
    name = safe_sentence(model, limit=80)
    if not available:
        return ModelNotFound(f"{label}: model {name} is not offered any more.", status=status)
    names = ", ".join(safe_sentence(entry, limit=60) for entry in available[:8])
    more = f" and {len(available) - 8} more" if len(available) > 8 else ""
    return ModelNotFound(
        f"{label}: model {name} is not offered any more; available: {names}{more}.", available=available[:200], status=status
    )


def _rejected(failure: HttpFailure, optional: Mapping[str, tuple[str, ...]]) -> str:
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


def _alone(failure: ProviderError, vendor: str) -> ProviderError:
    """Cut the error off from what caused it: an SDK's exception holds the request, and with it the key."""
    failure.vendor = failure.vendor or vendor
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.cancelled() or task.exception() is not None
