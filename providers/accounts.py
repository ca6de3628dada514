"""Who has spent what today, and what a run may still spend: the ledger, one user's account, and the purse of one run."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from providers.database import Database
from providers.pricing import Estimate

KEPT_DAYS = 400
MAX_OWNERS = 1_000
"""Users whose day is kept in memory where there is no file."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS spent (
    day TEXT NOT NULL, owner TEXT NOT NULL, vendor TEXT NOT NULL,
    calls INTEGER NOT NULL, tokens INTEGER NOT NULL, usd REAL NOT NULL,
    PRIMARY KEY (day, owner, vendor)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """What may be spent at most; None for no limit. Dollars count only where a price is known."""

    run_usd: float | None = None
    day_usd: float | None = None
    day_tokens: int | None = None

    @property
    def any(self) -> bool:
        """Tell whether there is a limit at all."""
        return self != Budgets()

    def within(self, other: Budgets) -> Budgets:
        """Return the tighter of both, limit by limit: nobody may set himself more than the operator allows."""
        return Budgets(
            run_usd=_least(self.run_usd, other.run_usd),
            day_usd=_least(self.day_usd, other.day_usd),
            day_tokens=None if (least := _least(self.day_tokens, other.day_tokens)) is None else int(least),
        )


@dataclass(slots=True)
class Day:
    """What one user spent on one day (UTC): dollars in all, tokens and calls by vendor."""

    usd: float = 0.0
    tokens: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)


class Ledger:
    """What users spent, day by day: in a file of the data folder, or in memory only. Users are known by a hash."""

    def __init__(self, path: Path | None = None, today: Callable[[], date] = lambda: datetime.now(UTC).date()):
        self._database = Database(path, SCHEMA) if path is not None else None
        self._today = today
        self._lock = threading.Lock()
        self._memory: OrderedDict[tuple[str, str], Day] = OrderedDict()

    def add(self, owner: str, vendor: str, tokens: int, usd: float) -> None:
        """Book a call; blocking, for a moment."""
        day = self._today().isoformat()

        def book(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO spent VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET"
                " calls = calls + 1, tokens = tokens + excluded.tokens, usd = usd + excluded.usd",
                (day, owner, vendor, tokens, usd),
            )
            db.execute("DELETE FROM spent WHERE julianday(day) < julianday(?) - ?", (day, KEPT_DAYS))

        with self._lock:
            held = self._held(day, owner)
            held.usd += usd
            held.tokens[vendor] += tokens
            held.calls[vendor] += 1
        if self._database is not None:
            self._database.use(book)

    def today(self, owner: str) -> Day:
        """Return what this user spent today, also through other processes; what this one knows where the file cannot be read."""
        day = self._today().isoformat()

        def sums(db: sqlite3.Connection) -> list[tuple[str, int, int, float]]:
            return db.execute("SELECT vendor, calls, tokens, usd FROM spent WHERE day = ? AND owner = ?", (day, owner)).fetchall()

        rows = self._database.use(sums) if self._database is not None else None
        if rows is None:
            with self._lock:
                held = self._held(day, owner)
                return Day(held.usd, Counter(held.tokens), Counter(held.calls))
        found = Day()
        for vendor, calls, tokens, usd in rows:
            found.usd += usd
            found.tokens[vendor] += tokens
            found.calls[vendor] += calls
        return found

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()

    def _held(self, day: str, owner: str) -> Day:
        held = self._memory.setdefault((day, owner), Day())
        self._memory.move_to_end((day, owner))
        while len(self._memory) > MAX_OWNERS:
            self._memory.popitem(last=False)
        return held


class Account:
    """One user's day as this process knows it, with what his calls under way have cost so far."""

    def __init__(self, ledger: Ledger, owner: str):
        self.day = Day()
        self.flying_usd = 0.0
        self._ledger = ledger
        self._owner = owner

    async def refresh(self) -> None:
        """Read the day afresh: other processes spend too, and days end."""
        self.day = await asyncio.to_thread(self._ledger.today, self._owner)

    async def book(self, vendor: str, tokens: int, usd: float) -> None:
        """Book a call that has ended."""
        self.day.usd += usd
        self.day.tokens[vendor] += tokens
        self.day.calls[vendor] += 1
        await asyncio.to_thread(self._ledger.add, self._owner, vendor, tokens, usd)


class Purse:
    """What one run may spend. Its calls say what they have cost so far and are told when that is too much."""

    def __init__(self, budgets: Budgets, account: Account):
        self._budgets = budgets
        self._account = account
        self._spent_usd = 0.0
        self._flying_usd = 0.0

    @property
    def limited(self) -> bool:
        """Tell whether there is anything to watch."""
        return self._budgets.any

    async def refresh(self) -> None:
        """Read afresh what the day has cost so far."""
        await self._account.refresh()

    def refusal(self, estimate: Estimate) -> str:
        """Return why a run of this estimate is not sent, "" where it may be."""
        cost = estimate.cost_usd
        if cost is None:
            return ""
        run, day = self._budgets.run_usd, self._budgets.day_usd
        if run is not None and cost > run:
            return f"This run would cost about {_money(cost)}, more than its budget of {_money(run)}. Nothing was sent. {_WAY_OUT}"
        spent = self._account.day.usd + self._account.flying_usd
        if day is not None and cost > 0 and spent + cost > day:
            return (
                f"This run would cost about {_money(cost)}, and {_money(spent)} of today's budget of {_money(day)} are spent."
                f" Nothing was sent. {_WAY_OUT}"
            )
        return ""

    def too_many_tokens(self, vendor: str, tokens: int) -> str:
        """Return why a call of about so many tokens is not made, "" where it may be."""
        limit = self._budgets.day_tokens
        used = self._account.day.tokens[vendor]
        if limit is None or used + tokens <= limit:
            return ""
        return f"{used:,} of today's {limit:,} tokens for this vendor are used, and this call needs about {tokens:,}."

    def fly(self, more_usd: float) -> str:
        """Take in that a call under way has cost more; return why it must end now, "" where it may go on."""
        self._flying_usd += more_usd
        self._account.flying_usd += more_usd
        run, day = self._budgets.run_usd, self._budgets.day_usd
        spent = self._spent_usd + self._flying_usd
        if run is not None and spent > run:
            return f"The run's budget of {_money(run)} is used up: about {_money(spent)} are spent."
        spent = self._account.day.usd + self._account.flying_usd
        if day is not None and more_usd > 0 and spent > day:
            return f"Today's budget of {_money(day)} is used up: about {_money(spent)} are spent."
        return ""

    async def land(self, flown_usd: float, vendor: str, tokens: int, cost_usd: float, *, book: bool) -> None:
        """Take in that a call has ended and what it really cost; what it was thought to cost while it ran is void."""
        self._flying_usd -= flown_usd
        self._account.flying_usd = max(0.0, self._account.flying_usd - flown_usd)
        self._spent_usd += cost_usd
        if book:
            await self._account.book(vendor, tokens, cost_usd)


_WAY_OUT = "Raise the budget in Advanced parameters or by its setting, or choose cheaper members."


def _least(one: float | None, other: float | None) -> float | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


def _money(usd: float) -> str:
    return f"${usd:,.2f}" if usd >= 1 else f"${usd:.4f}".rstrip("0").ljust(len("$0.00"), "0")
