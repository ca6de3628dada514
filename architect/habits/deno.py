"""Deno: the tasks of its configuration, and the checks its toolchain brings."""

from __future__ import annotations

from collections.abc import Iterator

from architect.habits.common import fit
from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Folder


class Deno:
    """Tasks first; linting and formatting only where they are configured."""

    id = "deno"
    stacks = frozenset({"deno"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the tasks for checking and testing."""
        name = folder.has("deno.json", "deno.jsonc")
        document = folder.json(name) if name else None
        tasks = {key: value for key, value in document.table("tasks").items() if isinstance(value, str)} if document else {}
        used: set[str] = set()
        entry = component.start.value[-1] if component.start and component.start.value[-1].endswith((".ts", ".js", ".tsx")) else None
        for purpose, names in ((Purpose.LINT, ("lint", "fmt:check")), (Purpose.TYPES, ("check", "typecheck")), (Purpose.TEST, ("test",))):
            for task in names:
                if document and task in tasks and fit(tasks[task]):
                    used.add(task)
                    yield Chore(purpose, f"deno task {task}", folder.root, (), (document.at("tasks", task),))
                    break
        if document and "lint" not in used and document.table("lint"):
            yield Chore(Purpose.LINT, "deno lint", folder.root, (), (document.at("lint"),))
        if document and document.table("fmt"):
            yield Chore(Purpose.LINT, "deno fmt --check", folder.root, (), (document.at("fmt"),))
        if not used & {"check", "typecheck"} and entry and folder.has(entry):
            yield Chore(Purpose.TYPES, f"deno check {entry}", folder.root, (), (Evidence(folder.path(entry)),))
        first = next((path for path in folder.files("*_test.ts")), None) or next(folder.files("*.test.ts"), None)
        if "test" not in used and first:
            yield Chore(Purpose.TEST, "deno test --allow-all", folder.root, (), (Evidence(folder.path(first)),))
        for task in tasks:
            if document and task not in used:
                yield Chore(Purpose.OTHER, f"deno task {task}", folder.root, (), (document.at("tasks", task),))
