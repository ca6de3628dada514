"""What a Cargo package or workspace runs: its program, port, services and files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from architect import code, sockets
from architect.code import Source
from architect.commands import env_examples, merged, procfile
from architect.ecosystems import cargo
from architect.ecosystems.cargo import Package
from architect.flat import flatten, number, socket
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.routes import health_route
from architect.services import needed
from architect.versions import default, numbers, series

BEFORE_TIME_FIX = "1.79"
SETTINGS = (
    "config.toml",
    "config/default.toml",
    "configuration/base.yaml",
    "configuration.yaml",
    "config/default.yaml",
    "config/production.yaml",
)
ADDRESSES = tuple(
    f"{table}{key}"
    for table in ("server.", "http.", "web.", "application.", "app.", "")
    for key in ("address", "bind", "listen", "addr", "bind_address", "listen_address", "bind_addr", "listen_addr")
)


def detect(stack: str, folder: Folder) -> Component | None:
    """Find the program; a workspace with one server is one component at its root, one with several is one a server."""
    if not folder.has("Cargo.toml"):
        return None
    found = cargo.workspace(folder)
    if found is None:
        own = cargo.package(folder)
        return _component(stack, folder, own, folder, ()) if own and own.program else None
    place, members = found
    known = cargo.packages(place, members)
    servers = [name for name, package in known.items() if package.program and package.framework and not _is_tool(name, package)]
    if place.root == folder.root:
        chosen = _chosen(known, servers, place)
        return _component(stack, folder, known[chosen], place, tuple(known)) if chosen is not None else None
    relative = posixpath.relpath(folder.root, place.root or ".")
    several = len(servers) > 1 and not (known.get("") and known[""].program)
    return _component(stack, folder, known[relative], place, tuple(known)) if several and relative in servers else None


def _is_tool(name: str, package: Package) -> bool:
    return bool(cargo.TOOLS.search(name.rpartition("/")[2]) or cargo.TOOLS.search(package.name))


def _chosen(known: Mapping[str, Package], servers: Sequence[str], place: Folder) -> str | None:
    """Return the member a workspace is about, None when several are (or none is a program)."""
    if "" in known and known[""].program:
        return ""
    if len(servers) == 1:
        return servers[0]
    if servers:
        same = [name for name in servers if known[name].name == place.tree.name]
        return same[0] if same else None
    programs = [name for name, package in known.items() if package.program and not _is_tool(name, package)]
    named = [name for name in programs if known[name].name == place.tree.name]
    return (named or programs or [None])[0]  # type: ignore[list-item]


def _component(stack: str, folder: Folder, own: Package, place: Folder, members: tuple[str, ...]) -> Component:
    names = list(code.own_files(own.folder, "*.rs", boundary=("Cargo.toml",)))
    names.sort(key=lambda name: (not name.startswith("src/main"), code.telling(name), name.count("/"), name))
    files = code.sources(own.folder, names)
    framework = own.framework
    variables = merged(code.variables(files, *cargo.VARIABLES), env_examples(own.folder))
    port = _port(own, files, framework)
    program = own.program or own.name
    start, proof = _start(folder, program)
    main = Evidence(own.folder.path(own.programs[program])) if own.programs.get(program) else own.manifest.at("package", "name")
    rocket = framework is not None and framework[0].value == "rocket"
    listen = list(code.listening(variables, port, files))
    if rocket and port:
        listen.append(("ROCKET_ADDRESS", code.ANYWHERE, framework[0].evidence[0] if framework else main))
    host = cargo.config_host(files) if port else None
    listen += [host] if host else []
    told = _address_override(own, files) if port and not host else None
    listen += [told] if told else []
    verb = cargo.subcommand(files) if len(start) == 1 else None
    if verb:
        start, proof = (*start, verb.value), verb.evidence
    inside = posixpath.relpath(own.folder.root or ".", place.root or ".")
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.WORKER if framework else Role.JOB,
        language=Fact("rust", Basis.DECLARED, (own.manifest.at("package", "name"),)),
        framework=framework[0] if framework else None,
        runtime=_runtime(own, place),
        package_manager=Fact("cargo", Basis.DECLARED, (Evidence(place.path("Cargo.toml")),)),
        lockfile="Cargo.lock" if place.has("Cargo.lock") else None,
        build=Fact("cargo build --release", Basis.DECLARED, (own.manifest.at("package", "name"),)),
        start=Fact(start, Basis.CODE, (*proof, main), "the package's program"),
        port=port,
        health=_health(files) if port else None,
        services=needed("cargo", _dependencies(own), own.folder.tree, own.folder.root),
        variables=variables,
        context=None if place.root == folder.root else place.root,
        details={
            "program": program,
            "package": own.name if members else None,
            "locked": bool(place.has("Cargo.lock")),
            "manifests": _manifests(place, members),
            "system": dict(cargo.locked_names(place)),
            "features": own.features,
            "opened": code.opened_paths(list(own.folder.files("*")), files, ".rs"),
            "inside": "" if inside == "." else inside,
            "config": own.folder.has("Rocket.toml"),
            "listen": tuple(listen),
            "offline": bool(place.has_folder(".sqlx") or own.folder.has_folder(".sqlx") or own.folder.has("sqlx-data.json")),
            "toolchain": place.has("rust-toolchain.toml", "rust-toolchain"),
            "port_variable": "ROCKET_PORT" if rocket else None,
        },
    )


def _runtime(own: Package, place: Folder) -> Fact[str]:
    pinned = cargo.toolchain(own.folder)
    if pinned:
        version = series(pinned.value, 2)
        if version:
            return Fact(version, Basis.DECLARED, pinned.evidence)
    least = cargo.least(own, place)
    wanted = series(least.value, 2) if least else None
    time = cargo.locked(place, "time")
    if time and (0, 3) <= numbers(time[0]) < (0, 3, 35) and numbers(wanted or "0") <= numbers(BEFORE_TIME_FIX):
        return Fact(BEFORE_TIME_FIX, Basis.CONVENTION, (time[1],), f"the locked time {time[0]} does not compile with newer releases")
    if least and wanted and numbers(wanted) > numbers(cargo.DEFAULT_VERSION):
        return Fact(wanted, Basis.DECLARED, least.evidence)
    if least:
        return Fact(cargo.DEFAULT_VERSION, Basis.CONVENTION, least.evidence, f"at least {wanted} is asked for; Rust stays compatible")
    return default(cargo.DEFAULT_VERSION, "no file names a Rust release; it stays compatible")


def _port(own: Package, files: Sequence[Source], framework: tuple[Fact[str], int | None] | None) -> Fact[int] | None:
    label = framework[0].value if framework else None
    if label == "rocket":
        text = own.folder.read("Rocket.toml")
        settings = flatten(own.folder.path("Rocket.toml"), text) if text else {}
        hit = number(settings, "port")
        if hit:
            return Fact(hit[0], Basis.DECLARED, (hit[1],))
    lines = sockets.numbered(files)
    serves = framework is not None or any(re.search(r"TcpListener::bind|tiny_http|Server::(?:bind|http)", source.text) for source in files)
    found = sockets.port(lines, cargo.PORT_RULES) if serves else None
    found = found or sockets.anywhere(lines, named=serves)
    if found is None and serves:
        found = sockets.port(sockets.numbered(_neighbours(own)), cargo.PORT_RULES)
    if found:
        return found
    for variable in env_examples(own.folder):
        if variable.name in ("PORT", "SERVER_PORT", "HTTP_PORT", "APP_PORT", "ROCKET_PORT") and re.fullmatch(
            r"[1-9]\d{1,4}", variable.default or ""
        ):
            return Fact(int(variable.default or 0), Basis.DECLARED, variable.evidence)
    for name in SETTINGS:
        text = own.folder.read(name)
        settings = flatten(own.folder.path(name), text) if text else {}
        hit = number(settings, "port", "server.port", "application.port", "application_port", "app.port")
        if hit:
            return Fact(hit[0], Basis.DECLARED, (hit[1],))
        bound = socket(settings, *ADDRESSES)
        if bound:
            return Fact(bound[0], Basis.DECLARED, (bound[3],))
    if framework and framework[1]:
        return Fact(framework[1], Basis.CONVENTION, framework[0].evidence, f"the usual port of {label}")
    return None


def _address_override(own: Package, files: Sequence[Source]) -> tuple[str, str, Evidence] | None:
    """Return the variable that overrides a local address in the settings file, where the crate `config` reads the environment."""
    separated = code.first(files, r"Environment::default\(\)\s*\.separator\(\s*\"([^\"]+)\"")
    if separated is None:
        return None
    for name in SETTINGS:
        text = own.folder.read(name)
        bound = socket(flatten(own.folder.path(name), text), *ADDRESSES) if text else None
        if bound and bound[1] in ("127.0.0.1", "localhost", "::1") and "." in bound[2]:
            return bound[2].replace(".", separated.value).upper(), f"{code.ANYWHERE}:{{port}}", bound[3]
    return None


def _dependencies(own: Package) -> dict[str, Evidence]:
    """Return what the package and the crates of the repository below it depend on."""
    found = dict(own.dependencies)
    todo, seen = list(own.paths), set(own.paths)
    while todo and len(seen) < 40:
        known = cargo.package(Folder(own.folder.tree, todo.pop()))
        for path in known.paths if known else ():
            if path not in seen:
                seen.add(path)
                todo.append(path)
        for name, line in (known.dependencies if known else {}).items():
            found.setdefault(name, line)
    return found


def _neighbours(own: Package) -> tuple[Source, ...]:
    """Return the settings of the crates of the same repository that this one builds on."""
    found: list[Source] = []
    for place in own.paths:
        names = sorted(own.folder.tree.by_folder)
        inside = [folder for folder in names if folder == place or folder.startswith(place + "/src")]
        for folder in inside:
            there = Folder(own.folder.tree, folder)
            telling = [
                name for name in there.names() if name.endswith(".rs") and (name in ("structs.rs", "lib.rs") or not code.telling(name))
            ]
            found += code.sources(there, telling)
    return tuple(found[:60])


def _health(files: Sequence[Source]) -> Fact[str] | None:
    found = health_route(files, cargo.HEALTH_ROUTE)
    if found is None:
        return None
    where = next((source for source in files if source.path == found.evidence[0].path), None)
    nested = code.first(files, r"\.nest\(\s*\"/\w|web::scope\(\s*\"/\w|\.mount\(\s*\"/\w|Router::with_path\(")
    if nested and where and not re.search(r"\.nest\(|Router::new\(\).{0,400}\.nest\(", where.text, re.S):
        return None
    return found


def _start(folder: Folder, program: str) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    web = procfile(folder).get("web")
    if web and not re.search(r"[$|&;<>`]", web[0]):
        words = web[0].split()
        if words[0].rpartition("/")[2] == program and len(words) > 1:
            return (f"/app/{program}", *words[1:]), (web[1],)
    return (f"/app/{program}",), ()


def _manifests(place: Folder, members: tuple[str, ...]) -> tuple[str, ...]:
    names = ["Cargo.toml", *(f"{member}/Cargo.toml" for member in members if member)]
    return tuple(name for name in names if place.has(name))
