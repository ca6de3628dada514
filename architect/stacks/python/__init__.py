"""Python applications: web frameworks, Streamlit pages, queue workers, bots and scripts."""

from __future__ import annotations

from architect.plan import ImagePlan
from architect.profile import Component
from architect.request import Style
from architect.stacks.python import detect, image
from architect.tree import Tree


class Python:
    """Anything that runs on CPython and says so with a manifest or its sources."""

    id = "python"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Return the Python application in a folder, or None."""
        return detect.detect(tree, root)

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Return its image plan in a style."""
        return image.plan(component, style)
