""".NET: restore, build, and test where a test project exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Folder

_TESTS = re.compile(r"Microsoft\.NET\.Test\.Sdk|xunit|NUnit|MSTest|TUnit", re.I)


class DotNet:
    """The solution above a project is checked as a whole where there is one."""

    id = "dotnet"
    stacks = frozenset({"dotnet"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the commands, run where the solution lies."""
        place = next(
            (at for at in folder.upwards() if any(name.endswith((".sln", ".slnx")) for name in at.names())),
            folder,
        )
        found = next((name for name in place.names() if name.endswith((".sln", ".slnx"))), None)
        manifest = (Evidence(place.path(found) if found else folder.root or "."),)
        yield Chore(Purpose.INSTALL, "dotnet restore", place.root, (), manifest)
        if place.has(".editorconfig"):
            yield Chore(
                Purpose.LINT, "dotnet format --verify-no-changes --no-restore", place.root, (), (Evidence(place.path(".editorconfig")),)
            )
        yield Chore(Purpose.BUILD, "dotnet build --configuration Release --no-restore", place.root, (), manifest)
        for path in [*place.files("*.csproj"), *place.files("*.fsproj")][:60]:
            if _TESTS.search(place.read(path) or ""):
                proof = (Evidence(place.path(path)),)
                yield Chore(Purpose.TEST, "dotnet test --configuration Release --no-restore", place.root, (), proof)
                break
