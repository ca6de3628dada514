"""Browser assets that a Python application builds with Node.js before it serves them."""

from __future__ import annotations

from dataclasses import dataclass

from architect.plan import Copy, Env, Family, Image, Run, Stage, Step, Workdir
from architect.profile import Evidence
from architect.reading import Folder
from architect.request import Style
from architect.stacks.node import install, package, release
from architect.stacks.node.kinds import kind

PLACES = ("", "assets", "theme/static_src", "static_src")
_NAME = "assets"


@dataclass(frozen=True, slots=True)
class Assets:
    """The build: its folder, how its packages are installed, the Node.js release, and the script with its line."""

    where: str
    install: install.Install
    node: str
    command: str
    evidence: tuple[Evidence, ...]


def find_assets(folder: Folder) -> Assets | None:
    """Return the asset build of a Python application, or None where no package.json has one."""
    for place in PLACES:
        below = Folder(folder.tree, folder.path(place).strip("/")) if place else folder
        if not below.has("package.json"):
            continue
        found = package.read(below)
        script = next((name for name in ("build", "build:prod", "prod", "production") if found and name in found.scripts), None)
        if found is None or script is None or found.top != below.root or kind(below, found) is not None:
            continue
        node = release.release(below, found).value
        return Assets(place, install.gather(below, found), node, f"{found.manager.name} run {script}", (found.script_at(script),))
    return None


def stage(assets: Assets, style: Style, app: str) -> Stage:
    """Return the stage that leaves the sources with the built assets among them."""
    where = f"{app}/{assets.where}".rstrip("/")
    prefix = f"{assets.where}/" if assets.where else ""
    steps: list[Step] = [Workdir(where), *install.tools(assets.install, assets.node, False)]
    for step in install.manifests(assets.install):
        if isinstance(step, Copy):
            step = Copy(tuple(prefix + source for source in step.sources), step.destination, why=step.why, evidence=step.evidence)
        steps.append(step)
    steps.append(install.fetch(assets.install, scripts=False, node=assets.node))
    if prefix:
        steps.append(Workdir(app))
    steps.append(Copy((".",), "./", why="the build looks through the templates for what is used"))
    if prefix:
        steps.append(Workdir(where))
    steps += [
        Env("NODE_ENV", "production"),
        Run(assets.command, why="the repository's own asset build", evidence=assets.evidence),
        Run("rm -rf node_modules", why="only the result is kept"),
    ]
    lean = style is Style.LEAN
    reference = f"node:{assets.node}-alpine3.22" if lean and int(assets.node) >= 20 else f"node:{assets.node}-bookworm-slim"
    image = Image(
        reference, Family.ALPINE if "alpine" in reference else Family.DEBIAN, why="builds what browsers load; nothing of it runs later"
    )
    return Stage(_NAME, image, tuple(steps))


def sources(assets: Assets | None, app: str, context: str, *, owned: bool, why: str, evidence: tuple[Evidence, ...]) -> Copy:
    """Return the copy of the sources: from the context, or from the stage that built the assets among them."""
    if assets is None:
        return Copy((context,), "./", owned=owned, why=why, evidence=evidence)
    return Copy((f"{app}/",), f"{app}/", stage=_NAME, owned=owned, why=f"{why}, with the built assets", evidence=evidence)
