"""The ordered table of habits: what a repository does to check itself, read from its own files."""

from __future__ import annotations

from dataclasses import replace

from architect.habit import Habit
from architect.habits.beam import Beam
from architect.habits.common import everywhere
from architect.habits.deno import Deno
from architect.habits.dotnet import DotNet
from architect.habits.go import Go
from architect.habits.jvm import Jvm
from architect.habits.node import Node
from architect.habits.php import Php
from architect.habits.python import Python
from architect.habits.releases import releases
from architect.habits.ruby import Ruby
from architect.habits.rust import Rust
from architect.habits.signals import signals
from architect.profile import Component
from architect.reading import Folder
from architect.tree import Tree

# A stack belongs to one habit; the order is that of the languages' use and does not matter otherwise.
HABITS: tuple[Habit, ...] = (Python(), Node(), Go(), Jvm(), Ruby(), Php(), Rust(), DotNet(), Beam(), Deno())


def observed(tree: Tree, component: Component) -> Component:
    """Return the component with its commands, the releases it runs on and what it tells about itself."""
    folder = Folder(tree, component.root)
    habit = next((habit for habit in HABITS if component.stack in habit.stacks), None)
    own = list(habit.chores(folder, component)) if habit else []
    known = {(chore.folder, chore.command) for chore in own}
    shared = [chore for chore in everywhere(folder) if (chore.folder, chore.command) not in known]
    return replace(component, chores=(*own, *shared), releases=releases(folder, component), signals=signals(folder, component))
