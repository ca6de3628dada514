"""An experiment's results for other programs and for readers: CSV, JSON, text. No key, no setting and no address is in them."""

from __future__ import annotations

import csv
import dataclasses
import io
from typing import Any

import orjson

from engine.experiments.figures import notes_of
from engine.experiments.records import Outcome, Question, Recorded, Results, Row, Share

FIGURES = (
    "configuration", "asked", "right", "accuracy", "low", "high", "failed", "not_asked", "score", "consensus",
    "p50_ms", "p95_ms", "cost_usd", "unpriced_runs",
)  # fmt: skip
RUNS = ("question", "configuration", "outcome", "measure", "consensus", "latency_ms", "cost_usd", "winner", "answer", "problem")
LONGEST_ANSWER = 2_000


def figures_csv(results: Results) -> str:
    """Return a line a configuration; what is unknown is empty."""
    return _csv(FIGURES, [_figures(row) for row in results.rows])


def runs_csv(results: Results) -> str:
    """Return a line a question and configuration, with the answer."""
    return _csv(RUNS, [_run(entry) for entry in results.recorded])


def document(results: Results, questions: dict[str, Question]) -> dict[str, Any]:
    """Return everything as plain data, the members' answers too."""
    return {
        "title": results.title,
        "finished": results.finished,
        "configurations": [
            _figures(row)
            | {
                "reliability_by_size": [dataclasses.asdict(point) for point in row.curve],
                "ablation": [{"strategy": entry.strategy, "used": entry.used, "no_answer": entry.none} | _share(entry.share)
                             for entry in row.ablation],
                "members_alone": [{"member": entry.member} | _share(entry.share) for entry in row.alone],
            }
            for row in results.rows
        ],
        "best": [dataclasses.asdict(entry) for entry in results.best],
        "notes": list(notes_of(results)),
        "questions": [dataclasses.asdict(question) for question in questions.values()],
        "runs": [
            _run(entry)
            | {
                "members": [
                    {
                        "member": candidate.member.id,
                        "status": candidate.status.value,
                        "answer": candidate.answer.text[:LONGEST_ANSWER] if candidate.answer else None,
                        "latency_ms": candidate.latency_ms,
                        "cost_usd": candidate.cost_usd,
                        "error": candidate.error.kind if candidate.error else None,
                    }
                    for candidate in entry.candidates
                ]
            }
            for entry in results.recorded
        ],
    }  # fmt: skip


def json_bytes(results: Results, questions: dict[str, Question]) -> bytes:
    """Return the document as indented JSON."""
    return orjson.dumps(document(results, questions), option=orjson.OPT_INDENT_2)


def text(results: Results) -> str:
    """Return the results for a terminal."""
    width = max([len(row.configuration) for row in results.rows] + [13])
    lines = [results.title, "", f"{'configuration':<{width}}  accuracy  95 % interval  score  consensus      p50      p95      cost"]
    for row in results.rows:
        share = row.accuracy
        cells = (
            f"{'–' if share.value is None else f'{share.right}/{share.of}':>8}",
            f"{'–' if share.value is None else f'{share.low:.0%} to {share.high:.0%}':>13}",
            f"{_or_dash(row.score, '.2f'):>5}",
            f"{_or_dash(row.consensus, '.0%'):>9}",
            f"{_or_dash(row.p50_ms, '.0f', ' ms'):>7}",
            f"{_or_dash(row.p95_ms, '.0f', ' ms'):>7}",
            f"{_cost(row):>8}",
        )
        lines.append(f"{row.configuration:<{width}}  {'  '.join(cells)}")
    for best in results.best:
        who = best.configuration or "nobody"
        lines += ["", f"{best.word}: {who}{f' ({best.figure})' if best.figure else ''}", f"  {best.how}"]
    for row in results.rows:
        if row.curve:
            lines += ["", f"Reliability of {row.configuration} by size: " + ", ".join(f"{at.size}: {at.value:.0%}" for at in row.curve)]
        if row.ablation:
            told = ", ".join(f"{entry.strategy} {entry.share.value:.0%}" for entry in row.ablation if entry.share.value is not None)
            lines.append(f"  The same answers by each strategy: {told}")
    notes = notes_of(results)
    return "\n".join([*lines, *(["", *(f"- {note}" for note in notes)] if notes else [])])


def _figures(row: Row) -> dict[str, Any]:
    share = row.accuracy
    values = (
        row.configuration, share.of, share.right, share.value, share.low if share.of else None, share.high if share.of else None,
        row.failed, row.not_asked, row.score, row.consensus, row.p50_ms, row.p95_ms, row.cost_usd, row.unpriced,
    )  # fmt: skip
    return dict(zip(FIGURES, values, strict=True))


def _run(entry: Recorded) -> dict[str, Any]:
    known = entry.outcome is not Outcome.NOT_ASKED
    values = (
        entry.question, entry.configuration, entry.outcome.value, entry.measure if known else None, entry.consensus, entry.latency_ms,
        entry.cost_usd, entry.winner, entry.text[:LONGEST_ANSWER], entry.problem,
    )  # fmt: skip
    return dict(zip(RUNS, values, strict=True))


def _share(share: Share) -> dict[str, Any]:
    return {"right": share.right, "of": share.of, "accuracy": share.value, "low": share.low, "high": share.high}


def _csv(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@") else value


def _or_dash(value: float | None, form: str, unit: str = "") -> str:
    return "–" if value is None else f"{value:{form}}{unit}"


def _cost(row: Row) -> str:
    if not row.accuracy.of:
        return "–"
    return "unknown" if row.cost_usd is None else "free" if row.cost_usd == 0 else f"${row.cost_usd:.4f}"
