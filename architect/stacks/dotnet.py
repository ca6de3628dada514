""".NET: ASP.NET Core, workers and console programs, alone or out of a solution; Blazor WebAssembly as static files."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Sequence

from architect import bases, code, sockets
from architect.code import Source
from architect.commands import merged
from architect.ecosystems import msbuild
from architect.ecosystems.msbuild import Project
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder, find
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.stacks.static import SERVE, served
from architect.tree import Tree
from architect.versions import numbers

REGISTRY = "mcr.microsoft.com/dotnet"
CACHE = "/root/.nuget/packages"
_RELATIONAL = ("postgres", "mysql", "mariadb", "mssql", "oracle")


class DotNet:
    """A project file, or a solution with one project that runs."""

    id = "dotnet"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find what runs; a solution with one such project is one component at the solution's folder."""
        folder = Folder(tree, root)
        here = [known for known in msbuild.projects_here(folder) if known.kind != "library"]
        if here:
            found = _component(self.id, folder, here[0])
            outer = msbuild.solution(folder)
            below = msbuild.runnable_below(outer) if outer is not None and outer.root != folder.root else ()
            if outer is not None and below and msbuild.ASIDE.search(folder.root[len(outer.root) :].strip("/") + "/"):
                return None
            alone = len(below) == 1
            if here[0].kind == "wasm" and below and all(known.path != here[0].path for known in below):
                return None  # the server that refers to it serves it
            return None if alone and found and found.context is not None else found
        if not any(name.endswith((".sln", ".slnx")) for name in folder.names()):
            return None
        below = msbuild.runnable_below(folder)
        found = _component(self.id, folder, below[0]) if len(below) == 1 else None
        return found if found and _context(below[0].folder, below[0], msbuild.closure(below[0]))[0] is not None else None

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Publish with the SDK, run on the runtime."""
        return _plan(component, style)


def _component(stack: str, folder: Folder, own: Project) -> Component | None:
    found = own.framework
    if found is None:
        return None
    release, line = found
    closure = msbuild.closure(own)
    context, files_above = _context(folder, own, closure)
    outer = Folder(folder.tree, context if context is not None else folder.root)
    names = [
        name
        for name in own.folder.files("*")
        if name.endswith((".cs", ".fs", ".vb")) and not re.search(r"(^|/)(bin|obj|Migrations|node_modules)/", name)
    ]
    names.sort(key=lambda name: (not re.search(r"(Program|Startup|Worker|Dependency|Extensions)", name), name.count("/"), name))
    files = code.sources(own.folder, names)
    web = own.kind == "web"
    port = (
        _port(own, files, release, line, closure)
        if web
        else Fact(8080, Basis.DEFAULT, (), "an unprivileged server cannot bind ports below 1024")
        if own.kind == "wasm"
        else sockets.anywhere(sockets.numbered(files), named=True)
        if own.kind == "exe"
        else None
    )
    packages = {name: proof for known in closure for name, proof in known.packages.items()}
    start = SERVE if own.kind == "wasm" else ("dotnet", f"{own.assembly}.dll")
    loops = code.first(files, r"while\s*\(\s*true\s*\)|BackgroundService|IHostedService|\.Run\(\)")
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.STATIC if own.kind == "wasm" else Role.WEB if web or port else Role.WORKER if own.kind == "worker" or loops else Role.JOB,
        language=Fact("dotnet", Basis.DECLARED, (own.nodes[0].evidence,)),
        framework=_framework(own),
        runtime=Fact(release, Basis.DECLARED, (line,)),
        package_manager=Fact("nuget", Basis.DECLARED, (Evidence(own.path),)),
        lockfile=own.folder.has("packages.lock.json"),
        build=Fact(f"dotnet publish {own.name}", Basis.DECLARED, (Evidence(own.path),)),
        start=Fact(start, Basis.DECLARED, (Evidence(own.path),), "the assembly the project makes"),
        port=port,
        health=Fact("/", Basis.CONVENTION, (Evidence(own.path),))
        if own.kind == "wasm"
        else health_route(files, msbuild.HEALTH_ROUTE)
        if port
        else None,
        services=_services(folder, own, packages, files, closure),
        variables=merged(code.variables(files, *msbuild.VARIABLES)),
        context=context,
        details={
            "kind": own.kind,
            "project": posixpath.relpath(own.path, outer.root or "."),
            "projects": tuple(posixpath.relpath(known.path, outer.root or ".") for known in closure),
            "shared": files_above,
            "sdk": msbuild.sdk(own.folder, release).value,
            "locked": bool(own.folder.has("packages.lock.json")),
            "invariant": bool((invariant := own.property("InvariantGlobalization")) and invariant.value.lower() == "true"),
            "node": _uses_node(own, closure),
        },
    )


def _framework(own: Project) -> Fact[str] | None:
    line = own.nodes[0].evidence
    labels = {"web": "aspnetcore", "wasm": "blazor-wasm", "worker": "worker"}
    return Fact(labels[own.kind], Basis.DECLARED, (line,)) if own.kind in labels else None


def _port(own: Project, files: Sequence[Source], release: str, line: Evidence, closure: Sequence[Project]) -> Fact[int]:
    others = [
        source
        for known in closure[1:24]
        for source in code.sources(known.folder, [name for name in known.folder.files("*.cs") if msbuild.SETTINGS.search(name)], 10)
    ]
    coded = sockets.port(sockets.numbered([*files, *others]), msbuild.PORT_RULES)
    if coded is None and not code.first(files, r"\.Use(?:Urls|Kestrel)\b|WebApplication\.Create"):
        coded = sockets.anywhere(sockets.numbered(files), named=False)
    if coded:
        return coded
    for name in ("appsettings.json", "appsettings.Production.json", "hosting.json"):
        text = own.folder.read(name)
        found = find(own.folder.path(name), text, msbuild.SETTINGS_PORT) if text else None
        kestrel = (
            find(own.folder.path(name), text, re.compile(r"\"Kestrel\".{0,400}?\"Url\"\s*:\s*\"http://[^:\"]+:(\d{2,5})", re.S))
            if text
            else None
        )
        hit = found or kestrel
        stated = sockets.port_of(hit, Basis.DECLARED) if hit else None
        if stated:
            return stated
    if numbers(release) >= (8,):
        return Fact(8080, Basis.CONVENTION, (line,), "what ASP.NET Core's images listen on since .NET 8")
    return Fact(80, Basis.CONVENTION, (line,), "what ASP.NET Core's images listen on before .NET 8")


def _services(
    folder: Folder, own: Project, packages: dict[str, Evidence], files: Sequence[Source], closure: Sequence[Project]
) -> tuple[Fact[str], ...]:
    found = needed("nuget", packages, folder.tree, own.folder.root)
    lite = [name for name in packages if re.search(r"(?i)sqlite", name)]
    relational = [fact for fact in found if fact.value in _RELATIONAL]
    everything = list(files)
    for known in closure[1:8] if lite and relational else ():
        everything += code.sources(known.folder, known.folder.files("*.cs"), 40)
    if lite and relational and (len(relational) > 1 or msbuild.chooses_database(everything)):
        # The code picks a database by a setting and works with SQLite alone.
        return tuple(fact for fact in found if fact not in relational)
    return found


def _context(folder: Folder, own: Project, closure: Sequence[Project]) -> tuple[str | None, tuple[str, ...]]:
    """Return the folder to build from, and the files in it (relative) that steer the build."""
    above = list(msbuild.shared_files(own.folder))
    roots = [folder.root, *(known.folder.root for known in closure), *(place.root for place, _ in above)]
    shared: list[str] = []
    for level in zip(*[root.split("/") if root else [] for root in roots], strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    common = "/".join(shared)
    files = tuple(posixpath.relpath(place.path(name), common or ".") for place, name in above)
    return None if common == folder.root else common, files


def _uses_node(own: Project, closure: Sequence[Project]) -> bool:
    text = own.folder.read(own.name) or ""
    return bool(re.search(r"Command=\"(?:npm|yarn|pnpm)\b|\.esproj", text)) or any(known.name.endswith(".esproj") for known in closure)


def _plan(component: Component, style: Style) -> ImagePlan:
    details = component.details
    release = component.runtime.value if component.runtime else "9.0"
    more, build = _build(component, style)
    if details.get("kind") == "wasm":
        return served(component, style, build, "/out/wwwroot/", fallback=True)
    port = component.port.value if component.port else None
    family = "aspnet" if details.get("kind") == "web" else "runtime"
    image, steps, probe, health = _runtime(component, style, family, release)
    if port is not None and details.get("kind") == "web":
        if numbers(release) >= (8,):
            steps.append(
                Env(
                    "ASPNETCORE_HTTP_PORTS",
                    str(port),
                    why="the port that is exposed",
                    evidence=component.port.evidence if component.port else (),
                )
            )
        else:
            steps.append(
                Env(
                    "ASPNETCORE_URLS",
                    f"http://+:{port}",
                    why="the port that is exposed",
                    evidence=component.port.evidence if component.port else (),
                )
            )
    steps.append(Env("DOTNET_EnableDiagnostics", "0", why="no debugging socket; the file system may be read-only"))
    steps.append(Copy(("/out",), "/app", stage="build", why="only what was published"))
    return finished(
        component,
        (*more, build, *probe, Stage("runtime", image, tuple(steps))),
        health,
        start=("dotnet", "app.dll"),
        why_start="dotnet is PID 1 and gets the signals",
        start_period=15,
    )


def _runtime(
    component: Component, style: Style, family: str, release: str
) -> tuple[Image, list[Step], tuple[Stage, ...], tuple[str, ...] | None]:
    steps: list[Step] = [Workdir("/app")]
    modern = numbers(release) >= (8,)
    if style is Style.HARDENED and modern and component.port is not None:
        image = Image(
            f"{REGISTRY}/{family}:{release}-noble-chiseled-extra",
            Family.DISTROLESS,
            user="app",
            why="no shell and no package manager; never runs as root",
        )
        steps.append(bases.probe_copy())
        return image, steps, (bases.PROBE,), bases.probe_command(component)
    if style is Style.LEAN:
        tag = f"{release}-alpine3.22" if modern else f"{release}-alpine"
        image = Image(
            f"{REGISTRY}/{family}:{tag}",
            Family.ALPINE,
            user="app" if modern else None,
            probe="wget",
            why="the runtime without the SDK, on Alpine",
        )
        if not component.details.get("invariant"):
            steps.append(Packages((), ("icu-libs", "tzdata"), why="cultures and time zones, which this image leaves out"))
            steps.append(Env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "false", why="use the cultures installed above"))
        return image, steps, (), bases.health_command(image, component)
    suffix = "-bookworm-slim" if modern and numbers(release) < (10,) else "-noble" if modern else ""
    image = Image(
        f"{REGISTRY}/{family}:{release}{suffix}",
        Family.DEBIAN,
        user="app" if modern else None,
        probe="bash",
        why="the runtime without the SDK",
    )
    return image, steps, (), bases.health_command(image, component)


def _build(component: Component, style: Style) -> tuple[tuple[Stage, ...], Stage]:
    details = component.details
    cached = style is Style.CACHED
    caches = (CACHE,) if cached else ()
    sdk = details.get("sdk") or "9.0"
    image = Image(f"{REGISTRY}/sdk:{sdk}", Family.DEBIAN, why="the compiler and NuGet")
    steps: list[Step] = [Workdir("/src"), Env("DOTNET_CLI_TELEMETRY_OPTOUT", "1", why="a build reports nothing")]
    more: tuple[Stage, ...] = ()
    if details.get("node"):
        more = (Stage("node", Image("node:22-bookworm-slim", Family.DEBIAN, user="node", why="Node for the front end")),)
        steps += [
            Copy(("/usr/local/bin/node",), "/usr/local/bin/", stage="node", why="publishing builds the front end"),
            Copy(("/usr/local/lib/node_modules",), "/usr/local/lib/node_modules", stage="node", why="npm"),
            Run("ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm", why="npm on the path"),
        ]
    groups: dict[str, list[str]] = {}
    for name in (*reversed(details.get("shared", ())), *details.get("projects", ())):
        groups.setdefault(name.rpartition("/")[0], []).append(name)
    project = details.get("project") or ""
    if details.get("locked"):
        place = project.rpartition("/")[0]
        groups.setdefault(place, []).append(f"{place}/packages.lock.json" if place else "packages.lock.json")
    for folder, names in groups.items():
        steps.append(Copy(tuple(dict.fromkeys(names)), f"./{folder}/" if folder else "./", why="dependencies change less often than code"))
    quoted = shlex.quote(project)
    mode = " --locked-mode" if details.get("locked") else ""
    steps.append(Run(f"dotnet restore {quoted}{mode}", caches=caches, why="a layer of its own, reused until a project file changes"))
    steps.append(Copy((".",), "./", why="the source code"))
    host = "" if details.get("kind") == "wasm" else " -p:UseAppHost=false"
    command = f"dotnet publish {quoted} -c Release -o /out --no-restore{host}"
    steps.append(Run(command, caches=caches, why="only what running takes", evidence=component.build.evidence if component.build else ()))
    return more, Stage("build", image, tuple(steps))
