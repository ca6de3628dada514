"""Rust crates: the program of a package or workspace, built with a locked Cargo.lock, in an image that holds little else."""

from __future__ import annotations

from architect.plan import ImagePlan
from architect.profile import Component
from architect.reading import Folder
from architect.request import Style
from architect.stacks.rust import detect, image
from architect.tree import Tree


class Rust:
    """A Cargo package or workspace with a program."""

    id = "rust"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the program; a workspace with one server is one component at its root, one with several is one a server."""
        return detect.detect(self.id, Folder(tree, root))

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Build against musl for the smallest image, against glibc otherwise."""
        return image.plan(component, style)
