"""A memory for pure functions of a text, bounded by the characters it holds rather than by their number."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

BUDGET = 1_500_000
"""Characters of input whose results are kept. A tree takes some forty times its text, so this is about 60 MB at worst."""


class Kept(Generic[K, V]):
    """The results used last, by key, thread-safe; a key's weight is given when it is put in."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._held = 0
        self._results: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return what is kept for this key."""
        with self._lock:
            found = self._results.get(key)
            if found is None:
                return None
            self._results.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keep a value; the ones used longest ago make room."""
        with self._lock:
            if key in self._results:
                self._held -= self._results.pop(key)[1]
            self._results[key] = (value, weight)
            self._held += weight
            while self._held > self._budget and self._results:
                self._held -= self._results.popitem(last=False)[1][1]

    def __len__(self) -> int:
        with self._lock:
            return len(self._results)


def keep(weight: Callable[[K], int], budget: int = BUDGET) -> Callable[[Callable[[K], V]], Callable[[K], V]]:
    """Decorate a pure function of one argument so that its results are kept; exceptions are not."""

    def decorate(function: Callable[[K], V]) -> Callable[[K], V]:
        results: Kept[K, V] = Kept(budget)

        @wraps(function)
        def kept(argument: K) -> V:
            found = results.get(argument)
            if found is None:
                found = function(argument)
                results.put(argument, found, weight(argument) + 100)
            return found

        return kept

    return decorate


def text_length(text: str) -> int:
    """Weigh a text by its characters."""
    return len(text)
