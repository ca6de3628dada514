"""The background loop: results come back, cancelling is real, it is bounded, and it ends (SECURITY 36)."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from ui.bridge import Bridge, BridgeBusyError


@pytest.fixture
def bridge():
    made = Bridge(max_pending=64)
    yield made
    made.stop()


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


def test_nothing_runs_before_the_first_call():
    before = threading.active_count()
    Bridge()
    assert threading.active_count() == before


def test_results_and_errors_come_back(bridge):
    async def broken() -> None:
        raise KeyError("no")

    assert bridge.call(double(21), timeout=30) == 42
    with pytest.raises(KeyError):
        bridge.call(broken(), timeout=30)


def test_cancelling_the_future_cancels_the_task(bridge):
    begun, ended = threading.Event(), threading.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    future = bridge.submit(endless())
    assert begun.wait(30)
    future.cancel()
    assert ended.wait(30)
    with pytest.raises(CancelledError):
        future.result(30)


def test_a_call_that_takes_too_long_is_cancelled(bridge):
    ended = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        bridge.call(endless(), timeout=0.05)
    assert ended.wait(30)


def test_more_than_its_bound_is_refused_not_queued():
    small = Bridge(max_pending=2)
    futures = [small.submit(asyncio.sleep(60)) for _ in range(2)]
    with pytest.raises(BridgeBusyError):
        small.submit(double(1))
    futures[0].cancel()
    assert small.call(double(1), timeout=30) == 2
    small.stop()


def test_stopping_ends_tasks_and_thread_and_a_later_call_starts_afresh():
    bridge = Bridge()
    future = bridge.submit(asyncio.sleep(60))
    bridge.stop()
    with pytest.raises(CancelledError):
        future.result(30)
    assert not [thread for thread in threading.enumerate() if thread.name == "omni-bridge" and thread is bridge._thread]
    assert bridge.call(double(2), timeout=30) == 4
    bridge.stop()


def test_eight_threads_with_a_thousand_calls_each_never_hang(bridge):
    def work(start: int) -> int:
        return sum(bridge.call(double(start + number), timeout=60) for number in range(1000))

    with ThreadPoolExecutor(8) as pool:
        sums = list(pool.map(work, range(8), timeout=110))
    assert sums == [sum(2 * (start + number) for number in range(1000)) for start in range(8)]
    assert bridge.pending == 0
