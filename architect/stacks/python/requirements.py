"""What a Python project depends on and how it is installed: pip, uv, Poetry, PDM, Pipenv, each with its lock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from architect.profile import Evidence
from architect.reading import Document, Folder, find_all
from architect.versions import allowed

REQUIREMENT_FILES = (
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
    "requirements/requirements.txt",
    "requirements/main.txt",
    "requirements-prod.txt",
    "requirements.prod.txt",
    "requirements/common.txt",
    "requirements.lock",
    "requirements/default.txt",
)
_LINE = re.compile(r"^[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)[ \t]*(\[[^\]\n]*\])?[ \t]*([=<>!~][^;#\n\\]*|@[^;#\n]*)?", re.M)
_INCLUDE = re.compile(r"^[ \t]*(?:-r|--requirement|-c|--constraint)[ \t=]+(\S+)", re.M)
_LOCAL = re.compile(r"^[ \t]*(?:-e|--editable)?[ \t=]*(?:file:)?\.{1,2}(?:/[^\s;#]*)?(?:\[[^\]]*\])?[ \t]*(?:[#;].*)?$", re.M)
_COMPILED = re.compile(r"# +via|uv pip compile|pip-compile|pip freeze|--hash=")
_HASHED = re.compile(r"--hash=sha256:")


@dataclass(frozen=True, slots=True)
class Requirements:
    """The run-time dependencies by normalised name, their version texts, and the files an install needs."""

    manager: str
    proof: Evidence
    manifests: tuple[str, ...]
    lockfile: str | None = None
    names: Mapping[str, Evidence] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    constraint: str | None = None
    constraint_at: Evidence | None = None
    packaged: bool = False
    hashed: bool = False
    local: bool = False
    source: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)
    lock_version: str | None = None
    exact: bool = False
    beside: str = ""

    def any(self, *names: str) -> str | None:
        """Return the first of these packages that is required."""
        return next((name for name in names if name in self.names), None)

    def pinned(self, name: str) -> tuple[int, ...]:
        """Return the version numbers a package is pinned to or starts from; empty when unknown."""
        match = re.search(r"(\d+(?:\.\d+)*)", self.versions.get(name, ""))
        return tuple(int(part) for part in match[1].split(".")) if match else ()


def normal(name: str) -> str:
    """Return a package name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(folder: Folder) -> Requirements | None:
    """Return the requirements of a folder by the tool whose lock or settings lie there; None when nothing declares any."""
    document = folder.toml("pyproject.toml")
    pyproject = document or Document(folder.path("pyproject.toml"), "", "toml", {})
    poetry = pyproject.table("tool", "poetry")
    if poetry and (
        folder.has("poetry.lock") or "dependencies" in poetry or "poetry" in str(pyproject.get("build-system", "build-backend"))
    ):
        return _poetry(folder, pyproject)
    if folder.has("pdm.lock") or (pyproject.table("tool", "pdm") and pyproject.get("project")):
        return _project(folder, pyproject, "pdm", "pdm.lock")
    lock = _uv_lock(folder)
    if pyproject.get("project") and lock:
        return _project(folder, pyproject, "uv", lock)
    if folder.has("Pipfile"):
        return _pipenv(folder)
    listed = requirement_file(folder)
    if listed and (not _declares(pyproject) or listed == "requirements.txt"):
        wanted = _pip(folder, listed, pyproject)
        return _completed(folder, pyproject, wanted) if _lacks(wanted, pyproject) else wanted
    if pyproject.get("project"):
        return _project(folder, pyproject, "uv" if pyproject.table("tool", "uv") else "pip", None)
    if folder.has("setup.py", "setup.cfg"):
        return _setup(folder)
    return None


def requirement_file(folder: Folder) -> str | None:
    """Return the requirements file for production."""
    return folder.has(*REQUIREMENT_FILES)


def _lacks(wanted: Requirements, pyproject: Document) -> bool:
    """Tell whether a hand-written requirements file leaves out what the project itself always needs."""
    if wanted.local or wanted.hashed or wanted.lockfile:
        return False
    always = [text for text in pyproject.get("project", "dependencies") or () if isinstance(text, str) and ";" not in text]
    named = (match for match in map(_LINE.match, always) if match)
    return any(normal(match[1]) not in wanted.names for match in named)


def _completed(folder: Folder, pyproject: Document, wanted: Requirements) -> Requirements:
    """Return what both files name, installed together; where they contradict each other the project's own file counts alone."""
    project = _project(folder, pyproject, "pip", None)
    both = wanted.names.keys() & project.names.keys()
    if any(not _agree(wanted.versions[name], project.versions[name]) for name in both):
        return project
    return replace(
        project,
        manifests=(*wanted.manifests, *project.manifests),
        names={**project.names, **wanted.names},
        versions={**project.versions, **{name: text for name, text in wanted.versions.items() if text}},
        extras=(),
        groups=project.groups,
        beside=wanted.source,
    )


def _agree(one: str, other: str) -> bool:
    """Tell whether some release satisfies both version texts."""
    spans = [allowed(re.sub(r"\[.*?\]", "", text)) for text in (one, other)]
    return any(max(a[0], b[0]) < min(a[1], b[1]) for a in spans[0] for b in spans[1])


def _declares(pyproject: Document) -> bool:
    return bool(pyproject.get("project", "dependencies"))


def _uv_lock(folder: Folder) -> str | None:
    """Return the path of uv's lock from the repository's root: a workspace keeps it above its members."""
    for place in folder.upwards():
        if place.has("uv.lock"):
            if place.root == folder.root:
                return folder.path("uv.lock")
            above = place.toml("pyproject.toml")
            if above and above.table("tool", "uv", "workspace"):
                return place.path("uv.lock")
            return None
    return None


def _pip(folder: Folder, listed: str, pyproject: Document) -> Requirements:
    names: dict[str, Evidence] = {}
    versions: dict[str, str] = {}
    files: list[str] = []
    text = _follow(folder, listed, names, versions, files)
    constraint = pyproject.text_at("project", "requires-python")
    local = bool(_LOCAL.search(text))
    extra = tuple(file for file in ("pyproject.toml", "setup.py", "setup.cfg") if local and folder.has(file))
    if local or (listed == "requirements.txt" and "pip-compile" not in text and not names):
        _add(names, versions, pyproject, pyproject.get("project", "dependencies"), ("project", "dependencies"))
    exact = all(re.search(r"==", version) for version in versions.values()) and bool(versions)
    return Requirements(
        "pip",
        Evidence(folder.path(listed)),
        (*files, *extra),
        lockfile=folder.path(listed) if exact and (_COMPILED.search(text) or len(versions) > 12) else None,
        names=names,
        versions=versions,
        constraint=constraint,
        constraint_at=pyproject.at("project", "requires-python") if constraint else None,
        packaged=local,
        hashed=bool(_HASHED.search(text)),
        local=local,
        source=listed,
        scripts=_scripts(pyproject),
        exact=exact,
    )


def _follow(folder: Folder, listed: str, names: dict[str, Evidence], versions: dict[str, str], files: list[str]) -> str:
    """Read a requirements file and those it includes; return all text read."""
    text = folder.read(listed) or ""
    if listed in files or len(files) > 8:
        return ""
    files.append(listed)
    path = folder.path(listed)
    for found in find_all(path, text, _LINE):
        name = normal(found.match[1])
        names.setdefault(name, Evidence(path, found.evidence.line, found.evidence.excerpt))
        versions.setdefault(name, (found.match[3] or "").strip())
    base = listed.rpartition("/")[0]
    for included in _INCLUDE.findall(text):
        target = _join(base, included)
        if target and folder.has(target):
            if re.search(rf"^[ \t]*(?:-c|--constraint)[ \t=]+{re.escape(included)}", text, re.M):
                files.append(target)
            else:
                text += _follow(folder, target, names, versions, files)
    return text


def _join(base: str, name: str) -> str | None:
    parts = base.split("/") if base else []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _project(folder: Folder, pyproject: Document, manager: str, lock: str | None) -> Requirements:
    names: dict[str, Evidence] = {}
    versions: dict[str, str] = {}
    _add(names, versions, pyproject, pyproject.get("project", "dependencies"), ("project", "dependencies"))
    extras = []
    optional = pyproject.table("project", "optional-dependencies")
    for extra in ("server", "prod", "production", "web", "app", "all-servers", "deploy", "api"):
        if extra in optional:
            _add(names, versions, pyproject, optional[extra], ("project", "optional-dependencies", extra))
            extras.append(extra)
    groups = []
    for group in ("prod", "production", "deploy"):
        if group in pyproject.table("dependency-groups"):
            _add(names, versions, pyproject, pyproject.table("dependency-groups")[group], ("dependency-groups", group))
            groups.append(group)
    if "dependencies" in (pyproject.get("project", "dynamic") or ()):
        _dynamic(folder, names, versions)
    constraint = pyproject.text_at("project", "requires-python")
    packaged = bool(pyproject.table("build-system")) and pyproject.get("tool", "uv", "package") is not False
    if manager == "pdm":
        packaged = pyproject.get("tool", "pdm", "distribution") is True
    local = _local_lock(lock, folder) if lock else None
    return Requirements(
        manager,
        Evidence(lock) if lock else pyproject.at("project"),
        tuple(dict.fromkeys(("pyproject.toml", *((local,) if local else ())))),
        lockfile=lock if lock is None or lock in folder.tree.known else None,
        names=names,
        versions=versions,
        extras=tuple(extras),
        groups=tuple(groups),
        constraint=constraint,
        constraint_at=pyproject.at("project", "requires-python") if constraint else None,
        packaged=packaged,
        source="pyproject.toml",
        scripts=_scripts(pyproject),
    )


def _local_lock(lock: str, folder: Folder) -> str | None:
    """Return a lock's name relative to the folder when it lies in it."""
    name = lock.rpartition("/")[2]
    return name if folder.has(name) else None


def _poetry(folder: Folder, pyproject: Document) -> Requirements:
    names: dict[str, Evidence] = {}
    versions: dict[str, str] = {}
    base = ("tool", "poetry", "dependencies")
    for name, value in pyproject.table(*base).items():
        if normal(name) == "python" or (isinstance(value, Mapping) and value.get("optional")):
            continue
        names[normal(name)] = pyproject.at(*base, name)
        wanted = value.get("version", "") if isinstance(value, Mapping) else value
        extras = value.get("extras") if isinstance(value, Mapping) else None
        versions[normal(name)] = str(wanted) + (f"[{','.join(map(str, extras))}]" if isinstance(extras, list) else "")
    _add(names, versions, pyproject, pyproject.get("project", "dependencies"), ("project", "dependencies"))
    key: tuple[str, ...] = (*base, "python")
    constraint = pyproject.text_at(*key)
    if constraint is None:
        key = ("project", "requires-python")
        constraint = pyproject.text_at(*key)
    locked = folder.has("poetry.lock")
    header = folder.find("poetry.lock", r"@?generated by Poetry (\d+\.\d+\.\d+)") if locked else None
    groups = tuple(
        group
        for group, table in pyproject.table("tool", "poetry", "group").items()
        if group in ("prod", "production", "deploy", "server") and isinstance(table, Mapping)
    )
    for group in groups:
        for name in pyproject.table("tool", "poetry", "group", group, "dependencies"):
            names.setdefault(normal(name), pyproject.at("tool", "poetry", "group", group, "dependencies", name))
    return Requirements(
        "poetry",
        Evidence(folder.path("poetry.lock")) if locked else pyproject.at("tool", "poetry"),
        ("pyproject.toml", "poetry.lock") if locked else ("pyproject.toml",),
        lockfile=folder.path("poetry.lock") if locked else None,
        names=names,
        versions=versions,
        groups=groups,
        constraint=constraint,
        constraint_at=pyproject.at(*key) if constraint else None,
        packaged=pyproject.get("tool", "poetry", "package-mode") is not False,
        source="pyproject.toml",
        scripts={**_scripts(pyproject), **{k: str(v) for k, v in pyproject.table("tool", "poetry", "scripts").items()}},
        lock_version=header.value if header else None,
    )


def _pipenv(folder: Folder) -> Requirements:
    pipfile = folder.toml("Pipfile") or Document(folder.path("Pipfile"), "", "toml", {})
    names = {normal(name): pipfile.at("packages", name) for name in pipfile.table("packages")}
    versions = {
        normal(name): str(value.get("version", "") if isinstance(value, Mapping) else value)
        for name, value in pipfile.table("packages").items()
    }
    locked = folder.has("Pipfile.lock")
    full, minor = pipfile.text_at("requires", "python_full_version"), pipfile.text_at("requires", "python_version")
    key = "python_full_version" if full else "python_version"
    return Requirements(
        "pipenv",
        Evidence(folder.path("Pipfile.lock" if locked else "Pipfile")),
        ("Pipfile", "Pipfile.lock") if locked else ("Pipfile",),
        lockfile=folder.path("Pipfile.lock") if locked else None,
        names=names,
        versions=versions,
        constraint=full or minor,
        constraint_at=pipfile.at("requires", key) if full or minor else None,
        source="Pipfile",
    )


def _setup(folder: Folder) -> Requirements:
    name = folder.has("setup.py") or "setup.cfg"
    path, text = folder.path(name), folder.read(name) or ""
    if name == "setup.py" and "install_requires" not in text and folder.has("setup.cfg"):
        path, text = folder.path("setup.cfg"), folder.read("setup.cfg") or ""
    names: dict[str, Evidence] = {}
    versions: dict[str, str] = {}
    block = re.search(r"install_requires\s*=\s*(\[.*?\]|\n(?:[ \t]+[^\n]+\n?)+)", text, re.S)
    if block:
        for found in find_all(
            path, text[: block.end()], r"^[ \t]*[\"']?([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?([=<>!~][^\"',\n]*)?[\"']?,?[ \t]*$"
        ):
            if found.match.start() > block.start():
                names[normal(found.match[1])] = found.evidence
                versions[normal(found.match[1])] = found.match[3] or ""
        for quoted in re.finditer(r"[\"']([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?([=<>!~][^\"']*)?[\"']", block[1]):
            names.setdefault(normal(quoted[1]), Evidence(path, text.count("\n", 0, block.start(1) + quoted.start()) + 1, quoted[0]))
            versions.setdefault(normal(quoted[1]), quoted[2] or "")
    wanted = re.search(r"python_requires\s*=\s*[\"']?([^\"'\n]+)", text)
    files = tuple(file for file in ("setup.py", "setup.cfg", "pyproject.toml") if folder.has(file))
    at = Evidence(path, text.count("\n", 0, wanted.start()) + 1, wanted[0]) if wanted else None
    scripts = dict(re.findall(r"^[ \t]*[\"']?([\w.-]+)\s*=\s*([\w.]+:[\w.]+)", text, re.M))
    return Requirements(
        "pip",
        Evidence(folder.path(name)),
        files,
        names=names,
        versions=versions,
        constraint=wanted[1].strip() if wanted else None,
        constraint_at=at,
        packaged=True,
        local=True,
        source=name,
        scripts=scripts,
    )


def _add(names: dict[str, Evidence], versions: dict[str, str], document: Document, wanted: Any, keys: tuple[str, ...]) -> None:
    """Add the requirement texts of a list, each with the line that holds it."""
    if not isinstance(wanted, Iterable) or isinstance(wanted, str | Mapping):
        return
    start = (document.at(*keys).line or 1) - 1
    lines = document.text.split("\n")
    for text in wanted:
        match = _LINE.match(text) if isinstance(text, str) else None
        if not match:
            continue
        number = next((n for n in range(start, len(lines)) if match[1] in lines[n]), None)
        proof = Evidence(document.path, number + 1 if number is not None else None, str(text)[:160])
        names.setdefault(normal(match[1]), proof)
        versions.setdefault(normal(match[1]), (match[3] or "").strip() + (match[2] or ""))


def _dynamic(folder: Folder, names: dict[str, Evidence], versions: dict[str, str]) -> None:
    listed = requirement_file(folder)
    if listed:
        _follow(folder, listed, names, versions, [])
    elif folder.has("setup.py", "setup.cfg"):
        old = _setup(folder)
        names.update(old.names)
        versions.update(old.versions)


def _scripts(pyproject: Document) -> dict[str, str]:
    return {name: str(target) for name, target in pyproject.table("project", "scripts").items()}
