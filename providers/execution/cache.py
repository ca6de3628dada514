"""Give an answer that was given before to the same ask again, without a call."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import orjson

from providers.answerstore import AnswerStore
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt, Provider
from providers.wrapper import Wrapper


class Reuse(StrEnum):
    """Which asks may be answered by an earlier answer. At temperature 0, or with a seed, a model is asked to repeat itself anyway."""

    NEVER = "never"
    REPEATABLE = "repeatable"
    ALWAYS = "always"


class Cache(Wrapper):
    """Looks the ask up first, and keeps what `inner` answers. An answer from the store says so: `cached`, and costs nothing.

    `whose` sets one user with one key apart from all others: what is kept for one is never given to another.
    """

    def __init__(self, inner: Provider, store: AnswerStore, reuse: Reuse, whose: bytes):
        super().__init__(inner)
        self._store = store
        self._reuse = reuse
        self._whose = whose

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer from the store where that is wanted and possible, in one piece; else as `inner` does."""
        if not may_reuse(self._reuse, options):
            return await self.inner.complete(prompt, options, on_delta)
        key = digest(self, self._whose, prompt, options)
        kept = await self._store.get(key)
        if kept is not None:
            if on_delta is not None:
                await on_delta(Delta(kept.text))
            return kept
        answer = await self.inner.complete(prompt, options, on_delta)
        await self._store.put(key, answer)
        return answer


def may_reuse(reuse: Reuse, options: CallOptions) -> bool:
    """Tell whether this ask may be answered by an earlier answer."""
    return reuse is Reuse.ALWAYS or (reuse is Reuse.REPEATABLE and (options.temperature == 0 or options.seed is not None))


def digest(provider: Provider, whose: bytes, prompt: Prompt, options: CallOptions) -> bytes:
    """Return what an ask is kept under: everything that decides its answer, as one hash. Nothing can be read back from it."""
    ask = [provider.id, provider.model, prompt.system, prompt.text, options.temperature, options.max_tokens, options.seed, options.logprobs]
    ask += [hashlib.blake2b(image.data, digest_size=32).hexdigest() for image in prompt.images]
    return hashlib.blake2b(orjson.dumps(ask), digest_size=32, key=whose[:64]).digest()
