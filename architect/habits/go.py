"""Go: the Makefile's targets, golangci-lint where it is configured, and what the toolchain brings."""

from __future__ import annotations

from collections.abc import Iterator

from architect.habits import common
from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Folder

_CONFIG = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")


class Go:
    """Modules are fetched, then checked, tested and built."""

    id = "go"
    stacks = frozenset({"go"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the commands of a module; tests only where there are any."""
        module = (Evidence(folder.path("go.mod")),)
        yield Chore(Purpose.INSTALL, "go mod download", folder.root, (), module)
        lint = common.make(folder, Purpose.LINT, common.LINT)
        config = folder.has(*_CONFIG)
        if config:
            modern = folder.find(config, r"^\s*[\"']?version[\"']?\s*[:=]\s*[\"']?2") is not None
            tool = "golangci-lint v2" if modern else "golangci-lint v1"
            yield Chore(Purpose.LINT, "golangci-lint run", folder.root, (tool,), (Evidence(folder.path(config)),))
        elif lint and "golangci" not in common.make_targets(folder)[lint.command.rsplit(" ", 1)[-1]].recipe:
            yield lint
        yield Chore(Purpose.LINT, "go vet ./...", folder.root, (), module)
        test = common.make(folder, Purpose.TEST, common.TEST)
        first = next(folder.files("*_test.go"), None)
        if test:
            yield test
        elif first:
            yield Chore(Purpose.TEST, "go test ./...", folder.root, (), (Evidence(folder.path(first)),))
        yield Chore(Purpose.BUILD, "go build ./...", folder.root, (), module)
