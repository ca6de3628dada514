"""JavaScript and TypeScript applications on Node.js or Bun, and the static pages their builds leave."""

from __future__ import annotations

from architect.plan import ImagePlan
from architect.profile import Component
from architect.request import Style
from architect.stacks.node import detect, image
from architect.tree import Tree


class Node:
    """Anything with a package.json that starts something or builds pages."""

    id = "node"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Return the JavaScript application in a folder, or None."""
        return detect.detect(tree, root)

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Return its image plan in a style."""
        return image.plan(component, style)
