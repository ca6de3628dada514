"""The part that all adapters to an SDK share: deadline, collecting a stream, judging how it ended, and the one error tree."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from providers.addresses import is_loopback_url
from providers.base import MAX_ANSWER_BYTES, Answer, CallOptions, Delta, FinishReason, OnDelta, Prompt, Usage
from providers.errors import AuthenticationFailed, BadAnswer, ContentRefused, InvalidRequest, ModelNotFound, ProviderError, VendorTimeout
from providers.http import HttpFailure, remaining
from providers.redaction import safe_sentence
from providers.vendor import Connection, VendorSpec
from providers.vendors._failures import alone, chain_of, classify, from_transport, model_not_found, rejected_parameter

LISTING_SECONDS = 3.0
"""How long the names of other models may take to find after a model was not found."""


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
        self.sees_pictures = spec.sees(model)
        self._spec = spec
        self._connection = connection
        self._secrets = tuple(connection[entry.name] for entry in spec.fields if entry.secret and connection[entry.name])
        self._not_taken: set[str] = set()
        self._opened: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        url = str(connection.values.get("base_url") or "")
        self.local_server = url if url and is_loopback_url(url) else ""
        self.own_endpoint = self._elsewhere()

    @property
    def connection_values(self) -> Mapping[str, str]:
        """Return address and key, for a hash that tells one connection from another; never to be kept or shown."""
        return self._connection.values

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer the prompt as `providers.base.Provider` says."""
        try:
            return await self._within(self._collect(prompt, options, on_delta), remaining(options.deadline))
        except ModelNotFound as error:
            failure = error
        available = await self._other_models(options.deadline)
        raise alone(model_not_found(self.label, self.model, available, failure.status) if available else failure, self.id)

    async def models(self) -> tuple[str, ...]:
        """Return the model names the vendor offers now, sorted; raises InvalidRequest where a compatible server has no list."""
        try:
            names = await self._within(self._guarded(self._list()), LISTING_SECONDS * 5)
        except ModelNotFound:
            failure = InvalidRequest(f"{self.label} answers, but has no model list at this address.", vendor=self.id, status=404)
        else:
            return tuple(sorted(set(names)))
        raise failure

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

    def _elsewhere(self) -> bool:
        """Tell whether the calls go to a server that is not the vendor's own, and so not by its price list."""
        return self._connection.own_base_url

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
                rejected = rejected_parameter(failure, {name: words for name, words in optional.items() if name not in self._not_taken})
                if not rejected:
                    raise
                self._not_taken.add(rejected)

    async def _bodies(
        self, optional: Mapping[str, tuple[str, ...]], call: Callable[[], Awaitable[Any]], stream: bool
    ) -> AsyncGenerator[Any, None]:
        """Yield the whole answer of the call, or each chunk of its stream, adapting the parameters before the first one."""

        async def first() -> tuple[Any, Any]:
            response = await call()
            # Some SDKs send only when the first chunk is asked for, and that is where a 400 shows
            return response, await anext(response, None) if stream else response

        response, body = await self._adapting(optional, first)
        if not stream:
            yield body
            return
        async with aclosing(response) as chunks:
            while body is not None:
                yield body
                body = await anext(chunks, None)

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
            failure = VendorTimeout(f"{self.label} gave no complete answer in time ({seconds:.3g} s).", vendor=self.id)
        except ProviderError as error:
            failure = error
        raise alone(failure, self.id)

    async def _guarded(self, work: Any) -> Any:
        """Await a step of the SDK and turn whatever it raises into the one error tree."""
        failure: ProviderError
        try:
            return await work
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the border to foreign code: nothing of its own may pass
            failure = self.translate(error)
        raise alone(failure, self.id)

    def translate(self, error: BaseException) -> ProviderError:
        """Return the error of our tree that stands for an SDK's or a transport's."""
        chain = list(chain_of(error))
        for link in chain:
            if isinstance(link, ProviderError):
                return link
            if isinstance(link, HttpFailure):
                return classify(link, self.label, self.model, self._secrets)
        for link in chain:
            inner = self._failure_in(link)
            if inner is not None:
                return classify(inner, self.label, self.model, self._secrets)
        return from_transport(chain, self.label)

    async def _other_models(self, deadline: float | None) -> tuple[str, ...]:
        try:
            names = await self._within(self._guarded(self._list()), min(LISTING_SECONDS, remaining(deadline)))
        except ProviderError:
            return ()
        return tuple(sorted(set(names) - {self.model}))


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.cancelled() or task.exception() is not None
