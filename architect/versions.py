"""Version files and version ranges: which release of a runtime a repository asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find, find_all

Version = tuple[int, ...]
Interval = tuple[Version, Version]
_LIMIT: Version = (10**9,)
_OTHER_CI = (".gitlab-ci.yml", ".circleci/config.yml", ".travis.yml", "azure-pipelines.yml")
_TERM = re.compile(r"(\^|~=|~>|~|===|==|!=|>=|<=|>|<|=)?\s*v?(\d+(?:\.(?:\d+|[xX*]))*)(\.?[-+]?[A-Za-z][\w.+-]*)?")


def numbers(version: str) -> Version:
    """Return the leading numbers of a version text: `3.12.1-slim` is (3, 12, 1)."""
    match = re.match(r"\s*[=v]*(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def series(version: str, parts: int) -> str | None:
    """Return the first `parts` numbers of a version as text (`3.12`), or None when there are none."""
    found = numbers(version)[:parts]
    return ".".join(map(str, found)) if found else None


def allowed(constraint: str) -> tuple[Interval, ...]:
    """Return the half-open intervals a range permits, for the notations of pip, Poetry, npm, Composer, Bundler and Hex.

    `||` and `|` separate alternatives; commas and spaces join conditions; `!=` narrows nothing (it names single patches).
    An empty or starred range permits everything; a text without any version permits nothing.
    """
    intervals: list[Interval] = []
    for alternative in re.split(r"\|\|?|\bor\b", constraint):
        low: Version = (0,)
        high = _LIMIT
        text = alternative.strip().strip("\"'")
        hyphen = re.fullmatch(r"v?(\d[\d.]*)\s+-\s+v?(\d[\d.]*)", text)
        if hyphen:
            intervals.append((numbers(hyphen[1]), _bump(numbers(hyphen[2]), -1)))
            continue
        terms = list(_TERM.finditer(text))
        if not terms and text not in ("", "*", "x", "any", "latest"):
            continue
        for term in terms:
            span = _span(term[1] or "", re.sub(r"(\.[xX*])+$", "", term[2]))
            if span:
                low, high = max(low, span[0]), min(high, span[1])
        if low < high:
            intervals.append((low, high))
    return tuple(intervals)


def permits(constraint: str, release: str) -> bool:
    """Tell whether a range permits some version of a release series (`3.12` or `22`)."""
    low = numbers(release)
    return any(max(low, start) < min(_bump(low, -1), end) for start, end in allowed(constraint))


def newest(constraint: str, known: Sequence[str]) -> str | None:
    """Return the first of `known` (best first) that a range permits, or None."""
    return next((release for release in known if permits(constraint, release)), None)


def version_file(folder: Folder, *names: str) -> Fact[str] | None:
    """Return the first line of a version file (`.python-version`) in this folder or one above it."""
    for place in folder.upwards():
        for name in names:
            found = place.find(name, r"^[ \t]*([^#\s][^\n#]*?)[ \t]*(?:#.*)?$")
            if found:
                return Fact(found.value, Basis.DECLARED, (found.evidence,))
    return None


def tool_version(folder: Folder, *tools: str) -> Fact[str] | None:
    """Return the version of a tool (any of its names) in `.tool-versions` or a mise file, here or in a folder above."""
    either = "|".join(map(re.escape, tools))
    for place in folder.upwards():
        found = place.find(".tool-versions", rf"^[ \t]*(?:{either})[ \t]+([^\s#]+)")
        if found:
            return Fact(found.value, Basis.DECLARED, (found.evidence,))
        for name in ("mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml"):
            document = place.toml(name)
            for tool in tools if document else ():
                value = document.get("tools", tool) if document else None
                value = value[0] if isinstance(value, list) and value else value
                value = value.get("version") if isinstance(value, dict) else value
                if isinstance(value, str | int | float) and document:
                    return Fact(str(value), Basis.DECLARED, (document.at("tools", tool),))
    return None


def workflow_versions(folder: Folder, key: str) -> tuple[Fact[str], ...]:
    """Return the versions that CI files of the repository give for a key such as `python-version`, in reading order."""
    facts: list[Fact[str]] = []
    for path in workflow_paths(folder):
        text = folder.tree.read(path) or ""
        for found in find_all(path, text, rf"^[ \t-]*{re.escape(key)}[ \t]*:[ \t]*([^\n#]+)"):
            for version in re.findall(r"(?<![\w.{])v?(\d+(?:\.\d+)*)", found.value if "${{" not in found.value else ""):
                facts.append(Fact(version, Basis.DECLARED, (found.evidence,), "from the repository's CI"))
        for found in find_all(path, text, rf"^[ \t-]*{re.escape(key)}[ \t]*:[ \t]*\n((?:[ \t]*-[ \t]*[^\n]+\n?)+)"):
            for version in re.findall(r"(?<![\w.])v?(\d+(?:\.\d+)*)", found.value):
                facts.append(Fact(version, Basis.DECLARED, (found.evidence,), "from the repository's CI"))
    return tuple(facts)


def workflow_paths(folder: Folder) -> Iterator[str]:
    """Yield the paths of CI files: GitHub workflows (at most eight), GitLab, CircleCI, Travis, Azure."""
    names = folder.tree.by_folder.get(".github/workflows", ())
    yield from (f".github/workflows/{name}" for name in names[:8] if name.endswith((".yml", ".yaml")))
    yield from (
        path for path in (".gitlab-ci.yml", ".circleci/config.yml", ".travis.yml", "azure-pipelines.yml") if path in folder.tree.known
    )


def declared(path: str, text: str, pattern: str) -> Fact[str] | None:
    """Return what a pattern's group captures in a file as a declared fact."""
    found = find(path, text, pattern)
    return Fact(found.value, Basis.DECLARED, (found.evidence,)) if found else None


def default(value: str, note: str, evidence: tuple[Evidence, ...] = ()) -> Fact[str]:
    """Return a fact that nothing proves, with the sentence that says so."""
    return Fact(value, Basis.DEFAULT, evidence, note)


def _span(operator: str, version: str) -> Interval | None:
    parts = numbers(version)
    if operator in (">=",):
        return parts, _LIMIT
    if operator == ">":
        return _bump(parts, -1) if len(parts) < 3 else (*parts, 1), _LIMIT
    if operator == "<":
        return (0,), parts
    if operator == "<=":
        return (0,), _bump(parts, -1)
    if operator == "!=":
        return None
    if operator == "^":
        index = next((i for i, part in enumerate(parts) if part), len(parts) - 1)
        return parts, _bump(parts, index)
    if operator == "~":
        return parts, _bump(parts, min(1, len(parts) - 1))
    if operator in ("~=", "~>"):
        return parts, _bump(parts, max(len(parts) - 2, 0))
    return parts, _bump(parts, -1)


def _bump(version: Version, index: int) -> Version:
    """Return the first version past every one that shares the numbers up to `index`."""
    kept = version if index == -1 else version[: index + 1]
    return (*kept[:-1], kept[-1] + 1) if kept else _LIMIT
