"""PHP: Laravel, Symfony, Slim and plain pages, served by one process in one container as a normal user."""

from __future__ import annotations

from architect.plan import ImagePlan
from architect.profile import Component
from architect.reading import Folder
from architect.request import Style
from architect.stacks.php import detect, image
from architect.tree import Tree


class PHP:
    """A project with a composer.json or an index.php."""

    id = "php"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the folder that is served; a package that serves nothing is a library and no component."""
        return detect.detect(self.id, Folder(tree, root))

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Serve with FrankenPHP, or with Apache where the release is too old for it."""
        return image.plan(component, style)
