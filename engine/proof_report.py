"""What a proof says in a terminal or to a program: a table of the images, the facts of each, and the whole as plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from engine.proving.records import STEP_LABELS, ImageProof, LineEvent, Outcome, Proof, ProofEvent, StepEvent

HEADINGS = ("image", "built", "size", "layers", "ready", "healthy", "port", "answers", "uid", "read-only", "stops", "proved")
_MARKS = {Outcome.PASSED: "yes", Outcome.FAILED: "NO", Outcome.NOT_CHECKED: "not checked", Outcome.RUNNING: "..."}


def proof_text(proof: Proof) -> str:
    """Return a proof for people: the table, then each image's facts, then notes."""
    if proof.not_proved and not proof.images:
        return f"not proved: {proof.not_proved}"
    word = "Proved" if proof.ok else "NOT proved: tried"
    lines = [f"{word} with {proof.engine} in {proof.seconds:.0f} s", "", *table([(image.path, image) for image in proof.images])]
    for image in proof.images:
        lines += ["", image.path]
        lines += [f"  {_MARKS[fact.outcome]:<11}  {STEP_LABELS[fact.step]}: {fact.text}" for fact in image.facts]
        if not image.ok and image.log:
            lines += ["  its last words:", *(f"    {line}" for line in image.log[-12:])]
    lines += ["", *(f"note: {note}" for note in proof.notes)] if proof.notes else []
    return "\n".join(lines)


def table(rows: Sequence[tuple[str, ImageProof]]) -> list[str]:
    """Return the images as an aligned table, one row a name and its image."""
    cells = [HEADINGS, *(_row(name, image) for name, image in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def proof_data(proof: Proof) -> dict[str, Any]:
    """Return a proof as plain data for JSON; the keys are the records' fields."""
    data = dataclasses.asdict(proof)
    for image, made in zip(data["images"], proof.images, strict=True):
        image["ok"] = made.ok
    return {**data, "ok": proof.ok}


def event_line(event: ProofEvent) -> str | None:
    """Return an event as one line of progress, None where a terminal shows nothing for it."""
    if isinstance(event, StepEvent):
        where = f"{event.path}: " if event.path else ""
        if event.outcome is Outcome.RUNNING:
            return f"{where}{STEP_LABELS[event.step]} ..."
        return f"{where}{STEP_LABELS[event.step]}: {_MARKS[event.outcome]}. {event.text}"
    return f"    {event.text}" if isinstance(event, LineEvent) else None


def _row(name: str, image: ImageProof) -> tuple[str, ...]:
    return (
        name,
        _seconds(image.build_seconds) if image.built else "NO",
        "-" if image.size is None else f"{image.size / 1e6:.0f} MB",
        "-" if image.layers is None else str(image.layers),
        _seconds(image.start_seconds) if image.started else "NO" if image.built else "-",
        "-" if image.healthy is None else _seconds(image.healthy_seconds) if image.healthy else "NO",
        ",".join(map(str, image.listening)) or "-",
        "-" if image.status is None else str(image.status),
        "-" if image.user is None else str(image.user),
        _yes(image.read_only),
        "-" if image.stopped_cleanly is None else _seconds(image.stop_seconds) if image.stopped_cleanly else "KILLED",
        "yes" if image.ok else "NO" if any(fact.outcome is Outcome.FAILED for fact in image.facts) else "not checked",
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _yes(value: bool | None) -> str:
    return "-" if value is None else "yes" if value else "NO"
