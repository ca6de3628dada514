"""The built-in architect as a member: answers structured requests deterministically, with no key and no network."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from importlib import import_module

from architect.request import Rendering, Request, Style
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt
from providers.errors import BadAnswer, InvalidRequest, ModelNotFound, VendorTimeout
from providers.http import remaining
from providers.vendor import Connection, VendorSpec

LOG = logging.getLogger(__name__)
STREAM_SECONDS = 0.25
"""How long the text takes to appear as a whole: readable on the page, no burden on a run."""
STREAM_STEPS = 24


class ArchitectProvider:
    """One house style of the architect. The model's name is the style."""

    def __init__(self, model: str, connection: Connection | None = None):
        self.id = SPEC.id
        self.label = SPEC.label
        self.model = model

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Render the prompt's structured request in this style; raises InvalidRequest for a prompt without one."""
        start = time.monotonic()
        style = self._style()
        request = prompt.request
        if request is None:
            raise InvalidRequest(
                "The architect answers structured requests only: a repository's profile with targets, not free text.", vendor=self.id
            )
        first: float | None = None
        seconds = remaining(options.deadline)
        try:
            async with asyncio.timeout(seconds):
                text = await asyncio.to_thread(_render, request, style)
                if on_delta is not None:
                    first = (time.monotonic() - start) * 1000
                    pause = min(STREAM_SECONDS, remaining(options.deadline) / 4) / STREAM_STEPS
                    for piece in _portions(text, STREAM_STEPS):
                        await on_delta(Delta(piece))
                        await asyncio.sleep(pause)
        except TimeoutError:
            raise VendorTimeout(f"The architect did not finish in time ({seconds:.3g} s).", vendor=self.id) from None
        return Answer(text=text, model=self.model, first_token_ms=first, latency_ms=(time.monotonic() - start) * 1000)

    async def models(self) -> tuple[str, ...]:
        """Return the styles."""
        return tuple(style.value for style in Style)

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""

    def _style(self) -> Style:
        try:
            return Style(self.model)
        except ValueError:
            names = tuple(style.value for style in Style)
            message = f"The architect has no style {self.model!r}; available: {', '.join(names)}."
            raise ModelNotFound(message, available=names, vendor=self.id) from None


def _render(request: Request, style: Style) -> str:
    """Return the answer's text; raises a ProviderError that says in the architect's own words why there is none."""
    from architect.errors import ArchitectError  # it and its templates load on first use

    architect = import_module("architect")
    try:
        rendering: Rendering = architect.render(request, style)
        text: str = architect.answer_text(rendering)
    except ArchitectError as error:
        raise InvalidRequest(f"The architect cannot answer this: {error}", vendor=SPEC.id) from None
    except Exception as error:
        LOG.exception("the architect failed")  # a fault of ours: kept whole in the log, one line in the run
        raise BadAnswer(f"The architect failed on this repository ({type(error).__name__}).", vendor=SPEC.id) from None
    if not text.strip():
        why = " ".join(rendering.notes) or "nothing in the repository was understood well enough; correct the profile first."
        raise BadAnswer(f"The architect generated nothing: {why}", vendor=SPEC.id)
    return text


def _portions(text: str, steps: int) -> Iterator[str]:
    """Cut the text into so many pieces at line ends, about equally long; a short text has fewer."""
    lines = text.splitlines(keepends=True)
    size = max(1, -(-len(lines) // steps))
    for at in range(0, len(lines), size):
        yield "".join(lines[at : at + size])


SPEC = VendorSpec(
    id="architect",
    label="Built-in architect",
    aliases=("Architect", "Omni architect"),
    default_model=Style.LEAN.value,
    suggested_models=tuple(style.value for style in Style),
    factory=ArchitectProvider,
    built_in=True,
)
