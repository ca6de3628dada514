"""How each JavaScript package manager installs from its lock, and how it drops what only builds need."""

from __future__ import annotations

from dataclasses import dataclass

from architect.plan import Copy, Env, Run, Step
from architect.profile import Evidence
from architect.reading import Folder
from architect.stacks.node.package import Package

CACHES = {
    "npm": ("/root/.npm",),
    "pnpm": ("/root/.local/share/pnpm/store",),
    "yarn": ("/usr/local/share/.cache/yarn",),
    "berry": ("/root/.yarn/berry/cache",),
    "bun": ("/root/.bun/install/cache",),
}
_SETTINGS = (".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "pnpm-workspace.yaml", "bunfig.toml", "lerna.json")
_CARRIED = (".yarn/releases/", ".yarn/plugins/", ".yarn/patches/", "patches/")
BUN = "1.3.14"
COREPACK = "0.36.0"


@dataclass(frozen=True, slots=True)
class Install:
    """What an install needs to know at planning time: files to copy first, and how the lock is honoured."""

    manager: str
    berry: bool
    version: str | None
    carried: str | None
    locked: bool
    files: tuple[str, ...]
    folders: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    name: str | None = None
    workspace: bool = False
    prunes: bool = True


def gather(folder: Folder, package: Package) -> Install:
    """Return the install of a package, with every manifest of its workspace; paths are relative to the workspace's root."""
    top = Folder(folder.tree, package.top)
    prefix = package.top + "/" if package.top else ""
    locks = (package.lockfile.removeprefix(prefix),) if package.lockfile and package.lockfile.startswith(prefix) else ()
    files = ["package.json", *locks, *(name for name in _SETTINGS if top.has(name))]
    for member in package.members:
        inner = member.removeprefix(prefix)
        files += [f"{inner}/{name}" for name in ("package.json", ".npmrc") if top.has(f"{inner}/{name}")]
    carried = tuple(place for place in _CARRIED if top.has_folder(place.rstrip("/")))
    manager = package.manager
    plugin = any("workspace-tools" in name for name in top.names(".yarn/plugins/@yarnpkg"))
    modern = manager.berry and (plugin or (manager.version or "4").split(".")[0] not in ("2", "3"))
    return Install(
        manager.name,
        manager.berry,
        manager.version,
        manager.carried,
        package.lockfile is not None,
        tuple(dict.fromkeys(files)),
        carried,
        (Evidence(package.lockfile),) if package.lockfile else (manager.proof,),
        package.name,
        package.top != folder.root,
        modern or not manager.berry,
    )


def tools(install: Install, node: str, bun_image: bool) -> list[Step]:
    """Return the steps that put the package manager into a Node.js image; npm and classic Yarn are there already."""
    if install.manager == "pnpm" and install.version:
        return [
            Run(
                f"npm install -g pnpm@{install.version}",
                caches=CACHES["npm"],
                why="the package manager, at the release that wrote the lock",
            )
        ]
    if install.manager == "bun" and not bun_image:
        return [
            Run(f"npm install -g bun@{install.version or BUN}", caches=CACHES["npm"], why="the package manager; Node.js runs the result")
        ]
    steps: list[Step] = []
    if install.berry:
        if int(node) >= 25:
            steps.append(Run(f"npm install -g corepack@{COREPACK}", caches=CACHES["npm"], why="newer Node.js images leave it out"))
        if install.carried is None:
            steps.append(Run("corepack enable", why="brings the Yarn release that the repository asks for"))
        steps.append(Env("YARN_NODE_LINKER", "node-modules", why="plain folders, so that node starts without a loader"))
        steps.append(Env("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"))
    elif install.manager == "yarn" and int(node) >= 26:
        steps.append(Run("npm install -g yarn@1.22.22", caches=CACHES["npm"], why="newer Node.js images leave it out"))
    return steps


def manifests(install: Install) -> list[Step]:
    """Return the copies of manifests and lock, each to its own folder."""
    by_folder: dict[str, list[str]] = {}
    for name in install.files:
        by_folder.setdefault(name.rpartition("/")[0], []).append(name)
    why = "the dependencies change less often than the sources"
    steps: list[Step] = [
        Copy(tuple(names), f"./{place}/" if place else "./", why=why, evidence=install.evidence) for place, names in by_folder.items()
    ]
    steps += [Copy((place,), f"./{place}", why="files that the install itself reads") for place in install.folders]
    return steps


def fetch(install: Install, *, scripts: bool, production: bool = False, node: str = "24") -> Run:
    """Return the install from the lock; without a lock the newest permitted versions, said so in the reason."""
    quiet = "" if scripts else " --ignore-scripts"
    old = node.isdigit() and int(node) < 16
    omit = " --production" if old else " --omit=dev"
    if install.manager == "npm":
        text = ("npm ci" if install.locked else "npm install") + " --no-audit --no-fund" + (omit if production else "") + quiet
    elif install.manager == "pnpm":
        text = "pnpm install" + (" --frozen-lockfile" if install.locked else "") + (" --prod" if production else "") + quiet
    elif install.berry:
        text = "yarn install --immutable" if install.locked else "yarn install"
        if production and install.prunes:
            text = "yarn workspaces focus --production" + (f" {install.name}" if install.workspace and install.name else "")
    elif install.manager == "yarn":
        text = "yarn install" + (" --frozen-lockfile" if install.locked else "") + (" --production" if production else "") + quiet
    else:
        text = "bun install" + (" --frozen-lockfile" if install.locked else "") + (" --production" if production else "") + quiet
    why = "exactly what the lock says" if install.locked else "there is no lock file, so the newest permitted versions"
    return Run(text, caches=CACHES["berry" if install.berry else install.manager], why=why, evidence=install.evidence)


def prune(install: Install, node: str) -> list[Step]:
    """Return the steps that leave only what runs; empty where the manager cannot."""
    why = "only what runs goes into the final image"
    caches = CACHES["berry" if install.berry else install.manager]
    old = node.isdigit() and int(node) < 16
    if install.manager == "npm":
        return [Run(f"npm prune {'--production' if old else '--omit=dev'}", why=why)]
    if install.manager == "pnpm":
        frozen = " --frozen-lockfile" if install.locked else ""
        return [Run(f"CI=true pnpm install --prod{frozen} --ignore-scripts", caches=caches, why=why)]
    if install.berry:
        return [fetch(install, scripts=False, production=True, node=node)] if install.prunes else []
    if install.manager == "yarn":
        frozen = " --frozen-lockfile" if install.locked else ""
        return [Run(f"yarn install{frozen} --production --ignore-scripts --prefer-offline", caches=caches, why=why)]
    frozen = " --frozen-lockfile" if install.locked else ""
    return [Run(f"rm -rf node_modules && bun install{frozen} --production --ignore-scripts", caches=caches, why=why)]
