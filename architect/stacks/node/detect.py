"""The detector of Node.js and Bun applications: joins package, release, kind and sources into one component."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

from architect.commands import argv, env_examples, env_port, merged, port_in, procfile
from architect.profile import Basis, Component, Evidence, Fact, Process, Role
from architect.reading import Folder
from architect.services import needed
from architect.stacks.node.building import Building, building
from architect.stacks.node.install import gather
from architect.stacks.node.kinds import Keep, Kind, kind
from architect.stacks.node.package import Package, manager_fact, read
from architect.stacks.node.pages import pages
from architect.stacks.node.release import release
from architect.stacks.node.scripts import Command, starts
from architect.stacks.node.servers import ENTRIES, SERVERS, bare, server
from architect.stacks.node.source import Sources, scan
from architect.stacks.node.workspace import command, commanded, depended, joined
from architect.stacks.static import PORT as PAGES_PORT
from architect.stacks.static import SERVE
from architect.startup import container_port, proxy_port, readme_port
from architect.tree import Tree

GNU_ONLY = (
    "puppeteer",
    "playwright",
    "playwright-core",
    "@tensorflow/tfjs-node",
    "onnxruntime-node",
    "chromium",
    "oracledb",
    "ibm_db",
    "canvas",
    "node-rdkafka",
)


def detect(tree: Tree, root: str) -> Component | None:
    """Return the Node.js or Bun application in a folder; a library is a component of that role without a start command."""
    folder = Folder(tree, root)
    package = read(folder)
    if package is None:
        return None
    commands = starts(folder, package)
    if (package.used and not package.has(*SERVERS, "next", "nuxt", "astro")) or commanded(folder, package):
        return _component(folder, tree, package, None, Sources())
    if package.members and package.top == folder.root and _delegates(folder, package, commands):
        return None
    found = kind(folder, package)
    sources = scan(folder, tuple(_first_files(package, commands)))
    if found is None:
        found = server(folder, package, commands, sources) or pages(folder, package) or bare(folder, package, commands, sources)
    if found is None and (found := command(folder, package)) is not None:
        sources = joined(folder, package, sources)
    if found is None and not package.document.text_at("name"):
        return None
    if found is None and not _library(package):
        return None
    return _component(folder, tree, package, found, sources)


def _services(folder: Folder, package: Package) -> tuple[Fact[str], ...]:
    """Return what the package needs, and what the members of its workspace prove that it depends on, directly or through others."""
    found = {fact.value: fact for fact in needed("npm", package.dependencies, folder.tree, folder.root)}
    for member in depended(folder, package):
        place = member.path.rpartition("/")[0]
        lines = {name: member.at("dependencies", name) for name in member.table("dependencies")}
        for fact in needed("npm", lines, folder.tree, place):
            if fact.firm:
                found.setdefault(fact.value, fact)
    return tuple(found.values())


def _delegates(folder: Folder, package: Package, commands: tuple[Command, ...]) -> bool:
    """Tell whether a workspace's root only hands over to its members."""
    text = " ".join(package.scripts.get(command.script, "") for command in commands)
    handed = re.search(r"turbo|nx |lerna|--filter|--workspace|-w |\bworkspaces? |--prefix|\bcd |-C |-F ", text)
    if not commands:
        return folder.has(*ENTRIES) is None
    return bool(handed) or all(command.manager for command in commands)


def _library(package: Package) -> bool:
    return package.document.get("private") is not True and package.document.get("version") is not None


def _scripts(folder: Folder, package: Package) -> Fact[tuple[str, ...]]:
    """Return the names of the package's scripts, and of the workspace's root, where commands of the build may be run too."""
    top = Folder(folder.tree, package.top).json("package.json") if package.top != folder.root else None
    names = dict.fromkeys([*package.scripts, *(top.table("scripts") if top is not None else ())])
    return Fact(tuple(names), Basis.DECLARED, (package.document.at("scripts"),))


def _first_files(package: Package, commands: tuple[Command, ...]) -> list[str]:
    found = [part.removeprefix("./") for command in commands for part in command.argv[1:] if not part.startswith("-")]
    main = package.document.text_at("main")
    found += [main.removeprefix("./")] if main else []
    return [*found, *(f"{name}.js" for name in found if "." not in name), *(f"{name}/index.js" for name in found if "." not in name)]


def _component(folder: Folder, tree: Tree, package: Package, found: Kind | None, sources: Sources) -> Component:
    runtime = release(folder, package)
    bun = bool(found and found.start and found.start.value[0] == "bun")
    made = building(folder, package, found) if found else Building()
    static = found is not None and found.keep is Keep.PAGES
    port = _port(folder, package, found, sources) if found and found.role in (Role.WEB, Role.STATIC) else None
    framework = Fact(found.framework, Basis.DECLARED, found.evidence) if found and found.framework else None
    questions = [*(found.questions if found else ()), *made.questions]
    if package.lockfile is None and (package.dependencies or package.development) and found:
        questions.append(f"{package.document.path} has no lock file beside it, so two builds may install different versions; commit one.")
    language = Evidence(folder.path("tsconfig.json")) if folder.has("tsconfig.json") else Evidence(package.document.path)
    variables = tuple(sources.variables.values())
    return Component(
        name=folder.label,
        stack="node",
        root=folder.root,
        role=found.role if found else Role.LIBRARY,
        language=Fact("node", Basis.DECLARED, (language,), "TypeScript" if folder.has("tsconfig.json") else ""),
        framework=framework,
        runtime=_bun(folder, package) if bun else runtime,
        package_manager=manager_fact(package),
        lockfile=package.lockfile,
        build=Fact(made.command, Basis.DECLARED, made.evidence) if made.command else None,
        start=Fact(SERVE, Basis.DEFAULT, (), "nginx serves the finished pages") if static else found.start if found else None,
        port=port,
        health=_health(found, sources) if found else None,
        processes=_processes(folder, found) if found else (),
        services=_services(folder, package) if not static else (),
        variables=merged(variables, env_examples(folder)),
        system_packages=_system(package, made),
        context=package.top if package.top != folder.root else None,
        scripts=_scripts(folder, package),
        details=MappingProxyType(_details(folder, package, found, made, sources, questions, bun, runtime)),
    )  # fmt: skip


def _details(
    folder: Folder,
    package: Package,
    found: Kind | None,
    made: Building,
    sources: Sources,
    questions: list[str],
    bun: bool,
    runtime: Fact[str],
) -> dict[str, Any]:
    """Return what the plan needs beyond the component's facts."""
    program = found.start.value[0] if found and found.start else ""
    handled = any(
        re.search(r"process\.(on|once)\(\s*[\"'`]SIGTERM|enableShutdownHooks|close-with-grace|http-terminator|terminus", text)
        for text in sources.texts.values()
    )
    return {
        "kind": found,
        "building": made,
        "install": gather(folder, package),
        "reads_port": sources.reads_port,
        "questions": tuple(questions),
        "bun": bun,
        "node": runtime.value,
        "public": folder.has_folder("public"),
        "has_dependencies": bool(package.dependencies),
        "runs_from_dependencies": program in ("node", "bun", "next", "sh")
        or program not in {one.rpartition("/")[2] for one in package.development},
        "gnu_only": bool(package.has(*GNU_ONLY)),
        "handles_signals": handled,
    }


def _system(package: Package, made: Building) -> tuple[Fact[str], ...]:
    """Return the operating-system packages by name, each with the dependency that needs it first."""
    found: dict[str, Fact[str]] = {}
    for by, names in made.system.items():
        for name in names:
            found.setdefault(name, Fact(name, Basis.CONVENTION, package.proof(by), f"{by} needs it"))
    return tuple(found.values())


def _bun(folder: Folder, package: Package) -> Fact[str]:
    found = folder.find(".bun-version", r"^v?(\d+\.\d+)")
    if found:
        return Fact(found.value, Basis.DECLARED, (found.evidence,))
    if package.manager.name == "bun" and package.manager.version:
        return Fact(".".join(package.manager.version.split(".")[:2]), Basis.DECLARED, (package.manager.proof,))
    return Fact("1.3", Basis.DEFAULT, (), "the repository names no Bun version")


def _port(folder: Folder, package: Package, found: Kind, sources: Sources) -> Fact[int]:
    """Return the port: the start command, the code, example environments, an existing Dockerfile, the framework's usual one."""
    if found.keep is Keep.PAGES:
        return Fact(PAGES_PORT, Basis.DEFAULT, (), "an unprivileged server cannot bind ports below 1024")
    line = " ".join(found.start.value) if found.start else ""
    number = port_in(line) or (int(found.environment["PORT"]) if found.environment.get("PORT", "").isdigit() else None)
    if number and found.start:
        return Fact(number, Basis.DECLARED, found.start.evidence)
    own = found.framework not in ("next", "nuxt", "remix", "react-router", "sveltekit", "tanstack-start")
    custom = own or (
        found.start is not None and found.start.value[0] == "node" and found.keep is Keep.PACKAGE and found.framework == "next"
    )
    stated = env_port(folder, "PORT", "APP_PORT", "SERVER_PORT", "HTTP_PORT", "API_PORT", "NODE_PORT")
    for value, evidence in sources.ports if custom else ():
        return Fact(value, Basis.CODE, (evidence,))
    stated = stated or container_port(folder)
    if stated:
        return stated
    usual = Fact(found.usual_port or 3000, Basis.DEFAULT, (), "the framework's usual port; nothing in the repository names another")
    return (proxy_port(folder) or readme_port(folder) or usual) if custom else usual


def _health(found: Kind, sources: Sources) -> Fact[str] | None:
    if found.role not in (Role.WEB, Role.STATIC):
        return None
    for path, evidence in sorted(sources.health, key=lambda hit: ("health" not in hit[0], len(hit[0]))):
        if found.keep is not Keep.PAGES and _mounted_at_root(sources, evidence):
            return Fact(path, Basis.CODE, (evidence,))
    return Fact("/", Basis.CONVENTION, found.evidence, "the start page") if found.keep is Keep.PAGES else found.health


def _mounted_at_root(sources: Sources, evidence: Evidence) -> bool:
    """Tell whether a route's path is whole: it stands on the application itself, not on a router mounted elsewhere."""
    text = next((text for name, text in sources.texts.items() if evidence.path.endswith(name)), "")
    if re.search(r"@Controller\(", evidence.excerpt):
        return not any(re.search(r"setGlobalPrefix\(|enableVersioning\(", other) for other in sources.texts.values())
    owner = re.match(r".*?\b(\w+)\s*\.(?:get|use|all|route|head)\(", evidence.excerpt)
    if owner is None:
        return False
    makers = r"(?:await\s+)?(?:new\s+)?(?:\w+\.)?(?:express|fastify|Fastify|Hono|Koa|Elysia|polka|createServer)\("
    made = rf"\b{re.escape(owner[1])}\s*(?::[^=\n]+)?=\s*{makers}"
    return re.search(made, text) is not None or owner[1] in ("app", "server", "fastify")


def _processes(folder: Folder, found: Kind) -> tuple[Process, ...]:
    processes = []
    for name, (text, evidence) in procfile(folder).items():
        parts = argv(text)
        if (
            name not in ("web", "release")
            and parts
            and not (found.start and parts == found.start.value)
            and parts[0] not in ("npm", "yarn")
        ):
            processes.append(Process(name, parts, (evidence,)))
    return tuple(processes)
