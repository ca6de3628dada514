"""Which releases of its language a repository says it runs on, where it names several."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.profile import Basis, Component, Fact
from architect.reading import Folder, find_all
from architect.versions import numbers, permits, workflow_paths

MOST = 6
_KEYS = {
    "python": "python-version",
    "node": "node-version",
    "go": "go-version",
    "java": "java-version",
    "scala": "java-version",
    "ruby": "ruby-version",
    "php": "php-version",
    "elixir": "elixir-version",
    "dotnet": "dotnet-version",
}
_CLASSIFIER = r"Programming Language :: Python :: (3\.\d+)\b"
_ENVIRONMENTS = re.compile(r"\bpy(3)(\d{1,2})\b")


def releases(folder: Folder, component: Component) -> tuple[Fact[str], ...]:
    """Return the releases in ascending order, empty unless there are at least two; a matrix of its CI or a list of its own names them."""
    found: dict[str, Fact[str]] = {}
    for fact in (*_matrix(folder, component), *(_python(folder) if component.stack == "python" else ())):
        found.setdefault(fact.value, fact)
    constraint = _constraint(folder) if component.stack == "python" else ""
    kept = [fact for fact in found.values() if not constraint or permits(constraint, fact.value)]
    ordered = sorted(kept, key=lambda fact: numbers(fact.value))[-MOST:]
    return tuple(ordered) if len(ordered) > 1 else ()


def _matrix(folder: Folder, component: Component) -> Iterator[Fact[str]]:
    """Yield the versions of lists with several entries in the repository's CI: only a list is a matrix."""
    key = _KEYS.get(component.stack)
    if key is None:
        return
    plain = key.partition("-")[0]
    either = rf"(?:{re.escape(key)}s?|{re.escape(plain)}s?)"
    for path in workflow_paths(folder):
        text = folder.tree.read(path) or ""
        for pattern in (
            rf"^[ \t-]*{either}[ \t]*:[ \t]*\[([^\]\n]+)\]",
            rf"^[ \t-]*{either}[ \t]*:[ \t]*\n((?:[ \t]*-[ \t]*[^\n]+\n?){{2,}})",
        ):
            for hit in find_all(path, text, pattern):
                versions = re.findall(r"(?<![\w.])v?(\d+(?:\.\d+){0,2})(?![\w-]|\.\d)", hit.match[1])
                if len(versions) > 1:
                    yield from (Fact(version, Basis.DECLARED, (hit.evidence,), "from the repository's CI") for version in versions)


def _python(folder: Folder) -> Iterator[Fact[str]]:
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        text = folder.read(name)
        for hit in find_all(folder.path(name), text, _CLASSIFIER) if text else ():
            yield Fact(hit.match[1], Basis.DECLARED, (hit.evidence,))
    tox = folder.find("tox.ini", r"^\s*env_?list\s*=((?:[^\n\[]|\n[ \t]+)+)")
    if tox:
        text = re.sub(r"py3?\{([^}]*)\}", lambda hit: " ".join(f"py{part.strip()}" for part in hit[1].split(",")), tox.value)
        for match in _ENVIRONMENTS.finditer(text):
            yield Fact(f"3.{match[2]}", Basis.DECLARED, (tox.evidence,))


def _constraint(folder: Folder) -> str:
    document = folder.toml("pyproject.toml")
    if document is None:
        return ""
    return document.text_at("project", "requires-python") or document.text_at("tool", "poetry", "dependencies", "python") or ""
