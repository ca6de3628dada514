"""What hedging does to the slowest calls, next to no hedge, a simple hedge and the ideal, in one run.

A fake vendor answers after 200 ms, and one call in twenty takes ten times as long. Every client asks it the same number of questions,
so many at a time, in turns, so that a busy machine treats all alike. The simple hedge makes a second call after a fixed delay; ours
measures its delay, keeps a budget and cancels the loser. The ideal is computed: the delay, then one ordinary call.

    python benchmarks/hedging.py --calls 2000 --at-once 20

Targets: p99 <= 1.05 x (delay + service), at most 6 % of the calls on top.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from config import Settings  # noqa: E402
from providers import EnsembleProvider  # noqa: E402
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt  # noqa: E402
from providers.pace import Paces  # noqa: E402

SERVICE_S, SLOW_S, SLOW_SHARE = 0.2, 2.0, 0.05
SIMPLE_DELAY_S = 0.205
TARGET_TAIL, TARGET_EXTRA = 1.05, 0.06

Ask = Callable[[], Awaitable[object]]


class Vendor:
    """One endpoint of the fake vendor; its slow calls are drawn from a seed, so that every client meets the same share of them."""

    label = "Fake"
    id = "fake"

    def __init__(self, model: str, seed: int):
        self.model = model
        self.calls = 0
        self.cancelled = 0
        self._dice = random.Random(seed)

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer after the time that was drawn."""
        self.calls += 1
        began = time.monotonic()
        try:
            await asyncio.sleep(SLOW_S if self._dice.random() < SLOW_SHARE else SERVICE_S)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if on_delta is not None:
            await on_delta(Delta("yes"))
        return Answer(text="yes", model=self.model, latency_ms=(time.monotonic() - began) * 1000)

    async def models(self) -> tuple[str, ...]:
        """Return the only one."""
        return (self.model,)

    async def aclose(self) -> None:
        """Do nothing."""


async def plain(vendor: Vendor) -> object:
    return await vendor.complete(Prompt(text="?"), CallOptions())


async def simple(first: Vendor, second: Vendor) -> object:
    """Hedge as people write it by hand: a second call after a fixed delay, the first answer wins."""
    tasks = [asyncio.ensure_future(plain(first))]
    try:
        done, _ = await asyncio.wait(tasks, timeout=SIMPLE_DELAY_S)
        if not done:
            tasks.append(asyncio.ensure_future(plain(second)))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()


async def measure(ask: Ask, calls: int, at_once: int) -> tuple[list[float], float]:
    """Return the milliseconds of each question in order of size, and the CPU milliseconds of one."""
    times: list[float] = []
    left = calls

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            began = time.perf_counter()
            await ask()
            times.append((time.perf_counter() - began) * 1000)

    cpu = time.process_time()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return sorted(times), (time.process_time() - cpu) * 1000 / calls


def at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))]


async def main(calls: int, at_once: int) -> int:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    paces = Paces()

    def ensemble(seed: int, kept: Paces) -> tuple[EnsembleProvider, list[Vendor]]:
        pair = [Vendor("first", seed), Vendor("second", seed + 1)]
        return EnsembleProvider(pair, execution="hedged", paces=kept, settings=settings), pair

    warm, _ = ensemble(1, paces)
    await measure(lambda: warm.run("?"), 200, at_once)  # imports, and what must be measured first
    print(f"{calls} questions, {at_once} at a time; {SERVICE_S * 1000:.0f} ms, {SLOW_SHARE:.0%} of the calls {SLOW_S * 1000:.0f} ms\n")
    print(f"{'':<34}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'p99.9 ms':>10}{'extra calls':>13}{'CPU ms':>8}")
    alone = Vendor("alone", 11)
    left, right = Vendor("first", 21), Vendor("second", 22)
    ours, pair = ensemble(31, paces)
    tail = extra = 0.0
    for name, ask, vendors in (
        ("no hedge", lambda: plain(alone), [alone]),
        ("simple hedge, delay 205 ms", lambda: simple(left, right), [left, right]),
        ("ours, delay measured", lambda: ours.run("?"), pair),
    ):
        times, cpu = await measure(ask, calls, at_once)
        tail, extra = at(times, 0.99), sum(vendor.calls for vendor in vendors) / calls - 1
        figures = "".join(f"{at(times, share):>9.0f}" for share in (0.5, 0.95, 0.99)) + f"{at(times, 0.999):>10.0f}"
        print(f"{name:<34}{figures}{extra:>12.1%}{cpu:>9.2f}")
    delay = paces.of(ours.members[0]).delay or 0.0
    ideal = (delay + SERVICE_S) * 1000
    print(f"{'ideal: delay + service':<34}{SERVICE_S * 1000:>9.0f}{'':>9}{ideal:>9.0f}{ideal:>10.0f}{SLOW_SHARE:>12.1%}")
    met = "met" if tail <= TARGET_TAIL * ideal and extra <= TARGET_EXTRA else "missed"
    print(f"\nours: p99 / (delay {delay * 1000:.0f} ms + service) = {tail / ideal:.3f} (target <= {TARGET_TAIL}), extra {extra:.1%}: {met}")
    return 0


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--calls", type=int, default=2000)
    arguments.add_argument("--at-once", type=int, default=20)
    given = arguments.parse_args()
    sys.exit(asyncio.run(main(given.calls, given.at_once)))
