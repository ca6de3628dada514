"""What a Go module runs: its program, port, services and what that program opens or embeds."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from architect import code, sockets
from architect.code import Source
from architect.commands import env_examples, merged, procfile
from architect.ecosystems import golang
from architect.ecosystems.golang import GoModule, Program
from architect.profile import Basis, Component, Evidence, Fact, Process, Role, Variable
from architect.reading import Folder
from architect.routes import health_route
from architect.services import needed
from architect.versions import default, numbers, series, tool_version

_SETTINGS = re.compile(r"(?:[\w-]+/)*(?:config|app|application|settings|local|conf)[\w.-]*\.(?:ya?ml|toml|json|env)")


DESKTOP = (
    "github.com/webview",
    "fyne.io/fyne",
    "github.com/wailsapp/wails",
    "gioui.org",
    "github.com/getlantern/systray",
    "github.com/lxn/walk",
)


def detect(stack: str, folder: Folder) -> Component | None:
    """Find the module's program and what it listens on; a module without a program is a library and no component."""
    module = golang.module(folder)
    if module is None and (
        not any(name.endswith(".go") for name in folder.names()) or any(place.has("go.mod") for place in folder.upwards())
    ):
        return None
    names = [name for name in code.own_files(folder, "*.go", boundary=("go.mod",)) if not name.endswith("_test.go")]
    if module is None:
        module = GoModule(folder.root, folder.label, None)
        names = [name for name in names if "/" not in name]
    programs = golang.programs(folder, names)
    main = golang.choose(programs, module.program, folder.tree.name)
    if main is None:
        return None
    near = sorted(names, key=lambda name: (not name.startswith(main.folder), code.telling(name), name.count("/"), name))
    everything = code.sources(folder, near)
    found = _component(stack, folder, module, programs, main, everything, names)
    # a program with a window of its own runs on a desk, not in a container
    return None if found.port is None and any(map(module.requirement, DESKTOP)) else found


def _component(
    stack: str,
    folder: Folder,
    module: GoModule,
    programs: Sequence[Program],
    main: Program,
    files: tuple[Source, ...],
    names: Sequence[str],
) -> Component:
    framework, framework_port = _framework(module, files)
    own = files
    if not any(golang.SERVES.search(source.text) for source in files):
        files = (*files, *golang.neighbours(folder, module))
    port = _port(folder, main, files, framework_port)
    serves = port is not None or any(golang.SERVES.search(source.text) for source in files)
    variables = merged(code.variables(files, *golang.VARIABLES), env_examples(folder))
    name = _program_name(folder, module, main)
    arguments = _arguments(folder, name, main, files)
    start = (f"/app/{name}", *(arguments.value if arguments else ()))
    place = golang.workspace(folder)
    context = _context(folder, module, place[0] if place else None)
    modules = _modules(folder, module, context, place[1] if place else ())
    cgo = _cgo(module, files)
    embeds = golang.embedded_build(folder, [*code.sources(folder, filter(golang.EMBEDS.search, names), 60), *files])
    opened = code.opened_paths(list(folder.files("*")), files, ".go", golang.embedded(files))
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if serves else Role.JOB,
        language=Fact("go", Basis.DECLARED, (module.evidence,)) if module.evidence else Fact("go", Basis.CODE, (main.evidence,)),
        framework=framework,
        runtime=_runtime(folder, module),
        package_manager=Fact("gomod", Basis.DECLARED, (Evidence(folder.path("go.mod")),)) if folder.has("go.mod") else None,
        lockfile="go.sum" if folder.has("go.sum") else None,
        build=Fact(f"go build ./{main.folder}".rstrip("/"), Basis.CODE, (main.evidence,)),
        start=Fact(start, Basis.CODE, (main.evidence, *(arguments.evidence if arguments else ())), "the module's program"),
        port=port,
        health=health_route(golang.rooted(own), golang.HEALTH_ROUTE, golang.HEALTH_PREFIX, golang.HEALTH_BLOCK) if port else None,
        processes=_processes(programs, main),
        services=_services(folder, module),
        variables=variables,
        context=context,
        details={
            "name": name,
            "package": main.folder,
            "workers": tuple(program.folder for program in programs if _is_worker(program, main)),
            "module": bool(folder.has("go.mod")),
            "sum": bool(folder.has("go.sum")),
            "vendor": bool(folder.has("vendor/modules.txt")),
            "modules": modules,
            "cgo": cgo,
            "opened": opened,
            "listen": _listen_variable(variables, port, files),
            "embeds": embeds,
            "builds": (embeds[0].place,) if embeds else (),
        },
    )


def _framework(module: GoModule, files: Sequence[Source]) -> tuple[Fact[str] | None, tuple[int, Evidence] | None]:
    plain = code.first(files, r"\bhttp\.(?:ListenAndServe|HandleFunc|NewServeMux|Server\{)")
    for label, path, port in golang.FRAMEWORKS:
        line = module.requirement(path)
        if line and not (plain and label == "grpc"):
            return Fact(label, Basis.DECLARED, (line,)), (port, line) if port else None
    return (Fact("net/http", Basis.CODE, (plain.evidence,)) if plain else None), None


def _runtime(folder: Folder, module: GoModule) -> Fact[str]:
    pinned = tool_version(folder, "go", "golang")
    found = pinned if pinned and numbers(pinned.value) else module.version
    version = series(found.value, 2) if found else None
    if found is None or version is None:
        return default(golang.DEFAULT_VERSION, "no file names a Go release; the newest settled one is used")
    if module.version and numbers(version) < numbers(series(module.version.value, 2) or "0"):
        return Fact(series(module.version.value, 2) or golang.DEFAULT_VERSION, Basis.DECLARED, module.version.evidence)
    return Fact(version, Basis.DECLARED, found.evidence)


def _port(folder: Folder, main: Program, files: tuple[Source, ...], framework: tuple[int, Evidence] | None) -> Fact[int] | None:
    web = procfile(folder).get("web")
    close = tuple(main.files) + tuple(source for source in files if source not in main.files)
    settings = [name for name in folder.files("*", depth=2) if _SETTINGS.fullmatch(name)]
    lines = sockets.numbered(close)
    for found in (
        sockets.port(sockets.numbered(main.files), golang.PORT_RULES),
        sockets.port(lines, [rule for rule in golang.PORT_RULES if rule.bound]),
        sockets.port(lines, golang.PORT_RULES),
        sockets.port(code.sources(folder, settings[:6]), golang.CONFIG_RULES),
    ):
        if found:
            return found
    serves = code.first(files, golang.SERVES)
    for variable in env_examples(folder):
        hit = re.search(r"(?:^|:)(\d{2,5})$", variable.default or "")
        if hit and re.search(r"(^|_)(PORT|ADDR|ADDRESS|LISTEN|BIND)$", variable.name) and int(hit[1]) not in sockets.SERVICE_PORTS:
            return Fact(int(hit[1]), Basis.DECLARED, variable.evidence)
    found = sockets.anywhere(lines if serves or framework else sockets.numbered(main.files), named=bool(framework or serves))
    if found:
        return found
    if framework and serves:
        return Fact(framework[0], Basis.CONVENTION, (serves.evidence, framework[1]), "the framework's own default")
    reads = code.first(files, r"[eE]nv\w*\(\s*(?:&?[\w.]+,\s*)?\"(?:\w+_)?PORT\"")
    if serves and (reads or web):
        return Fact(8080, Basis.CONVENTION, (reads.evidence,) if reads else (), "the port comes from the environment; the image sets it")
    return None


def _program_name(folder: Folder, module: GoModule, main: Program) -> str:
    return (main.name if main.folder and main.name not in ("app", "src", "cmd", "main") else module.program) or folder.label


def _arguments(folder: Folder, name: str, main: Program, files: tuple[Source, ...]) -> Fact[tuple[str, ...]] | None:
    web = procfile(folder).get("web")
    if web:
        words = web[0].split()
        if len(words) > 1 and words[0].rpartition("/")[2] in (name, main.name) and not re.search(r"[$|&;<>`]", web[0]):
            return Fact(tuple(words[1:]), Basis.DECLARED, (web[1],))
    verb = golang.subcommand(files)
    return Fact((verb.value,), verb.basis, verb.evidence) if verb else None


def _is_worker(program: Program, main: Program) -> bool:
    return program is not main and bool(program.folder) and bool(golang.WORKER_NAMES.search(program.name))


def _processes(programs: Sequence[Program], main: Program) -> tuple[Process, ...]:
    return tuple(Process(program.name, (f"/app/{program.name}",), (program.evidence,)) for program in programs if _is_worker(program, main))


def _context(folder: Folder, module: GoModule, work: Folder | None) -> str | None:
    roots = [folder.root]
    if work is not None:
        roots.append(work.root)
    for target in module.local_replaces:
        above = posixpath.normpath(posixpath.join(folder.root or ".", target))
        if not above.startswith("..") and target.startswith(".."):
            roots.append(above)
    if len(roots) == 1:
        return None
    parts = [root.split("/") if root else [] for root in roots]
    shared: list[str] = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    common = "/".join(shared)
    return None if common == folder.root else common


def _modules(folder: Folder, module: GoModule, context: str | None, listed: Sequence[str]) -> tuple[str, ...]:
    """Return the manifests, relative to the build context, that downloading the dependencies takes."""
    outer = Folder(folder.tree, context if context is not None else folder.root)
    own = posixpath.relpath(folder.root or ".", outer.root or ".")
    places = [own, *listed, *(posixpath.normpath(posixpath.join(own, target)) for target in module.local_replaces)]
    names = ["go.work", "go.work.sum"] if listed else []
    for place in dict.fromkeys(places):
        names += [posixpath.normpath(posixpath.join(place, name)) for name in ("go.mod", "go.sum")]
    return tuple(name for name in names if outer.has(name))


def _services(folder: Folder, module: GoModule) -> tuple[Fact[str], ...]:
    found = needed("go", module.requires, folder.tree, folder.root)
    embedded = next((line for path in (*golang.PURE_SQLITE, golang.CGO_MODULES[0]) if (line := module.requirement(path))), None)
    relational = [fact for fact in found if fact.value in ("postgres", "mysql", "mariadb", "mssql")]
    if embedded is None or len(relational) < 2:
        return found
    # A program with drivers of several databases and of SQLite runs without a server.
    return tuple(fact for fact in found if fact not in relational)


def _cgo(module: GoModule, files: Sequence[Source]) -> Evidence | None:
    for path in golang.CGO_MODULES:
        line = module.requirement(path)
        if line:
            return line
    found = code.first([source for source in files if 'import "C"' in source.text], re.compile(r"^import \"C\"", re.M))
    if found:
        return found.evidence
    for wrapper in ("gorm.io/driver/sqlite", "github.com/jinzhu/gorm/dialects/sqlite"):
        line = module.requirement(wrapper)
        if line and "github.com/mattn/go-sqlite3" in module.indirect:
            return line
    gorm = module.requirement("github.com/jinzhu/gorm")
    dialect = code.first(files, r"\"github\.com/jinzhu/gorm/dialects/sqlite\"") if gorm else None
    return dialect.evidence if dialect else None


def _listen_variable(
    variables: Sequence[Variable], port: Fact[int] | None, files: Sequence[Source]
) -> tuple[str, str, tuple[Evidence, ...]] | None:
    """Return the variable that must be set so that the program leaves the loopback interface, or gets its port at all."""
    if port is None:
        return None
    for name, value, line in code.listening(variables, port, files):
        return name, value.replace("{port}", str(port.value)), (line,)
    table = golang.loopback(port, files)
    if table:
        return table[0], f"0.0.0.0:{port.value}", (table[1],)
    if port.basis is Basis.CONVENTION:
        named = re.search(r"\"((?:\w+_)?PORT)\"", port.evidence[0].excerpt) if port.evidence else None
        reads = next((variable for variable in variables if variable.name == "PORT"), None)
        if named or reads:
            return named[1] if named else "PORT", str(port.value), reads.evidence if reads and not named else port.evidence
    return None
