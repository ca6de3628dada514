"""Where a Python project declares its tools: its own dependencies, extras, groups and further requirement files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from architect.profile import Evidence
from architect.reading import Document, Folder, find_all

_FURTHER = (
    "requirements-dev.txt", "requirements-test.txt", "requirements_dev.txt", "requirements_test.txt", "dev-requirements.txt",
    "test-requirements.txt", "requirements.dev.txt", "requirements.test.txt", "requirements-tests.txt", "requirements-lint.txt",
    "requirements/dev.txt", "requirements/test.txt", "requirements/tests.txt", "requirements/local.txt", "requirements/testing.txt",
    "requirements/development.txt", "requirements/ci.txt", "requirements/lint.txt",
)  # fmt: skip
_LINE = re.compile(r"^[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)[ \t]*(?:\[[^\]\n]*\])?[ \t]*(?:[=<>!~;@#]|$)", re.M)
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a package is declared: `kind` is `main`, `extra`, `group` or `file`, `name` which one; `optional` groups must be asked for."""

    kind: str
    name: str
    evidence: Evidence
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """All packages a project declares, by normalised name, and the further requirement files."""

    places: Mapping[str, Place] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def get(self, *names: str) -> Place | None:
        """Return where the first of these packages is declared."""
        return next((self.places[name] for name in names if name in self.places), None)


def declared(folder: Folder) -> Declared:
    """Read every manifest of a folder; the first place that names a package counts."""
    found: dict[str, Place] = {}

    def add(name: str, place: Place) -> None:
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), place)

    document = folder.toml("pyproject.toml")
    if document:
        _project(document, add)
        _poetry(document, add)
    for table, kind in (("packages", "main"), ("dev-packages", "group")):
        pipfile = folder.toml("Pipfile")
        for name in pipfile.table(table) if pipfile else ():
            if pipfile:
                add(name, Place(kind, "dev", pipfile.at(table, name)))
    for listed in ("requirements.txt", *_FURTHER):
        text = folder.read(listed)
        for hit in find_all(folder.path(listed), text, _LINE) if text else ():
            add(hit.match[1], Place("main" if listed == "requirements.txt" else "file", listed, hit.evidence))
    for listed in ("setup.py", "setup.cfg"):
        text = folder.read(listed)
        for hit in (
            find_all(folder.path(listed), text, r"^[ \t]*[\"']?([A-Za-z][\w.-]{2,40})[\"']?[ \t]*(?:[=<>~]=|[\"'],?$|$)") if text else ()
        ):
            add(hit.match[1], Place("main", listed, hit.evidence))
    return Declared(found, tuple(name for name in _FURTHER if folder.has(name)))


def _project(document: Document, add: Any) -> None:
    for text in _texts(document.get("project", "dependencies")):
        add(text, Place("main", "", document.at("project", "dependencies")))
    for extra, wanted in document.table("project", "optional-dependencies").items():
        for text in _texts(wanted):
            add(text, Place("extra", extra, document.at("project", "optional-dependencies", extra)))
    defaults = document.get("tool", "uv", "default-groups")
    usual = {"dev"} if not isinstance(defaults, list) else set(map(str, defaults))
    for group, wanted in document.table("dependency-groups").items():
        for text in _texts(wanted):
            place = Place("group", group, document.at("dependency-groups", group), group not in usual and defaults != "all")
            add(text, place)
    for group, wanted in document.table("tool", "pdm", "dev-dependencies").items():
        for text in _texts(wanted):
            add(text, Place("group", group, document.at("tool", "pdm", "dev-dependencies", group)))
    for text in _texts(document.get("tool", "uv", "dev-dependencies")):
        add(text, Place("group", "dev", document.at("tool", "uv", "dev-dependencies")))


def _poetry(document: Document, add: Any) -> None:
    for keys in (("tool", "poetry", "dependencies"), ("tool", "poetry", "dev-dependencies")):
        for name in document.table(*keys):
            add(name, Place("main" if keys[-1] == "dependencies" else "group", "dev", document.at(*keys, name)))
    for group, table in document.table("tool", "poetry", "group").items():
        if isinstance(table, Mapping):
            for name in document.table("tool", "poetry", "group", group, "dependencies"):
                proof = document.at("tool", "poetry", "group", group, "dependencies", name)
                add(name, Place("group", group, proof, table.get("optional") is True))


def _texts(wanted: Any) -> Iterable[str]:
    if not isinstance(wanted, list):
        return []
    return [match[1] for text in wanted if isinstance(text, str) and (match := _NAME.match(text))]
