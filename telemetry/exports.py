"""What was counted, to take away: calls as CSV, figures and calls as JSON, and a report in words. Never whose they were."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from telemetry.events import CallEnded, RunEnded
from telemetry.figures import Figures, MemberFigures

COLUMNS = (
    "began",
    "run_id",
    "member",
    "vendor",
    "model",
    "answered_as",
    "status",
    "latency_ms",
    "first_token_ms",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "cached",
    "attempts",
    "error",
)
OWN_COLUMNS = ("error_id", "message")
"""Of a call; the latter are added where the calls are the reader's own: whoever has an error id may read its record in the log."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows(calls: Iterable[CallEnded], *, own: bool) -> list[dict[str, Any]]:
    """Return calls as plain rows; the vendors' sentences only where they are the reader's own."""
    columns = (*COLUMNS, *OWN_COLUMNS) if own else COLUMNS
    return [{name: _plain(getattr(call, name), name) for name in columns} for call in calls]


def calls_csv(calls: Sequence[CallEnded], *, own: bool) -> str:
    """Return one line a call with a head; cells that a spreadsheet would take as formulas are quoted."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, *OWN_COLUMNS) if own else COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows(calls, own=own):
        writer.writerow({name: f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for name, cell in row.items()})
    return text.getvalue()


def document(found: Figures, calls: Sequence[CallEnded], *, own: bool) -> bytes:
    """Return the figures and the calls they are from as indented JSON; None is what is not known."""
    whole = {
        "since": _time(found.since),
        "until": _time(found.until),
        "runs": {
            "ended": found.runs,
            "with_verdict": found.verdicts,
            "failed": found.failed,
            "stopped": found.stopped,
            "refused": found.refused,
            "active": len(found.active),
            "success_rate": found.success_rate,
            "p95_ms": found.p95_ms,
            "cost_usd": found.cost_usd,
            "answers_without_a_price": found.unpriced,
            "cache_hits": found.cache_hits,
        },
        "members": [{name: getattr(member, name) for name in MemberFigures.__dataclass_fields__} for member in found.members],
        "calls": rows(calls, own=own),
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def report(found: Figures, *, scope: str, own: bool) -> str:
    """Return the figures as a report in Markdown: what happened, member by member, and what stands out."""
    lines = [
        "# What the members did",
        "",
        f"{scope}, from {_time(found.since)} to {_time(found.until)}.",
        "",
        _runs_in_words(found),
        "",
    ]
    if found.members:
        head = ("member", "requests", "success", "p50", "p95", "p99", "tokens in", "tokens out", "cost", "from cache", "retries")
        lines += ["## Members", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
        lines += [f"| {' | '.join(_cells(member))} |" for member in found.members]
        lines += ["", "Success leaves out cancelled calls; latencies are of answers that were not from the cache, by nearest rank.", ""]
    notes = _notes(found.members)
    if notes:
        lines += ["## What stands out", "", *(f"- {note}" for note in notes), ""]
    if found.errors:
        kinds = Counter(entry.error or "unknown" for entry in found.errors)
        lines += ["## Errors", "", *(f"- {kind}: {count}" for kind, count in kinds.most_common()), ""]
        if own:
            lines += [f"- {_time(entry.began)}, {_who(entry)}: {_cell(entry.message)}" for entry in found.errors[:20]] + [""]
    return "\n".join(lines)


def _runs_in_words(found: Figures) -> str:
    if not found.runs:
        return "No run ended in this time."
    said = [f"{found.verdicts} of {found.runs} runs ended with a verdict"]
    said += [f"{number} {word}" for number, word in ((found.failed, "without one"), (found.stopped, "were stopped")) if number]
    said += [f"{found.refused} were not sent, since they would have cost more than their budget"] if found.refused else []
    sentence = f"{', '.join(said)}."
    if found.success_rate is not None:
        sentence += f" That is a success rate of {found.success_rate:.1%}."
    if found.p95_ms is not None:
        sentence += f" 95 % of the verdicts came within {found.p95_ms / 1000:.1f} s."
    if found.cost_usd is not None:
        sentence += f" The calls cost about ${found.cost_usd:.4f}."
    if found.unpriced:
        sentence += f" For {found.unpriced} answers no price is known; they are not in that sum."
    if found.cache_hits:
        sentence += f" {found.cache_hits} answers came from the cache."
    return sentence


def _notes(members: Sequence[MemberFigures]) -> list[str]:
    notes = []
    rated = [member for member in members if member.success_rate is not None]
    failing = [member for member in rated if member.success_rate is not None and member.success_rate < 1]
    if failing:
        worst = min(failing, key=lambda member: member.success_rate or 0.0)
        notes.append(f"{worst.name} failed {worst.failed} of {worst.failed + worst.succeeded} times, the most in proportion.")
    timed = [member for member in members if member.p95_ms is not None]
    if len(timed) > 1:
        slowest, fastest = max(timed, key=lambda member: member.p95_ms or 0.0), min(timed, key=lambda member: member.p95_ms or 0.0)
        notes.append(
            f"{slowest.name} is the slowest, {(slowest.p95_ms or 0) / 1000:.1f} s at p95;"
            f" {fastest.name} the fastest, {(fastest.p95_ms or 0) / 1000:.1f} s."
        )
    paid = [member for member in members if member.cost_usd]
    whole = sum(member.cost_usd or 0.0 for member in paid)
    if len(paid) > 1:
        dearest = max(paid, key=lambda member: member.cost_usd or 0.0)
        notes.append(f"{dearest.name} took {(dearest.cost_usd or 0.0) / whole:.0%} of the money.")
    retried = [member for member in members if member.retries]
    notes += [f"{member.name} needed {member.retries} further attempts." for member in retried]
    return notes


def _cells(member: MemberFigures) -> tuple[str, ...]:
    rate = "" if member.success_rate is None else f"{member.success_rate:.1%}"
    cost = "unknown" if member.cost_usd is None else f"${member.cost_usd:.4f}"
    if member.unpriced and member.cost_usd is not None:
        cost += f" and {member.unpriced} unknown"
    times = tuple("" if at is None else f"{at / 1000:.2f} s" for at in (member.p50_ms, member.p95_ms, member.p99_ms))
    counts = tuple(member.tokens(count) for count in (member.input_tokens, member.output_tokens))
    return (_cell(member.name), str(member.requests), rate, *times, *counts, cost, str(member.cache_hits), str(member.retries))


def _who(entry: CallEnded | RunEnded) -> str:
    if isinstance(entry, CallEnded):
        return f"{_cell(entry.member)}, {entry.error}, error id {entry.error_id}"
    return f"a run of {entry.members}, {entry.error}" if entry.members else f"a run that was not sent, {entry.error}"


def _cell(text: str) -> str:
    """Return text as it may stand in a table or a list of Markdown: one line, nothing that is read as markup."""
    clean = " ".join(text.split())[:300]
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#!|" else sign for sign in clean)


def _plain(value: object, name: str) -> object:
    if name == "began" and isinstance(value, float):
        return _time(value)
    return str(value) if isinstance(value, str) else value


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
