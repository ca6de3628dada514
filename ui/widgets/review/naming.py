"""Names for lists: one for each candidate or run, no two alike, since a list box tells its choice by its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from providers.records import Candidate
from ui.text import plain


def titles(candidates: Iterable[Candidate]) -> dict[str, str]:
    """Return what to call each member, by id: its label, with the id where two share one."""
    return unique({candidate.member.id: plain(candidate.member.label, 60) for candidate in candidates})


def unique(names: Mapping[str, str]) -> dict[str, str]:
    """Return the names by id, with the id added wherever two are alike."""
    often = Counter(names.values())
    return {key: name if often[name] == 1 else f"{name} ({key})" for key, name in names.items()}
