"""Clean a member's answer while it streams and once it is whole, and refuse one that did not end properly."""

from __future__ import annotations

from dataclasses import replace

from providers.base import Answer, CallOptions, Delta, FinishReason, OnDelta, Prompt
from providers.cleaning import Cleaner, clean
from providers.errors import BadAnswer, ContentRefused
from providers.wrapper import Wrapper


class Clean(Wrapper):
    """Removes control, escape and direction characters; an empty, refused or truncated answer is an error (SECURITY 27)."""

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, cleaned."""
        if on_delta is None:
            answer = await self.inner.complete(prompt, options)
        else:
            cleaner = Cleaner()

            async def cleaned(delta: Delta) -> None:
                text = cleaner.feed(delta.text)
                if text is delta.text:
                    await on_delta(delta)
                elif text or delta.logprobs:
                    await on_delta(Delta(text, delta.logprobs))

            answer = await self.inner.complete(prompt, options, cleaned)
            if rest := cleaner.flush():
                await on_delta(Delta(rest))
        if answer.finish_reason is FinishReason.REFUSED:
            raise ContentRefused("The vendor declined to answer this prompt.", vendor=self.id)
        if answer.finish_reason is FinishReason.LENGTH:
            raise BadAnswer("The answer was cut off at the token limit.", vendor=self.id)
        text = clean(answer.text)
        if not text.strip():
            raise BadAnswer("The answer was empty.", vendor=self.id)
        return answer if text is answer.text else replace(answer, text=text)
