"""The rosters of experts (SPEC §7): one file a roster, and the ordered table."""

from __future__ import annotations

from engine.expert import Expert, Roster
from engine.experts import devops, general
from providers.errors import ConfigurationError

__all__ = ["ROSTERS", "Expert", "Roster", "find"]

# The order of the page's list: what this program is for comes first.
ROSTERS: tuple[Roster, ...] = (devops.ROSTER, general.ROSTER)


def find(name: str) -> Roster:
    """Return the roster of this id; raises ConfigurationError naming the choices."""
    for roster in ROSTERS:
        if roster.id == name:
            return roster
    raise ConfigurationError(f"There is no roster {name[:40]!r}; choose one of {', '.join(roster.id for roster in ROSTERS)}.")
