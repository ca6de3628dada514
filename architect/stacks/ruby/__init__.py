"""Ruby: Rails, Sinatra and every other Rack application, and plain scripts, with Bundler."""

from __future__ import annotations

from architect.plan import ImagePlan
from architect.profile import Component
from architect.reading import Folder
from architect.request import Style
from architect.stacks.ruby import detect, image
from architect.tree import Tree


class Ruby:
    """An application with a Gemfile or a config.ru."""

    id = "ruby"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find what serves (or runs); a gem without an application is a library and no component."""
        return detect.detect(self.id, Folder(tree, root))

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Install the locked gems in one stage, run them in a slim one."""
        return image.plan(component, style)
