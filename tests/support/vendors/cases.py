"""The checks that hold for every vendor, written once: happy paths and the fault matrix, run through the real SDKs."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from providers import EnsembleProvider, report, vendors
from providers.base import Answer, CallOptions, Delta, Prompt, Provider
from providers.errors import ProviderError
from providers.execution.retry import RetryBudget
from providers.records import Status, Verdict
from providers.shared import Guards, Shared
from tests.support.ensembles import SETTINGS
from tests.support.providers import FakeProvider
from tests.support.vendors.authority import make_authority
from tests.support.vendors.faults import CANARY, Fault
from tests.support.vendors.gemini import GeminiProtocol
from tests.support.vendors.ollama import OllamaProtocol
from tests.support.vendors.openai import OpenAIProtocol
from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import FakeServer
from tests.support.vendors.watsonx import WatsonxProtocol

PROTOCOLS: dict[str, type[Protocol]] = {
    "openai": OpenAIProtocol,
    "gemini": GeminiProtocol,
    "ollama": OllamaProtocol,
    "watsonx": WatsonxProtocol,
}
PROMPT = Prompt(text="Write a Dockerfile.", system="You are careful.")
SLOW_DEADLINE = 1.0
SLACK = 0.5
OTHER_ANSWER = "The other member's answer."


@dataclass
class Stage:
    """A vendor's fake that listens, and a provider set up for it."""

    protocol: Protocol
    server: FakeServer
    provider: Provider


@contextlib.asynccontextmanager
async def stage(vendor: str, folder: Path, *, key: str = CANARY, model: str = "model-a") -> AsyncIterator[Stage]:
    """Start the vendor's fake and make a provider for it; both are closed at the end."""
    protocol = PROTOCOLS[vendor](key=key)
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    tls = None
    if vendor == "watsonx":
        authority = make_authority(folder)
        tls, settings = authority.server, settings.model_copy(update={"watsonx_ca_file": authority.ca_file})
    async with FakeServer(protocol.handle, tls=tls).running() as server:
        config: dict[str, object] = {"api_key": key, "base_url": server.url + ("/v1" if vendor == "openai" else "")}
        if vendor == "watsonx":
            config |= {"project_id": "project-1", "auth_url": server.url + "/identity/token"}
        provider = vendors.make(vendor, model=model, config=config, settings=settings)
        try:
            yield Stage(protocol, server, provider)
        finally:
            await provider.aclose()


async def ask(provider: Provider, *, stream: bool, deadline_s: float = 30.0, **options: object) -> tuple[Answer, list[Delta]]:
    """Ask once; returns the answer and the pieces that were streamed."""
    pieces: list[Delta] = []

    async def keep(delta: Delta) -> None:
        pieces.append(delta)

    call = CallOptions(deadline=time.monotonic() + deadline_s, **options)  # type: ignore[arg-type]
    return await provider.complete(PROMPT, call, keep if stream else None), pieces


async def check_fault(vendor: str, fault: Fault, stream: bool, folder: Path) -> None:
    """The fault becomes the right class, in time, in one call, and no text of the error knows the key.

    The vendor is asked alone and, at the same time, in an ensemble, where the other member's answer comes back in time.
    """
    async with stage(vendor, folder) as at, FakeServer(at.protocol.handle).running() as elsewhere:
        at.protocol.elsewhere = elsewhere.url
        if fault.slow:
            await ask(at.provider, stream=stream)  # the SDK is loaded, so that the time measured is the call's
            at.server.requests.clear()
        at.protocol.fault = fault.act
        deadline_s = SLOW_DEADLINE if fault.slow else 30.0
        async with _lag() as lag:
            started = time.monotonic()
            error, verdict = await asyncio.gather(_error_of(at.provider, stream, deadline_s), _beside(at.provider, stream, deadline_s))
            taken = time.monotonic() - started
        assert type(error) is fault.expected, f"{error!r}"
        if fault.slow:
            assert taken <= deadline_s + SLACK + lag.worst
        generated = sum(at.protocol.generates(request) for request in at.server.requests)
        assert generated == 2  # once alone, once in the ensemble
        assert elsewhere.connections == 0
        assert error.vendor == vendor
        assert error.status == (fault.status if fault.status is not None else error.status)
        assert_safe(error)
        assert_others_answered(verdict, fault)
    if fault.status in (429, 503):
        expected = {"rate limited": 7.0, "maintenance": 30.0}.get(fault.name)
        assert error.retry_after == expected


def assert_safe(error: ProviderError) -> None:
    """No text that can be had from the error holds the key or a part of it; nothing stands behind it."""
    assert error.__cause__ is None
    assert error.__context__ is None
    texts = [error.message, str(error), repr(error), *map(str, error.args), "".join(traceback.format_exception(error))]
    for text in texts:
        assert CANARY not in text
        assert CANARY[3:11] not in text
        assert "<html" not in text.lower()
    assert 0 < len(error.message) < 400
    assert "\n" not in error.message
    assert error.message.endswith("."), error.message


def assert_others_answered(verdict: Verdict, fault: Fault) -> None:
    """The ensemble has the other member's answer, the fault is a line with its class, and nothing that is reported holds the key."""
    assert verdict.text == OTHER_ANSWER
    failed, answered = verdict.candidates
    assert (failed.status, answered.status) == (Status.ERROR, Status.SUCCESS)
    assert failed.error is not None
    assert failed.error.kind == fault.expected.__name__
    told = repr(report.of_verdict(verdict))
    assert CANARY not in told
    assert CANARY[3:11] not in told


async def _beside(provider: Provider, stream: bool, deadline_s: float) -> Verdict:
    """Ask an ensemble of this member and one that answers; nothing is tried again, so that every case is one call."""
    members = [provider, FakeProvider(OTHER_ANSWER)]
    ensemble = EnsembleProvider(
        members, settings=SETTINGS, guards=Guards(shared=NoRetries()), timeout=deadline_s, min_responses=1, streaming=stream
    )
    return await ensemble.run(PROMPT)


class NoRetries(Shared):
    """What a process knows of vendors, without a retry to spend."""

    def retries(self, owner: str, provider: Provider, capacity: float) -> RetryBudget:
        return RetryBudget(0.0)


async def _error_of(provider: Provider, stream: bool, deadline_s: float) -> ProviderError:
    try:
        answer, _ = await ask(provider, stream=stream, deadline_s=deadline_s)
    except ProviderError as error:
        return error
    raise AssertionError(f"an answer came instead of an error: {answer!r}")


@dataclass
class Lag:
    """The worst delay of the event loop while something was measured: a busy machine's part of the time."""

    worst: float = 0.0


@contextlib.asynccontextmanager
async def _lag() -> AsyncIterator[Lag]:
    lag = Lag()

    async def tick() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.02)
            lag.worst += max(0.0, time.monotonic() - before - 0.05)

    task = asyncio.create_task(tick())
    try:
        yield lag
    finally:
        task.cancel()
