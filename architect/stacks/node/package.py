"""What a package.json and the lock beside or above it say: dependencies, scripts, package manager, workspace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from architect.profile import Basis, Evidence, Fact
from architect.reading import Document, Folder, glob_matches
from architect.versions import newest, numbers

LOCKS = (
    ("bun", "bun.lock"),
    ("bun", "bun.lockb"),
    ("pnpm", "pnpm-lock.yaml"),
    ("yarn", "yarn.lock"),
    ("npm", "package-lock.json"),
    ("npm", "npm-shrinkwrap.json"),
)
SHARED = frozenset({"vite", "webpack", "parcel", "typescript", "tsx", "ts-node", "@nestjs/cli", "@angular/cli", "esbuild", "tsup"})
PNPM = {"5.3": "6.35.1", "5.4": "7.33.7", "6.0": "8.15.9", "6.1": "8.15.9", "9.0": "9.15.9"}
PNPM_RELEASES = ("10.33.0", "9.15.9", "8.15.9", "7.33.7", "6.35.1")


@dataclass(frozen=True, slots=True)
class Manager:
    """The package manager: `berry` is Yarn 2 or newer, `version` the release to install, None for the one in the base image."""

    name: str
    proof: Evidence
    version: str | None = None
    berry: bool = False
    carried: str | None = None

    @property
    def label(self) -> str:
        """Return the name people use."""
        return "yarn berry" if self.berry else self.name


@dataclass(frozen=True, slots=True)
class Package:
    """A package.json with its surroundings. `top` is the folder installs run in (the workspace's root), `members` its packages."""

    document: Document
    manager: Manager
    lockfile: str | None
    top: str
    members: tuple[str, ...] = ()
    dependencies: Mapping[str, Evidence] = field(default_factory=dict)
    development: Mapping[str, Evidence] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, Evidence] = field(default_factory=dict)
    used: bool = False

    @property
    def name(self) -> str | None:
        """Return the package's own name."""
        return self.document.text_at("name")

    def has(self, *names: str) -> str | None:
        """Return the first of these packages among all dependencies."""
        tables = (self.dependencies, self.development, self.shared)
        return next((name for name in names if any(name in table for table in tables)), None)

    def proof(self, *names: str) -> tuple[Evidence, ...]:
        """Return the lines that declare these packages."""
        tables = (self.dependencies, self.development, self.shared)
        return tuple(proof for name in names if (proof := next((table[name] for table in tables if name in table), None)))

    def range(self, name: str) -> str:
        """Return the version range of a dependency, "" when there is none."""
        for table in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
            value = self.document.get(table, name)
            if isinstance(value, str):
                return value
        return ""

    def major(self, name: str) -> int | None:
        """Return the lowest major version that a dependency's range names."""
        found = re.search(r"(\d+)(?:\.|$|[^\w])", self.range(name) + " ")
        return int(found[1]) if found else None

    def script_at(self, name: str) -> Evidence:
        """Return the line of a script."""
        return self.document.at("scripts", name)


def read(folder: Folder) -> Package | None:
    """Return the package of a folder, or None when it has no readable package.json."""
    document = folder.json("package.json")
    if document is None:
        return None
    top, members = _workspace(folder)
    scripts = {name: text for name, text in document.table("scripts").items() if isinstance(text, str)}
    runtime = {**_named(document, "optionalDependencies"), **_named(document, "dependencies")}
    manager, lock = _manager(folder, document, Folder(folder.tree, top))
    above = Folder(folder.tree, top).json("package.json") if top != folder.root else None
    shared = {name: at for name, at in _named(above, "devDependencies").items() if name in SHARED} if above else {}
    development = _named(document, "devDependencies")
    return Package(document, manager, lock, top, members, runtime, development, scripts, shared, _used(folder, document, members))


def described(document: Document) -> bool:
    """Tell whether a package.json describes its package for others to install."""
    keys = ("exports", "files", "types", "typings", "publishConfig", "peerDependencies", "bin")
    return document.get("private") is not True and any(document.get(key) for key in keys)


def _used(folder: Folder, document: Document, members: tuple[str, ...]) -> bool:
    """Tell whether another member of the workspace depends on this package, as on a library."""
    name = document.text_at("name")
    for member in members if name and folder.root in members else ():
        other = folder.tree.document(f"{member}/package.json", "json")
        if other and member != folder.root and any(name in other.table(table) for table in ("dependencies", "devDependencies")):
            return True
    return False


def _named(document: Document, table: str) -> dict[str, Evidence]:
    names = document.table(table)
    if not names:
        return {}
    start = document.at(table).line or 1
    lines = document.text.split("\n")
    found = {}
    for name in names:
        number = next((n for n in range(start - 1, len(lines)) if f'"{name}"' in lines[n]), None)
        found[name] = Evidence(
            document.path, number + 1 if number is not None else None, lines[number].strip()[:160] if number is not None else ""
        )
    return found


def _workspace(folder: Folder) -> tuple[str, tuple[str, ...]]:
    """Return the workspace's root that a folder belongs to (itself when to none) and the folders of its members."""
    for place in folder.upwards():
        globs = workspace_globs(place)
        if not globs:
            continue
        members = _members(place, globs)
        if place.root == folder.root or folder.root in members:
            return place.root, members
    return folder.root, ()


def workspace_globs(folder: Folder) -> tuple[str, ...]:
    """Return the patterns of a workspace's members: package.json `workspaces`, pnpm-workspace.yaml, lerna.json."""
    document = folder.json("package.json")
    found = document.get("workspaces") if document else None
    found = found.get("packages") if isinstance(found, Mapping) else found
    pnpm = folder.read("pnpm-workspace.yaml")
    if not found and pnpm:
        block = re.search(r"^packages:[ \t]*\n((?:[ \t]*(?:-|#)[^\n]*\n?|[ \t]*\n)+)", pnpm, re.M)
        found = re.findall(r"^[ \t]*-[ \t]*[\"']?([^\"'\n#]+)", block[1], re.M) if block else []
    lerna = folder.json("lerna.json") if not found and folder.has("lerna.json") else None
    found = lerna.get("packages") if lerna else found
    return tuple(str(glob).strip().removeprefix("./").rstrip("/") for glob in found) if isinstance(found, list) else ()


def _members(place: Folder, globs: tuple[str, ...]) -> tuple[str, ...]:
    wanted = [glob for glob in globs if not glob.startswith("!")]
    refused = [glob[1:] for glob in globs if glob.startswith("!")]
    prefix = place.root + "/" if place.root else ""
    found = []
    for path, names in place.tree.by_folder.items():
        if "package.json" not in names or not path.startswith(prefix) or path == place.root:
            continue
        inner = path[len(prefix) :]
        if any(glob_matches(inner, glob) for glob in wanted) and not any(glob_matches(inner, glob) for glob in refused):
            found.append(path)
    return tuple(sorted(found))


def _manager(folder: Folder, document: Document, top: Folder) -> tuple[Manager, str | None]:
    """Return the package manager and its lock: the field that names it, else the lock that lies there, else npm."""
    above = top.json("package.json") or document
    stated, at = _stated(document if document.text_at("packageManager") else above)
    locks = [(name, place.path(file)) for place in dict.fromkeys((folder, top)) for name, file in LOCKS if place.has(file)]
    if top.root == folder.root:
        locks = [(name, folder.path(file)) for name, file in LOCKS if folder.has(file)]
    chosen = next((lock for lock in locks if stated and lock[0] == stated[0]), locks[0] if locks and not stated else None)
    if stated is None and locks:
        chosen = locks[0]
    name = stated[0] if stated else chosen[0] if chosen else _engine(document) or ("pnpm" if top.has("pnpm-workspace.yaml") else "npm")
    lock = chosen[1] if chosen else None
    proof = at or (Evidence(lock) if lock else Evidence(document.path))
    if name == "yarn":
        return _yarn(top, lock, stated[1] if stated else None, proof), lock
    version = stated[1] if stated else None
    if name == "pnpm":
        version = version or _pnpm(folder, document, lock)
    return Manager(name, proof, version if name != "npm" else None), lock


def _stated(document: Document) -> tuple[tuple[str, str] | None, Evidence | None]:
    text = document.text_at("packageManager") or ""
    hit = re.match(r"(npm|yarn|pnpm|bun)@v?(\d+\.\d+\.\d+)", text)
    return ((hit[1], hit[2]), document.at("packageManager")) if hit else (None, None)


def _engine(document: Document) -> str | None:
    return next((name for name in ("pnpm", "yarn", "bun") if document.text_at("engines", name)), None)


def _pnpm(folder: Folder, document: Document, lock: str | None) -> str:
    """Return a pnpm release that reads this lock's format."""
    text = (folder.tree.read(lock, 4_096) or "") if lock else ""
    found = re.search(r"^lockfileVersion:\s*['\"]?(\d+\.\d+)", text, re.M)
    engine = newest(document.text_at("engines", "pnpm") or "", PNPM_RELEASES) if document.text_at("engines", "pnpm") else None
    return engine or (PNPM.get(found[1], PNPM["9.0"]) if found else PNPM["9.0"])


def _yarn(top: Folder, lock: str | None, version: str | None, proof: Evidence) -> Manager:
    rc = top.read(".yarnrc.yml") or ""
    carried = re.search(r"^yarnPath:\s*[\"']?([^\"'\n]+)", rc, re.M)
    head = (top.tree.read(lock, 4_096) or "") if lock else ""
    berry = bool(rc and "yarnPath" in rc) or "__metadata:" in head or bool(version and numbers(version) >= (2,)) or bool(rc)
    if not berry:
        return Manager("yarn", proof)
    return Manager("yarn", proof, version, True, carried[1].strip() if carried else None)


def manager_fact(package: Package) -> Fact[str]:
    """Return the package manager as a fact; a default when neither a lock nor a field names one."""
    manager = package.manager
    stated = package.lockfile or manager.proof.line
    basis = Basis.DECLARED if stated else Basis.DEFAULT
    return Fact(manager.name, basis, (manager.proof,), "" if stated else "no lock file names a package manager, so npm")
