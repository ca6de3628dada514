"""The history of runs: every verdict with its prompt, in an embedded database in the user's data folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from artifacts.records import Expectations
from providers.records import Verdict

if TYPE_CHECKING:
    from pydantic import TypeAdapter

KEPT_RUNS = 500
"""Runs kept for one owner; the oldest go first."""

KEPT_PATHS = 2_000

BUSY_S = 5.0
"""How long another writer is waited for."""

SUMMARY = "id, created_at, workspace, targets, preset, strategy, instruction, winner, score, consensus, latency_ms, cost_usd"
"""The columns of a line of the history: a list must not read every verdict."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL,
    workspace TEXT NOT NULL,
    targets TEXT NOT NULL,
    preset TEXT NOT NULL,
    strategy TEXT NOT NULL,
    instruction TEXT NOT NULL,
    prompt TEXT NOT NULL,
    winner TEXT,
    score REAL,
    consensus REAL NOT NULL,
    latency_ms REAL NOT NULL,
    cost_usd REAL,
    verdict BLOB NOT NULL,
    expectations BLOB
);
CREATE INDEX IF NOT EXISTS runs_by_owner ON runs (owner, created_at DESC);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of the history. `created_at` is UTC; `cost_usd` None where a price is unknown."""

    id: str
    created_at: datetime
    workspace: str
    targets: tuple[str, ...]
    preset: str
    strategy: str
    instruction: str
    winner: str | None
    score: float | None
    consensus: float
    latency_ms: float
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run that can be reopened: its line of the history, the exact prompt that was sent, the whole verdict.

    `expectations` are what its candidates were judged by, so that a changed verdict is judged by the same.
    """

    summary: RunSummary
    prompt: str
    verdict: Verdict
    expectations: Expectations | None = None


class HistoryProblem(Exception):
    """The history cannot be read or written; the message says why and what to do. No verdict depends on it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RunStore:
    """Runs of all owners in one file; an owner (a browser, or `cli`) sees its own only. Every method may raise HistoryProblem."""

    def __init__(self, path: Path) -> None:
        """Use this file, made with mode 0600 on first use."""
        self._path = path

    def save(
        self,
        verdict: Verdict,
        *,
        owner: str,
        workspace: str,
        targets: tuple[str, ...],
        preset: str,
        instruction: str,
        prompt: str,
        expectations: Expectations | None = None,
    ) -> RunSummary:
        """Keep a verdict and return its line of the history; the oldest runs beyond KEPT_RUNS are removed."""
        score = verdict.assessment.score if verdict.assessment else None
        summary = RunSummary(
            id=verdict.run_id,
            created_at=datetime.now(UTC),
            workspace=workspace,
            targets=targets,
            preset=preset,
            strategy=verdict.strategy,
            instruction=instruction,
            winner=verdict.winner,
            score=score,
            consensus=verdict.consensus,
            latency_ms=verdict.latency_ms,
            cost_usd=verdict.cost_usd,
        )
        row = (
            summary.id,
            owner,
            summary.created_at.isoformat(),
            workspace,
            orjson.dumps(targets).decode(),
            preset,
            summary.strategy,
            instruction,
            prompt,
            summary.winner,
            score,
            summary.consensus,
            summary.latency_ms,
            summary.cost_usd,
            _codec(Verdict).dump_json(verdict),
            None if expectations is None else _codec(Expectations).dump_json(_bounded(expectations)),
        )
        with self._database() as db:
            db.execute(f"INSERT OR REPLACE INTO runs VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
            db.execute(
                "DELETE FROM runs WHERE owner = ? AND id NOT IN (SELECT id FROM runs WHERE owner = ? ORDER BY created_at DESC LIMIT ?)",
                (owner, owner, KEPT_RUNS),
            )
        return summary

    def recent(self, owner: str, *, workspace: str | None = None, limit: int = 50) -> tuple[RunSummary, ...]:
        """Return this owner's runs, newest first, optionally of one workspace."""
        where, values = ("owner = ?", [owner]) if workspace is None else ("owner = ? AND workspace = ?", [owner, workspace])
        with self._database() as db:
            rows = db.execute(f"SELECT {SUMMARY} FROM runs WHERE {where} ORDER BY created_at DESC LIMIT ?", (*values, limit))  # noqa: S608
            return tuple(_summary(row) for row in rows)

    def verdicts(self, owner: str, *, limit: int = 30) -> tuple[Verdict, ...]:
        """Return this owner's newest verdicts; those another version of the program kept and this one cannot read are left out."""
        with self._database() as db:
            rows = db.execute("SELECT verdict FROM runs WHERE owner = ? ORDER BY created_at DESC LIMIT ?", (owner, limit)).fetchall()
        found = []
        for row in rows:
            with suppress(ValueError):
                found.append(_codec(Verdict).validate_json(row["verdict"]))
        return tuple(found)

    def find(self, owner: str, run_id: str) -> RunSummary | None:
        """Return one line of this owner's history, None when there is none of this id."""
        with self._database() as db:
            row = db.execute(f"SELECT {SUMMARY} FROM runs WHERE owner = ? AND id = ?", (owner, run_id)).fetchone()  # noqa: S608
        return None if row is None else _summary(row)

    def load(self, owner: str, run_id: str) -> RunRecord:
        """Return one of this owner's runs; KeyError when there is none of this id."""
        with self._database() as db:
            row = db.execute("SELECT * FROM runs WHERE owner = ? AND id = ?", (owner, run_id)).fetchone()
        if row is None:
            raise KeyError(run_id)
        kept = row["expectations"]
        try:
            expectations = None if kept is None else _codec(Expectations).validate_json(kept)
            return RunRecord(_summary(row), row["prompt"], _codec(Verdict).validate_json(row["verdict"]), expectations)
        except ValueError as error:
            raise HistoryProblem("This run was kept by another version of the program and cannot be read. Generate it again.") from error

    def update(self, owner: str, verdict: Verdict) -> None:
        """Keep a run's verdict as the user changed it; nothing happens when this owner has no run of this id."""
        score = verdict.assessment.score if verdict.assessment else None
        with self._database() as db:
            db.execute(
                "UPDATE runs SET winner = ?, score = ?, verdict = ? WHERE owner = ? AND id = ?",
                (verdict.winner, score, _codec(Verdict).dump_json(verdict), owner, verdict.run_id),
            )

    def delete(self, owner: str, run_id: str) -> None:
        """Forget one of this owner's runs; nothing happens when there is none of this id."""
        with self._database() as db:
            db.execute("DELETE FROM runs WHERE owner = ? AND id = ?", (owner, run_id))

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self._path.exists():
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(self._path, timeout=BUSY_S)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(SCHEMA)
                with connection:
                    yield connection
        except (sqlite3.Error, OSError) as error:
            raise HistoryProblem(self._sentence(error)) from error

    def _sentence(self, error: sqlite3.Error | OSError) -> str:
        if isinstance(error, sqlite3.OperationalError | OSError):
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            if "locked" in why:
                return "The history of runs is in use by another program. Try again in a moment."
            return (
                f"The history of runs {self._path} cannot be used: {why.lower()}. Free the disk, or set OMNI_DATA_DIR to a folder you own."
            )
        return f"The history of runs {self._path} is damaged. Move that file away; a new one is made with the next run."


def _summary(row: sqlite3.Row) -> RunSummary:
    return RunSummary(
        id=row["id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        workspace=row["workspace"],
        targets=tuple(orjson.loads(row["targets"])),
        preset=row["preset"],
        strategy=row["strategy"],
        instruction=row["instruction"],
        winner=row["winner"],
        score=row["score"],
        consensus=row["consensus"],
        latency_ms=row["latency_ms"],
        cost_usd=row["cost_usd"],
    )


def _bounded(expectations: Expectations) -> Expectations:
    """Leave out the list of known paths where it is long: it would outweigh everything else that is kept."""
    known = expectations.known_paths
    return expectations if known is None or len(known) <= KEPT_PATHS else replace(expectations, known_paths=None)


@lru_cache(maxsize=4)
def _codec(record: type[Any]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(record)
