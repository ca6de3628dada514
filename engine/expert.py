"""The base type of the catalogue `experts/`: who answers what, and how it is told to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """One expert. `instructions` are its own; `keywords` are words or beginnings of words that speak for it.

    `model` is `vendor/model` where the expert shall always be that one; empty takes the member that routing chooses.
    """

    id: str
    label: str
    about: str
    instructions: str
    keywords: tuple[str, ...]
    model: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Experts who answer together. The last one takes what is nobody else's."""

    id: str
    label: str
    about: str
    experts: tuple[Expert, ...]

    @property
    def general(self) -> Expert:
        """Return who answers when nobody else is meant."""
        return self.experts[-1]

    def expert(self, expert_id: str) -> Expert:
        """Return the expert of this id; KeyError when there is none."""
        for expert in self.experts:
            if expert.id == expert_id:
                return expert
        raise KeyError(expert_id)
