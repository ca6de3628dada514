"""Python: the Makefile's targets and scripts first, then tox and nox, then tools that are configured or required."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.habits import common
from architect.habits.pydeps import Declared, Place, declared
from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Folder

_RUNNERS = {"uv": "uv run", "poetry": "poetry run", "pdm": "pdm run", "pipenv": "pipenv run"}
_FORMATTED = ("black", "isort")


class Python:
    """A tool is run where a manifest requires it or a configuration of it lies in the folder."""

    id = "python"
    stacks = frozenset({"python"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the install with what the tools need, then checks and tests."""
        manager = component.package_manager.value if component.package_manager else "pip"
        reader = _Reader(folder, manager, declared(folder))
        checks = [*reader.lint(), *reader.types(), *reader.test()]
        yield reader.install(component.lockfile)
        yield from checks


class _Reader:
    """One folder being read; remembers which extras, groups and files the chosen tools come from."""

    def __init__(self, folder: Folder, manager: str, known: Declared) -> None:
        self.folder = folder
        self.known = known
        self.manager = manager
        self.runner = _RUNNERS.get(manager, "")
        self.used: dict[Place, None] = {}

    def lint(self) -> Iterator[Chore]:
        """Yield the ways this project lints: its own command, else the environments and tools it configures."""
        own = common.make(self.folder, Purpose.LINT, common.LINT, self.runner) or common.script(
            self.folder, Purpose.LINT, ("lint",), self.runner
        )
        if own:
            self._note_all()
            yield own
            return
        task = self._task("lint", "linters", "style")
        if task:
            yield self._chore(Purpose.LINT, task[0], (task[1],), task[2])
            return
        hooks = common.hooks(Folder(self.folder.tree, ""))
        yield from self._linters(bool(next(hooks, None)))

    def _linters(self, hooked: bool) -> Iterator[Chore]:
        ruff = self._config("ruff", ("ruff.toml", ".ruff.toml"), ("tool", "ruff"))
        if ruff and not (hooked and not self.known.get("ruff")):
            yield self._chore(Purpose.LINT, "ruff check .", ("ruff",), ruff)
            document = self.folder.toml("pyproject.toml")
            if document and document.table("tool", "ruff", "format"):
                yield self._chore(Purpose.LINT, "ruff format --check .", ("ruff",), document.at("tool", "ruff", "format"))
        flake = self._config("flake8", (".flake8",), None, r"^\[flake8\]")
        if flake and not ruff and not (hooked and not self.known.get("flake8", "wemake-python-styleguide")):
            yield self._chore(Purpose.LINT, "flake8", ("flake8",), flake)
        if self.known.get("pylint") and not ruff and not flake:
            yield self._chore(Purpose.LINT, self._over_files("pylint"), ("pylint",), self.known.places["pylint"].evidence)
        for tool in _FORMATTED:
            place = self.known.get(tool)
            if place and not ruff:
                check = "--check" if tool == "black" else "--check-only"
                yield self._chore(Purpose.LINT, f"{tool} {check} .", (tool,), place.evidence)

    def types(self) -> Iterator[Chore]:
        """Yield the type checkers that are both required and configured, or have a target of their own."""
        own = common.make(self.folder, Purpose.TYPES, common.TYPES, self.runner)
        if own:
            self._note_all()
            yield own
            return
        mypy = self._config("mypy", ("mypy.ini", ".mypy.ini"), ("tool", "mypy"), r"^\[mypy\]")
        if mypy and self.known.get("mypy"):
            document = self.folder.toml("pyproject.toml")
            scoped = document and (document.get("tool", "mypy", "packages") or document.get("tool", "mypy", "files"))
            yield self._chore(Purpose.TYPES, "mypy" if scoped else "mypy .", ("mypy",), mypy)
        pyright = self._config("pyright", ("pyrightconfig.json",), ("tool", "pyright"))
        if pyright and self.known.get("pyright", "basedpyright"):
            yield self._chore(Purpose.TYPES, "pyright", ("pyright",), pyright)

    def test(self) -> Iterator[Chore]:
        """Yield the one way this project runs its tests."""
        own = common.make(self.folder, Purpose.TEST, common.TEST, self.runner) or common.script(
            self.folder, Purpose.TEST, ("test", "tests"), self.runner
        )
        if own:
            self._note_all()
            yield own
            return
        for name, pattern in (("tox.ini", r"^\[tox\]"), ("setup.cfg", r"^\[tox:tox\]"), ("pyproject.toml", r"^\[tool\.tox\]")):
            found = self.folder.find(name, pattern)
            if found:
                yield self._chore(Purpose.TEST, "tox", ("tox",), found.evidence)
                return
        session = self.folder.find("noxfile.py", r"^def (tests?)\(")
        if session:
            yield self._chore(Purpose.TEST, f"nox --session {session.value}", ("nox",), session.evidence)
            return
        files = [path for pattern in ("test_*.py", "*_test.py", "tests.py") for path in self.folder.files(pattern)]
        if not files:
            return
        pytest = self._config(
            "pytest", ("pytest.ini", ".pytest.ini", "pytest.toml"), ("tool", "pytest"), r"^\[tool:pytest\]"
        ) or self._imports(files, "pytest")
        if pytest:
            yield self._chore(Purpose.TEST, "pytest", ("pytest",), pytest)
        elif self.folder.has("manage.py"):
            yield self._chore(Purpose.TEST, "python manage.py test", (), Evidence(self.folder.path(files[0])))
        elif unittest := self._imports(files, "unittest"):
            start = files[0].rpartition("/")[0]
            where = f" -s {start}" if start else ""
            yield self._chore(Purpose.TEST, f"python -m unittest discover{where}", (), unittest)

    def install(self, lock: str | None) -> Chore:
        """Return the install of everything the chosen tools need."""
        extras = [place.name for place in self.used if place.kind == "extra"]
        groups = [place.name for place in self.used if place.kind == "group" and place.optional]
        chosen = " ".join(dict.fromkeys(f"--extra {name}" for name in extras))
        grouped = " ".join(dict.fromkeys(f"--group {name}" for name in groups))
        commands = {
            "uv": f"uv sync{' --locked' if lock else ''} {chosen} {grouped}",
            "poetry": "poetry install --no-interaction"
            + (f" --extras '{' '.join(dict.fromkeys(extras))}'" if extras else "")
            + (f" --with {','.join(dict.fromkeys(groups))}" if groups else ""),
            "pdm": "pdm install"
            + (" --frozen-lockfile" if lock else "")
            + "".join(f" -G {name}" for name in dict.fromkeys(extras + groups)),
            "pipenv": "pipenv sync --dev" if lock else "pipenv install --dev",
        }
        command = " ".join(commands.get(self.manager, "").split()) or self._pip(extras)
        proof = Evidence(lock or self._manifest())
        return Chore(Purpose.INSTALL, command, self.folder.root, (), (proof,))

    def _pip(self, extras: list[str]) -> str:
        files = [name for name in ("requirements.txt",) if self.folder.has(name)]
        files += [place.name for place in self.used if place.kind == "file"]
        if not files:
            first = next(self.folder.files("*requirements*.txt", 1), None)
            files = [first] if first and not self.folder.has("pyproject.toml", "setup.py") else []
        named = f"[{','.join(dict.fromkeys(extras))}]" if extras else ""
        local = self.folder.has("pyproject.toml", "setup.py") and (not files or extras) and self._buildable()
        parts = [f"-r {name}" for name in dict.fromkeys(files)] + ([f'-e ".{named}"' if named else "-e ."] if local else [])
        return "python -m pip install " + (" ".join(parts) or "--upgrade pip")

    def _buildable(self) -> bool:
        document = self.folder.toml("pyproject.toml")
        return self.folder.has("setup.py") is not None or bool(
            document and (document.table("build-system") or document.get("project", "name"))
        )

    def _manifest(self) -> str:
        return self.folder.path(self.folder.has("pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "setup.cfg") or "")

    def _task(self, *names: str) -> tuple[str, str, Evidence] | None:
        """Return a lint environment of tox or session of nox: the command, its tool, where it stands."""
        for name in names:
            found = self.folder.find("tox.ini", rf"^\[testenv:{name}\]")
            if found:
                return f"tox -e {name}", "tox", found.evidence
            found = self.folder.find("noxfile.py", rf"^def ({name})\(")
            if found:
                return f"nox --session {name}", "nox", found.evidence
        return None

    def _config(self, tool: str, files: tuple[str, ...], table: tuple[str, ...] | None, section: str = "") -> Evidence | None:
        """Return where a tool is configured, else where it is required."""
        name = self.folder.has(*files)
        if name:
            return Evidence(self.folder.path(name))
        document = self.folder.toml("pyproject.toml")
        if table and document and document.table(*table):
            return document.at(*table)
        for listed in ("setup.cfg", "tox.ini") if section else ():
            found = self.folder.find(listed, section)
            if found:
                return found.evidence
        place = self.known.get(tool)
        return place.evidence if place else None

    def _imports(self, files: list[str], module: str) -> Evidence | None:
        found = self.folder.search(iter(files[:40]), rf"^\s*(?:import {module}\b|from {module}\b)")
        return found.evidence if found else None

    def _chore(self, purpose: Purpose, command: str, tools: tuple[str, ...], evidence: Evidence) -> Chore:
        missing = []
        for tool in tools:
            place = self.known.get(tool)
            if place:
                self.used[place] = None
            else:
                missing.append(tool)
        if purpose is Purpose.TEST:
            self._note_all()
        alone = (command.split()[0] in ("tox", "nox") and missing) or " | xargs " in command
        program = command if alone or not self.runner else f"{self.runner} {command}"
        if self.runner and missing and not alone:
            program = f"uv run --with {missing[0]} {command}" if self.manager == "uv" else program
        outside = tuple(missing) if alone or not (self.runner and self.manager == "uv") else ()
        return Chore(purpose, program, self.folder.root, outside, (evidence,))

    def _over_files(self, tool: str) -> str:
        """Return a tool run over every Python file that Git knows."""
        return f"git ls-files -z '*.py' | xargs -0 {self.runner + ' ' if self.runner else ''}{tool}"

    def _note_all(self) -> None:
        """Count every place that declares a tool of development: the project's own command may need any of them."""
        for place in self.known.places.values():
            if (place.kind == "file" and not re.search(r"lint|ci\b", place.name)) or (
                place.kind in ("extra", "group") and re.fullmatch(r"dev|test|tests|testing|development|lint|qa|check", place.name)
            ):
                self.used[place] = None
