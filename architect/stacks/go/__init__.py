"""Go modules: the program among the packages, its port from flags, settings and calls, and one binary in a tiny image."""

from __future__ import annotations

from architect.plan import ImagePlan
from architect.profile import Component
from architect.reading import Folder
from architect.request import Style
from architect.stacks.go import detect, image
from architect.tree import Tree


class Go:
    """A Go program, found by go.mod (or by a package main where there is none)."""

    id = "go"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the module's program and what it listens on; a module without a program is a library and no component."""
        return detect.detect(self.id, Folder(tree, root))

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Build a static binary (or one against glibc where C code needs it) and run it without anything else."""
        return image.plan(component, style)
