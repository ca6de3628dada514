"""Members that follow a script: text, delay, drip, error, hang, deafness to cancellation, streamed pieces, log-probabilities."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from artifacts.records import Artifact, Assessment, Decision, Kind
from providers.base import Answer, CallOptions, Delta, FinishReason, OnDelta, Prompt, Usage
from providers.errors import ProviderError

_NUMBER = count()


@dataclass(eq=False, kw_only=True)
class Script:
    """What a member does when it is asked. `failures` are raised one a call before it answers; `error` on every call."""

    text: str = "hello"
    delay: float = 0.0
    pieces: Sequence[str] = ()
    gap: float = 0.0
    error: Exception | None = None
    failures: Sequence[Exception] = ()
    hang: bool = False
    deaf: bool = False
    finish: FinishReason = FinishReason.STOP
    usage: Usage = field(default_factory=Usage)
    mean_logprob: float | None = None
    logprobs: tuple[float, ...] = ()
    reply: Callable[[Prompt], str] | None = None


class FakeProvider:
    """A scripted member that counts its calls and how they ended."""

    def __init__(self, text: str = "hello", *, model: str = "", vendor: str = "fake", label: str = "", **script: object):
        self.id = vendor
        self.model = model or f"m{next(_NUMBER)}"
        self.label = label or f"Fake {self.model}"
        self.script = Script(text=text, **script)  # type: ignore[arg-type]
        self.calls = 0
        self.open = 0
        self.peak = 0
        self.cancelled = 0
        self.closed = 0
        self.passed_on = 0
        self.seen: list[tuple[Prompt, CallOptions]] = []

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        self.calls += 1
        self.open += 1
        self.peak = max(self.peak, self.open)
        self.seen.append((prompt, options))
        try:
            return await self._act(prompt, on_delta)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.open -= 1

    async def _act(self, prompt: Prompt, on_delta: OnDelta | None) -> Answer:
        script = self.script
        if script.deaf:
            await _deaf()
        if script.hang:
            await asyncio.Event().wait()
        if script.delay:
            await asyncio.sleep(script.delay)
        if self.calls <= len(script.failures):
            raise script.failures[self.calls - 1]
        text = script.reply(prompt) if script.reply else script.text
        pieces = script.pieces or (text,)
        if on_delta is not None:
            for piece in pieces:
                await on_delta(Delta(piece, script.logprobs))
                self.passed_on += 1
                if script.gap:
                    await asyncio.sleep(script.gap)
        elif script.gap:
            await asyncio.sleep(script.gap * len(pieces))
        if script.error is not None:
            raise script.error
        return Answer(
            text="".join(pieces), model=self.model, finish_reason=script.finish, usage=script.usage, mean_logprob=script.mean_logprob
        )

    async def models(self) -> tuple[str, ...]:
        return (self.model,)

    async def aclose(self) -> None:
        self.closed += 1


async def _deaf() -> None:
    """Wait for ever, swallowing the first cancellation, as a badly written SDK would."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


def failing(error: ProviderError, **kwargs: object) -> FakeProvider:
    """Return a member that always fails in this way."""
    return FakeProvider(error=error, **kwargs)  # type: ignore[arg-type]


def assessment(
    *,
    score: float = 0.9,
    clean: bool = True,
    port: str = "8000",
    base: str = "python:3.12-slim",
    name: str = "Dockerfile",
    problem: str = "",
) -> Assessment:
    """Return an assessment of one Dockerfile with two decisions, the port being a blocking one."""
    artifact = Artifact(name, f"FROM {base}\nEXPOSE {port}\n", Kind.DOCKERFILE)
    decisions = (Decision(name, "port", port, 2, blocking=True), Decision(name, "base_image", base, 1))
    problems = () if clean else (problem or "It does not parse.",)
    return Assessment((artifact,), decisions, (), (), (), score, clean, problems)


def judge_by(table: dict[str, Assessment]) -> Callable[..., object]:
    """Return an assess function that looks the text up; what is not in the table is plain text."""

    async def assess(text: str, expectations: object = None) -> Assessment:
        await asyncio.sleep(0)
        return table.get(text) or Assessment((), (), (), (), (), 0.0, True)

    return assess
