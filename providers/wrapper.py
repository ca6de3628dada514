"""The base of every wrapper: a Provider around a Provider that changes nothing until a subclass does."""

from __future__ import annotations

from providers.base import Answer, CallOptions, OnDelta, Prompt, Provider


class Wrapper:
    """Passes everything through to `inner`; subclasses override `complete`."""

    def __init__(self, inner: Provider):
        self.inner = inner
        self.id = inner.id
        self.label = inner.label
        self.model = inner.model
        self.own_endpoint: bool = getattr(inner, "own_endpoint", False)

    @property
    def innermost(self) -> Provider:
        """Return what is wrapped, below all wrappers."""
        return self.inner.innermost if isinstance(self.inner, Wrapper) else self.inner

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does."""
        return await self.inner.complete(prompt, options, on_delta)

    async def models(self) -> tuple[str, ...]:
        """Return what `inner` offers."""
        return await self.inner.models()

    async def aclose(self) -> None:
        """Close `inner`."""
        await self.inner.aclose()
