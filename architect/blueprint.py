"""The base type of the catalogue `blueprints/`: one renderer a target, from a site to pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from architect.changes import Changes
from architect.plan import ImagePlan
from architect.profile import Component, Profile
from architect.request import Style, Target
from architect.syntax.lines import Page

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Option:
    """A choice a target offers, for example its flavour. `choices` are (id, label) pairs, the first being the default."""

    id: str
    label: str
    choices: tuple[tuple[str, str], ...]

    @property
    def default(self) -> str:
        """Return the choice that holds when nothing is said."""
        return self.choices[0][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All a blueprint needs: the profile (with overrides and the user's words applied), style, target and image plans.

    `plans` holds the plan of every component that has one, by component name. `changes` are what the user's words ask
    of the files beyond the facts of the profile.
    """

    profile: Profile
    style: Style
    target: Target
    plans: Mapping[str, ImagePlan]
    changes: Changes = field(default_factory=Changes)
    targets: tuple[str, ...] = ()
    unplanned: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def planned(self) -> tuple[tuple[Component, ImagePlan], ...]:
        """Return the components that have an image plan, in the order of the profile."""
        return tuple((component, self.plans[component.name]) for component in self.profile.components if component.name in self.plans)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a blueprint made: pages, and sentences for the user on what could not be drawn or must be known."""

    pages: tuple[Page, ...] = ()
    notes: tuple[str, ...] = ()


class Blueprint(Protocol):
    """Renders one target. Stateless."""

    id: str
    label: str
    options: tuple[Option, ...]

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the files a complete answer to this target holds; `components` are those with an image plan, `options` the target's."""

    def draw(self, site: Site) -> Drawing:
        """Return the pages of this target."""
