"""Cut off an answer that grows past a size while it streams, so that a vendor gone wild costs no memory."""

from __future__ import annotations

from providers.base import MAX_ANSWER_BYTES, Answer, CallOptions, Delta, OnDelta, Prompt, Provider
from providers.errors import BadAnswer
from providers.wrapper import Wrapper


class Cap(Wrapper):
    """Raises BadAnswer once the streamed or the complete text is longer than `limit` bytes of UTF-8 (SECURITY 26)."""

    def __init__(self, inner: Provider, limit: int = MAX_ANSWER_BYTES):
        super().__init__(inner)
        self._limit = limit

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does; the piece that goes over the limit is not passed on."""
        if on_delta is None:
            answer = await self.inner.complete(prompt, options)
        else:
            received = 0

            async def counted(delta: Delta) -> None:
                nonlocal received
                received += _size(delta.text)
                if received > self._limit:
                    raise self._too_long()
                await on_delta(delta)

            answer = await self.inner.complete(prompt, options, counted)
        if _size(answer.text) > self._limit:
            raise self._too_long()
        return answer

    def _too_long(self) -> BadAnswer:
        return BadAnswer(f"The answer grew past {self._limit // 1024:,} KiB and was cut off.", vendor=self.id)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
