"""Front-end assets beside another language: a package.json whose build makes files that a server of that language serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from architect.plan import Copy, Family, Image, Packages, Run, Stage, Step, Workdir
from architect.profile import Evidence
from architect.reading import Folder
from architect.versions import newest, numbers, tool_version, version_file

_BERRY = "npm install -g corepack@0.34.0 && corepack enable"
NODE_DEFAULT = "24"
NODE_KNOWN = ("24", "22", "20", "18", "16", "14")
_LOCKS = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
_CACHES = {
    "npm": "/root/.npm",
    "yarn": "/usr/local/share/.cache/yarn",
    "pnpm": "/root/.local/share/pnpm/store",
    "bun": "/root/.bun/install/cache",
}


@dataclass(frozen=True, slots=True)
class Frontend:
    """What builds the assets: a folder relative to the component, the package manager, its lock file, the script, Node's release."""

    place: str
    manager: str
    lock: str | None
    script: str | None
    node: str
    evidence: Evidence
    dependencies: frozenset[str]
    berry: bool = False
    pinned: str = ""
    scripts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def manifests(self) -> tuple[str, ...]:
        """Return the files an installation takes, relative to the component."""
        base = f"{self.place}/" if self.place else ""
        return tuple(f"{base}{name}" for name in ("package.json", self.lock) if name)

    @property
    def cache(self) -> str:
        """Return the folder in which the package manager keeps what it fetched."""
        return _CACHES[self.manager]

    def install(self) -> str:
        """Return the command that installs exactly what the lock file says (or what the manifest says where there is none)."""
        if self.manager == "npm":
            return "npm ci" if self.lock else "npm install --no-audit --no-fund"
        if self.manager == "yarn":
            return "yarn install --immutable" if self.berry else "yarn install --frozen-lockfile"
        if self.manager == "pnpm":
            return "pnpm install --frozen-lockfile" if self.lock else "pnpm install"
        return "bun install --frozen-lockfile"

    def run(self, script: str, *, inside: bool = False) -> str:
        """Return the command that runs a script of package.json; with `inside`, from the component's folder."""
        if not (inside and self.place):
            return f"{self.manager} run {script}"
        option = {"npm": "--prefix", "pnpm": "--dir"}.get(self.manager, "--cwd")
        return f"{self.manager} {option} {self.place} run {script}"


def frontend(folder: Folder, place: str = "") -> Frontend | None:
    """Return what builds the assets in a folder of this component; None when there is no package.json."""
    name = f"{place}/package.json" if place else "package.json"
    document = folder.json(name)
    if document is None:
        return None
    home = Folder(folder.tree, folder.path(place) if place else folder.root)
    lock, manager = next(((lock, manager) for lock, manager in _LOCKS if home.has(lock)), (None, "npm"))
    named = document.text_at("packageManager") or ""
    if lock is None and named.split("@")[0] in _CACHES:
        manager = named.split("@")[0]
    scripts = document.table("scripts")
    script = next(
        (
            script
            for script in ("production", "build:prod", "build:production", "prod", "build", "compile")
            if isinstance(scripts.get(script), str)
        ),
        None,
    )
    berry = manager == "yarn" and (bool(home.has(".yarnrc.yml")) or bool(re.match(r"yarn@[2-9]", named)))
    wanted = frozenset((*document.table("dependencies"), *document.table("devDependencies")))
    return Frontend(
        place,
        manager,
        lock,
        script,
        _node(home, document.text_at("engines", "node")),
        document.at("scripts", script) if script else Evidence(document.path),
        wanted,
        berry,
        _pinned(home, manager, named),
        MappingProxyType({name: command for name, command in scripts.items() if isinstance(command, str)}),
    )


def stage(found: Frontend, script: str, cached: bool) -> Stage:
    """Return a stage `assets` that builds the front end with a script, the whole component at hand under /src."""
    inner = f"/src/{found.place}" if found.place else "/src"
    if found.manager == "bun":
        image = Image("oven/bun:1.3-slim", Family.DEBIAN, user="bun", why="builds the front end")
    else:
        image = Image(_debian(found.node), Family.DEBIAN, user="node", why="builds the front end")
    prepare = f"npm install -g pnpm@{found.pinned} && " if found.manager == "pnpm" else "corepack enable && " if found.berry else ""
    caches = (found.cache,) if cached else ()
    steps = (
        Workdir(inner),
        Copy(found.manifests, f"{inner}/", why="dependencies change less often than code"),
        Run(prepare + found.install(), caches=caches, why="exactly what the lock file says" if found.lock else "there is no lock file"),
        Copy((".",), "/src/", why="the code of the front end"),
        Run(found.run(script), caches=caches, why="the project's own build script", evidence=(found.evidence,)),
    )
    return Stage("assets", image, steps)


def node_copy(found: Frontend, family: Family = Family.DEBIAN) -> tuple[Stage, tuple[Step, ...]]:
    """Return a stage with Node and the steps that bring it into a build stage of another language, of the same family."""
    alpine = family is Family.ALPINE
    image = Image(
        f"node:{found.node}-alpine" if alpine else _debian(found.node),
        family,
        user="node",
        why="Node for the asset pipeline",
    )
    steps: list[Step] = [Packages((), ("libstdc++",), why="Node needs the C++ library")] if alpine else []
    steps += [
        Copy(("/usr/local/bin/node",), "/usr/local/bin/", stage="node", why="the asset pipeline runs on Node"),
        Copy(("/usr/local/lib/node_modules",), "/usr/local/lib/node_modules", stage="node", why="npm"),
    ]
    links = [f"ln -s ../lib/node_modules/npm/bin/{name}-cli.js /usr/local/bin/{name}" for name in ("npm", "npx")]
    if found.manager == "bun":
        links.append("npm install -g bun@1.3.0")
    elif found.manager != "npm":
        links.append(_BERRY if found.berry else f"npm install -g {found.manager}@{found.pinned}")
    steps.append(Run(" && ".join(links), why="the package manager the lock file belongs to"))
    return Stage("node", image), tuple(steps)


def _debian(node: str) -> str:
    """Return Node's slim image on the newest Debian that its release was made for."""
    major = int(node.partition(".")[0])
    return f"node:{node}-{'bookworm' if major >= 16 else 'bullseye' if major >= 12 else 'buster'}-slim"


def _pinned(home: Folder, manager: str, named: str) -> str:
    """Return the package manager's release: the one package.json names, else one that reads the lock file."""
    exact = re.match(rf"{manager}@(\d+\.\d+\.\d+)", named)
    if exact:
        return exact[1]
    if manager == "pnpm":
        format_ = home.find("pnpm-lock.yaml", r"^lockfileVersion:\s*['\"]?(\d+)")
        return {"5": "7.33.7", "6": "8.15.9"}.get(format_.value if format_ else "", "9.15.9")
    return "1.22.22"


def _node(home: Folder, engines: str | None) -> str:
    for fact in (version_file(home, ".nvmrc", ".node-version"), tool_version(home, "node", "nodejs")):
        if fact and numbers(fact.value.lstrip("v")):
            return str(numbers(fact.value.lstrip("v"))[0])
    if engines:
        return newest(engines, NODE_KNOWN) or NODE_DEFAULT
    return "22"
