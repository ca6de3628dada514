"""What has been heard so far, and the small questions every rule asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from architect.changes import Changes
from architect.profile import Component, Override, Profile, Role


class NotHonoured(Exception):
    """A wish that was understood and cannot be met; the message ends the sentence."""


@dataclass
class Hearing:
    """What has been understood so far. `clause` is the part of the sentence around the words at hand."""

    profile: Profile
    changes: Changes = field(default_factory=Changes)
    honoured: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    clause: str = ""

    def meant(self, *roles: Role) -> list[Component]:
        """Return the components the clause is about: those it names, else all of these roles (or all that run)."""
        running = [component for component in self.profile.components if component.role is not Role.LIBRARY]
        named = [component for component in running if re.search(rf"(?<![\w-]){re.escape(component.name)}(?![\w-])", self.clause, re.I)]
        if named and len(running) > 1:
            return named
        return [component for component in running if not roles or component.role in roles]

    def override(self, component: Component, name: str, value: str) -> None:
        """Correct one fact of a component; raises NotHonoured with the reason when the value is no good."""
        from architect.profiler import apply_overrides  # the stacks are wanted only when a fact is corrected

        try:
            self.profile = apply_overrides(self.profile, [Override(component.name, name, value)])
        except (ValueError, KeyError) as error:
            raise NotHonoured(str(error.args[0] if error.args else error)) from error

    def change(self, component: Component) -> None:
        """Put a changed component into the profile."""
        self.profile = self.profile.replacing(component)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of wish. `heard` changes the hearing and returns what is now the case, in a few words."""

    pattern: re.Pattern[str]
    heard: Callable[[Hearing, re.Match[str]], str]


def one(hearing: Hearing, what: str, *roles: Role) -> Component:
    """Return the single component a wish is about; raises NotHonoured when it could be several."""
    components = hearing.meant(*roles)
    if len(components) == 1:
        return components[0]
    if not components:
        raise NotHonoured(f"{what}: nothing in the repository runs that it could be for")
    names = ", ".join(component.name for component in components)
    raise NotHonoured(f"{what}: it could be for {names}; name one of them")


def first(match: re.Match[str]) -> str:
    """Return the first group that took part in the match."""
    return next(group for group in match.groups() if group)


def unquoted(text: str) -> str:
    """Return a value without the quotes around it, or the full stop of the sentence after it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text.rstrip(".")
