"""The base type of the catalogue `stacks/`: one detector and planner a stack."""

from __future__ import annotations

from typing import Protocol

from architect.plan import ImagePlan
from architect.profile import Component
from architect.request import Style
from architect.tree import Tree


class Stack(Protocol):
    """Recognises one kind of application in a folder and plans its image. Stateless."""

    id: str

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Return what was found in `root` ("" for the repository's root), or None when this is not such an application.

        Reads only files below `root`, and repository-wide version files above it. Never guesses: a fact without
        proof carries Basis.DEFAULT or Basis.CONVENTION and a note; an unknown start command is None.
        """

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Return the image plan of a component this stack detected (perhaps with overrides), in the given style."""
