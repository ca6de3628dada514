"""Elixir: mix, with the checks that the project configures."""

from __future__ import annotations

from collections.abc import Iterator

from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Folder


class Beam:
    """Dependencies, formatting, Credo where it is a dependency, tests where there are any."""

    id = "beam"
    stacks = frozenset({"elixir"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the mix tasks."""
        project = Evidence(folder.path("mix.exs"))
        yield Chore(Purpose.INSTALL, "mix deps.get" + (" --check-locked" if component.lockfile else ""), folder.root, (), (project,))
        if folder.has(".formatter.exs"):
            yield Chore(Purpose.LINT, "mix format --check-formatted", folder.root, (), (Evidence(folder.path(".formatter.exs")),))
        credo = folder.find("mix.exs", r"\{:credo\b")
        if credo:
            yield Chore(Purpose.LINT, "mix credo", folder.root, (), (credo.evidence,))
        yield Chore(Purpose.BUILD, "mix compile --warnings-as-errors", folder.root, (), (project,))
        first = next(folder.files("*_test.exs"), None)
        if first:
            yield Chore(Purpose.TEST, "mix test", folder.root, (), (Evidence(folder.path(first)),))
