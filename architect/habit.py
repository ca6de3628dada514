"""The base type of the catalogue `habits/`: how one kind of repository installs, checks, tests and builds itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from architect.profile import Chore, Component
from architect.reading import Folder


class Habit(Protocol):
    """Reads the commands a repository of some stacks has for itself. Stateless.

    A command is named only where the repository has it: a script, a target, a configuration of the tool, or the tool
    among its dependencies. What a language's own toolchain always brings (`go vet`, `cargo test`) counts as had.
    """

    id: str
    stacks: frozenset[str]

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the commands in the order in which they are run: installing, checking, testing, building."""
