"""What the rules' own fixes share: values set in a YAML text, lines changed in a Dockerfile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from artifacts.dockerfile.model import Instruction
from artifacts.errors import DecisionNotTakeable, UnreadableArtifact
from artifacts.yamledit import Step, set_value


def with_values(text: str, edits: Iterable[tuple[Sequence[Step], Any]], document: int = 0) -> str | None:
    """Return the text with these values set (or removed, MISSING), each where it can be; None where none can."""
    changed = text
    for path, value in edits:
        try:
            changed = set_value(changed, document, path, value)
        except (DecisionNotTakeable, UnreadableArtifact, IndexError):
            continue
    return None if changed == text else changed


def with_lines(text: str, instructions: Iterable[Instruction], change: Callable[[list[str]], list[str] | None]) -> str | None:
    """Return the Dockerfile's text with these instructions' lines changed; `change` gives None for one it cannot change."""
    lines = text.split("\n")
    for instruction in sorted(instructions, key=lambda item: item.line, reverse=True):
        made = change(lines[instruction.line - 1 : instruction.end_line])
        if made is not None:
            lines[instruction.line - 1 : instruction.end_line] = made
    changed = "\n".join(lines)
    return None if changed == text else changed
