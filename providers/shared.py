"""What a process knows about vendors between runs: breakers, retry budgets, limits, kept answers, accounts; bounded, without keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from providers.accounts import Account, Budgets, Ledger, Purse
from providers.answerstore import AnswerStore
from providers.base import Provider
from providers.events import Event
from providers.execution.breaker import Breaker, BreakerState
from providers.execution.cache import Reuse
from providers.execution.limit import Places, RedisWindows, Turnstile, Window
from providers.execution.retry import RetryBudget
from providers.execution.token_limit import TokenWindow
from providers.pace import Paces

MOST = 2_048
"""Entries of each kind; the one that was quiet longest goes first."""
MOST_OWNERS = 64
"""Users remembered for one breaker, for their own view of it."""
UNGUARDED = frozenset({"architect", "ensemble"})
"""Members without a vendor behind them: the built-in architect, and ensembles, whose own members are guarded."""

T = TypeVar("T")
Listener = Callable[[Event], None]


@dataclass(slots=True)
class _Watched:
    vendor: str
    model: str
    breaker: Breaker
    owners: OrderedDict[str, None]


@dataclass(frozen=True, slots=True)
class BreakerView:
    """One breaker as a page shows it."""

    vendor: str
    model: str
    state: BreakerState
    opens_in_s: float


class Shared:
    """The state itself. What belongs to one user is kept under that user, what belongs to a key under a hash that nothing leads back from.

    `per_minute` are calls a minute and user by vendor id, `*` for all others, 0 for no limit; `tokens_per_minute` the same of tokens.
    """

    def __init__(
        self,
        *,
        per_minute: Mapping[str, int] | None = None,
        tokens_per_minute: Mapping[str, int] | None = None,
        redis_url: str | None = None,
        store: AnswerStore | None = None,
        ledger: Ledger | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.paces = Paces()
        self.store = store
        self.ledger = ledger
        self._per_minute = dict(per_minute or {})
        self._tokens_per_minute = dict(tokens_per_minute or {})
        self._redis = RedisWindows(redis_url) if redis_url else None
        self._clock = clock
        self._salt = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._breakers: OrderedDict[str, _Watched] = OrderedDict()
        self._retries: OrderedDict[tuple[str, str], RetryBudget] = OrderedDict()
        self._turnstiles: OrderedDict[tuple[str, str], Turnstile] = OrderedDict()
        self._token_windows: OrderedDict[tuple[str, str], TokenWindow] = OrderedDict()
        self._accounts: OrderedDict[str, Account] = OrderedDict()

    def breaker(self, owner: str, provider: Provider) -> Breaker:
        """Return the breaker of this vendor, model, address and key."""
        name = self.identity(provider)

        def make() -> _Watched:
            return _Watched(provider.id, provider.model, Breaker(clock=self._clock), OrderedDict())

        with self._lock:
            held = _entry(self._breakers, name, make)
            held.owners[owner] = None
            held.owners.move_to_end(owner)
            while len(held.owners) > MOST_OWNERS:
                held.owners.popitem(last=False)
            return held.breaker

    def retries(self, owner: str, provider: Provider, capacity: float) -> RetryBudget:
        """Return what retries this user's calls to this member may cost; nobody else's outage uses it up."""
        with self._lock:
            return _entry(self._retries, (owner, self.identity(provider)), lambda: RetryBudget(capacity))

    def turnstile(self, owner: str, vendor: str) -> Turnstile | None:
        """Return this user's places at this vendor, None where there is no limit."""
        limit = _limit_of(self._per_minute, vendor)
        if limit <= 0:
            return None

        def make() -> Turnstile:
            alone = Window(limit, clock=self._clock)
            places: Places = alone if self._redis is None else self._redis.window(f"{vendor}/{owner_hash(owner)}", alone)
            return Turnstile(places, limit)

        with self._lock:
            return _entry(self._turnstiles, (owner, vendor), make)

    def token_window(self, owner: str, vendor: str) -> TokenWindow | None:
        """Return this user's tokens of the last minute at this vendor, None where there is no limit."""
        limit = _limit_of(self._tokens_per_minute, vendor)
        if limit <= 0:
            return None
        with self._lock:
            return _entry(self._token_windows, (owner, vendor), lambda: TokenWindow(limit, clock=self._clock))

    def account(self, owner: str) -> Account | None:
        """Return this user's account, None where nothing is booked."""
        ledger = self.ledger
        if ledger is None:
            return None
        with self._lock:
            return _entry(self._accounts, owner, lambda: Account(ledger, owner_hash(owner)))

    def breakers(self, owner: str | None = None) -> tuple[BreakerView, ...]:
        """Return the breakers this user's calls went through, or everybody's."""
        with self._lock:
            held = [entry for entry in self._breakers.values() if owner is None or owner in entry.owners]
        return tuple(BreakerView(entry.vendor, entry.model, entry.breaker.state, entry.breaker.opens_in_s) for entry in held)

    def identity(self, provider: Provider) -> str:
        """Return a name for a provider's vendor, model, address and key that holds none of the latter two."""
        return hmac.new(self._salt, _facts(provider), hashlib.sha256).hexdigest()

    def close(self) -> None:
        """Close the files."""
        if self.store is not None:
            self.store.close()
        if self.ledger is not None:
            self.ledger.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What one user's ensemble goes through on its way to the vendors. `owner` is the user, "" for a program's own ensemble.

    Without a `shared` of the process each ensemble has one of its own: breakers and retry budgets, but no limit, store or ledger.
    """

    shared: Shared = field(default_factory=Shared)
    owner: str = ""
    reuse: Reuse = Reuse.NEVER
    budgets: Budgets = field(default_factory=Budgets)
    listeners: tuple[Listener, ...] = ()

    def purse(self) -> Purse | None:
        """Return a new run's purse, None where nothing is booked and nothing limited."""
        account = self.shared.account(self.owner)
        if account is None:
            if not self.budgets.any:
                return None
            account = Account(Ledger(), owner_hash(self.owner))
        return Purse(self.budgets, account)

    def whose(self, provider: Provider) -> bytes:
        """Return what sets this user with this key apart from all others in the store of answers, also after a restart."""
        return hashlib.sha256(self.owner.encode() + b"\0" + _facts(provider)).digest()


def owner_hash(owner: str) -> str:
    """Return a user's id as it is written down: ids of browsers are secrets."""
    return hashlib.sha256(b"owner:" + owner.encode()).hexdigest()[:32]


def _limit_of(limits: Mapping[str, int], vendor: str) -> int:
    return limits.get(vendor, limits.get("*", 0))


def _facts(provider: Provider) -> bytes:
    """Return vendor, model and connection as bytes that are hashed at once; a provider without a connection is its name alone."""
    inner = getattr(provider, "innermost", provider)
    values: Mapping[str, str] = getattr(inner, "connection_values", MappingProxyType({}))
    parts = [provider.id, provider.model, *(f"{name}={value}" for name, value in sorted(values.items()))]
    return b"\0".join(part.encode() for part in parts)


Key = TypeVar("Key")


def _entry(entries: OrderedDict[Key, T], key: Key, make: Callable[[], T]) -> T:
    """Return the entry under this key, made if there is none; the one used longest ago makes room."""
    held = entries.get(key)
    if held is None:
        held = entries[key] = make()
        while len(entries) > MOST:
            entries.popitem(last=False)
    else:
        entries.move_to_end(key)
    return held
