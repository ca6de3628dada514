"""Names for candidates, no two alike."""

from __future__ import annotations

from collections.abc import Iterable

from providers.records import Candidate
from ui.text import plain, unique


def titles(candidates: Iterable[Candidate]) -> dict[str, str]:
    """Return what to call each member, by id: its label, with the id where two share one."""
    return unique({candidate.member.id: plain(candidate.member.label, 60) for candidate in candidates})
