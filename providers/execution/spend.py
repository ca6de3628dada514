"""Watch what a call costs while it runs, cut it when the run's or the day's budget is used up, and book it when it has ended."""

from __future__ import annotations

import asyncio

from providers import pictures, pricing, tokens
from providers.accounts import Purse
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt, Provider
from providers.errors import BudgetReached
from providers.wrapper import Wrapper

DOLLARS_PER = 1_000_000


class Spend(Wrapper):
    """Raises BudgetReached before the call or in the middle of it. Where there is no limit it only books.

    With a limit in dollars the call always streams, so that it can be cut; a cut or failed call is booked with what it had come to.
    """

    def __init__(self, inner: Provider, purse: Purse, *, book: bool = True):
        super().__init__(inner)
        self._purse = purse
        self._book = book

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, as long as the money lasts."""
        price = pricing.price_of_provider(self)
        if not self._purse.limited:
            answer = await self.inner.complete(prompt, options, on_delta)
            await self._land(0.0, answer)
            return answer
        listed = price if price is not None and price.basis is pricing.Basis.LIST else None
        asked = prompt.tokens + len(prompt.images) * pictures.TOKENS
        if why := self._purse.too_many_tokens(self.id, asked):
            raise BudgetReached(why, vendor=self.id)
        flown, said = 0.0, 0

        def fly(usd: float) -> None:
            nonlocal flown
            flown += usd
            if why := self._purse.fly(usd):
                raise BudgetReached(why, vendor=self.id)

        async def counted(delta: Delta) -> None:
            nonlocal said
            more = tokens.estimate(delta.text)
            said += more
            if listed is not None:
                fly(more * listed.output_usd / DOLLARS_PER)
            if on_delta is not None:
                await on_delta(delta)

        try:
            if listed is not None:
                fly(asked * listed.input_usd / DOLLARS_PER)
            answer = await self.inner.complete(prompt, options, counted if listed is not None else on_delta)
        except BaseException:
            # the vendor charges for what it was asked and had said, but not for a call that was never answered
            charged = flown if said else 0.0
            await asyncio.shield(self._purse.land(flown, self.id, asked + said if said else 0, charged, book=self._book and bool(said)))
            raise
        await self._land(flown, answer)
        return answer

    async def _land(self, flown: float, answer: Answer) -> None:
        used = 0 if answer.cached else (answer.usage.input_tokens or 0) + (answer.usage.output_tokens or 0)
        await self._purse.land(flown, self.id, used, answer.cost_usd or 0.0, book=self._book and not answer.cached)
