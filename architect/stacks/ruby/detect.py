"""What a Ruby project runs: its server or script, port, health, processes and services."""

from __future__ import annotations

import re
from collections.abc import Sequence

from architect import assets, code, sockets
from architect.commands import argv, env_examples, merged, port_in, procfile, with_port
from architect.ecosystems import gems
from architect.ecosystems.gems import Gems
from architect.profile import Basis, Component, Evidence, Fact, Process, Role
from architect.reading import Folder, find_all
from architect.routes import health_route
from architect.services import needed
from architect.stacks.ruby.commands import own_command
from architect.versions import numbers

_NODE_GEMS = ("jsbundling-rails", "cssbundling-rails", "webpacker", "shakapacker", "vite_rails", "vite_ruby", "react-rails", "execjs")
_SCRIPTS = ("app.rb", "server.rb", "main.rb", "web.rb", "application.rb", "bot.rb", "run.rb", "worker.rb", "index.rb", "start.rb")


def detect(stack: str, folder: Folder) -> Component | None:
    """Find what serves (or runs); a gem without an application is a library and no component."""
    known = gems.gems(folder)
    rack = folder.has("config.ru")
    if known is None and rack is None:
        return None
    return _detect(stack, folder, known, rack)


def _detect(stack: str, folder: Folder, known: Gems | None, rack: str | None) -> Component | None:
    rails = known.has("rails", "railties") if known else None
    rails = rails if rails and folder.has("bin/rails", "config/application.rb", "script/rails") else None
    names = gems.order([name for name in code.own_files(folder, "*.rb", "*.ru", boundary=("Gemfile",)) if not name.startswith("db/")])
    files = code.sources(folder, names)
    framework, usual = _framework(known, rails)
    puma = gems.puma(folder)
    start, port = _start(folder, known, rails, rack, puma, files)
    if start is None:
        return None
    serves = bool(rack or rails or (framework and port))
    thruster = known.has("thruster") if known else None
    if (thruster and "thrust" in start.value) or start.value[0] in ("./bin/thrust", "bin/thrust"):
        port = Fact(
            80, Basis.CONVENTION, (*start.evidence, *((thruster,) if thruster else ())), "Thruster listens here and passes on to puma"
        )
    elif serves and port is None:
        port = (
            puma[1]
            if puma and puma[1]
            else _coded_port(files) or Fact(usual, Basis.CONVENTION, start.evidence, "the framework's own default")
        )
    start = Fact(_bound(start.value, port.value if port else None), start.basis, start.evidence, start.note)
    frontend = assets.frontend(folder)
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.JOB,
        language=Fact("ruby", Basis.DECLARED, (Evidence(folder.path(folder.has("Gemfile", "gems.rb", "config.ru") or "Gemfile")),)),
        framework=framework,
        runtime=gems.runtime(folder, known),
        package_manager=Fact("bundler", Basis.DECLARED, (Evidence(known.path),)) if known else None,
        lockfile=folder.has("Gemfile.lock", "gems.locked"),
        build=Fact("rails assets:precompile", Basis.CONVENTION, (rails,)) if rails and _has_assets(folder) else None,
        start=start,
        port=port,
        health=_health(files, bool(rails)) if port else None,
        processes=_processes(folder, known),
        services=_services(folder, known),
        variables=merged(code.variables(files, *gems.VARIABLES), env_examples(folder)),
        details={
            "rails": numbers(known.locked("rails") or "7") if rails and known else (),
            "assets": bool(rails) and _has_assets(folder),
            "bootsnap": bool(known and known.has("bootsnap")),
            "gemfile": folder.has("Gemfile", "gems.rb"),
            "lock": folder.has("Gemfile.lock", "gems.locked"),
            "bundler": _bundler(known),
            "local": known.local if known else (),
            "gemspecs": tuple(folder.files("*.gemspec", depth=0)),
            "release_files": tuple(
                name for name in (".ruby-version", ".tool-versions") if folder.has(name) and known and name in known.text
            ),
            "helpers": _helpers(folder, known),
            "system": tuple((name, known.names[name]) for name in gems.SYSTEM if known and name in known.names),
            "frontend": frontend if frontend and ((known and known.has(*_NODE_GEMS)) or (rails and frontend.script)) else None,
            "bundled": bool(known and known.names),
        },
    )


def _framework(known: Gems | None, rails: Evidence | None) -> tuple[Fact[str] | None, int]:
    if rails:
        return Fact("rails", Basis.DECLARED, (rails,)), 3000
    for name, port in gems.FRAMEWORKS:
        line = known.has(name, f"{name}-contrib") if known and name != "rails" else None
        if line:
            return Fact(name, Basis.DECLARED, (line,)), 9292 if name == "sinatra" else port
    return None, 9292


def _start(
    folder: Folder,
    known: Gems | None,
    rails: Evidence | None,
    rack: str | None,
    puma: tuple[str, Fact[int] | None] | None,
    files: Sequence[code.Source],
) -> tuple[Fact[tuple[str, ...]] | None, Fact[int] | None]:
    web = procfile(folder).get("web")
    if web:
        command = re.sub(r"^(?:\w+=\S+\s+)+", "", web[0].rpartition("&&")[2].strip())
        number = port_in(command)
        words = argv(with_port(command, number or (puma[1].value if puma and puma[1] else 3000)))
        if words:
            words = ("./bin/rails", *words[3:]) if words[:3] == ("bundle", "exec", "bin/rails") else words
            port = Fact(number, Basis.DECLARED, (web[1],)) if number else None
            if port is None and words[-1:] == ("puma",) and puma:
                words = (*words, "-C", puma[0])
            return Fact(words, Basis.DECLARED, (web[1],)), port
    server = next((name for name in gems.SERVERS if known and known.has(name)), None)
    seen = (known.has(server),) if known and server else ()
    proof = tuple(line for line in seen if line)
    if rails:
        if puma and (server in (None, "puma")) and re.search(r"^\s*bind\b", folder.read(puma[0]) or "", re.M):
            return Fact(("bundle", "exec", "puma", "-C", puma[0]), Basis.CONVENTION, (Evidence(folder.path(puma[0])), rails)), None
        if server in (None, "puma", "thin", "iodine"):
            program = ("./bin/rails",) if folder.has("bin/rails") else ("bundle", "exec", "rails")
            return Fact((*program, "server", "-b", code.ANYWHERE), Basis.CONVENTION, (rails, *proof), "how Rails is started"), None
    if rack:
        return Fact(
            _rack(folder, server, puma), Basis.CONVENTION, (Evidence(folder.path(rack)), *proof), "how a Rack application is started"
        ), None
    installed = own_command(folder, known)
    if installed:
        return installed
    for script in _SCRIPTS:
        text = folder.read(script)
        if text is None:
            continue
        classic = re.search(r"^\s*require\s+['\"]sinatra['\"]", text, re.M)
        bundled = ("bundle", "exec") if known and known.names else ()
        line = Evidence(folder.path(script))
        if classic:
            hit = next(find_all(folder.path(script), text, r"^\s*set\s*\(?\s*:?port[,:]?\s*,?\s*(?:ENV[^\d\n]*)?(\d{2,5})"), None)
            port = sockets.port_of(hit, Basis.CODE) if hit else Fact(4567, Basis.CONVENTION, (line,), "Sinatra's own default")
            return Fact((*bundled, "ruby", script, "-o", code.ANYWHERE), Basis.CODE, (line,)), port
        return Fact((*bundled, "ruby", script), Basis.CODE, (line,), "the only script that looks like a start"), _coded_port(files)
    return None, None


def _rack(folder: Folder, server: str | None, puma: tuple[str, Fact[int] | None] | None) -> tuple[str, ...]:
    if server == "unicorn":
        name = folder.has("config/unicorn.rb", "unicorn.rb")
        return ("bundle", "exec", "unicorn", "-c", name) if name else ("bundle", "exec", "unicorn", "-o", code.ANYWHERE)
    if server == "falcon":
        return ("bundle", "exec", "falcon", "serve", "--bind", f"http://{code.ANYWHERE}:9292")
    if server == "thin":
        return ("bundle", "exec", "thin", "start", "-a", code.ANYWHERE)
    if puma:
        return ("bundle", "exec", "puma", "-C", puma[0])
    if server == "puma":
        return ("bundle", "exec", "puma", "config.ru")
    return ("bundle", "exec", "rackup", "--host", code.ANYWHERE)


def _bound(words: tuple[str, ...], port: int | None) -> tuple[str, ...]:
    """Complete a command with the port it must bind where it does not say so itself."""
    text = " ".join(words)
    if port is None or re.search(r"-p\b|--port|tcp://|:\d{4}|-C |-c |thrust", text):
        return words
    if re.search(r"rails server|rackup|unicorn|thin start|ruby \S+\.rb -o", text):
        return (*words, "-p", str(port))
    if re.search(r"puma( config\.ru)?$", text):
        return (*words, "-b", f"tcp://{code.ANYWHERE}:{port}")
    return words


def _coded_port(files: Sequence[code.Source]) -> Fact[int] | None:
    rules = [sockets.PortRule(re.compile(pattern), bound=True) for pattern in (
        r"(?:^|\s)set\s*\(?\s*:?port[,:]?\s*,?\s*(?:ENV[^\d\n]*)?(\d{2,5})",
        r"ENV(?:\.fetch\(|\[)\s*[\"'](?:(?:APP|SERVER|HTTP|WEB)_)?PORT[\"'][^\d\n]{0,30}(\d{2,5})",
        r"(?:TCPServer|WEBrick::HTTPServer)\.new[^\n]*?(?::Port\s*=>|Port:|,)\s*(\d{2,5})|TCPServer\.new\s*\(?\s*(\d{2,5})",
    )]  # fmt: skip
    return sockets.port(sockets.numbered(files), rules)


def _health(files: Sequence[code.Source], rails: bool) -> Fact[str] | None:
    routes = [source for source in files if source.path.endswith("routes.rb")] if rails else list(files)
    for source in routes:
        hit = next(
            find_all(source.path, source.text, r"^\s*get\s*\(?\s*[\"']/?(up|healthz?|health_check|healthcheck|livez?|ping)/?[\"']"), None
        )
        if hit and not re.match(r"\s{6,}", source.text.split("\n")[(hit.evidence.line or 1) - 1]):
            return Fact("/" + hit.value, Basis.CODE, (hit.evidence,))
    return health_route(routes, gems.HEALTH_ROUTE, block=gems.HEALTH_BLOCK)


def _has_assets(folder: Folder) -> bool:
    if folder.find("config/application.rb", r"^\s*config\.api_only\s*=\s*true"):
        return False
    return folder.has_folder("app/assets") or folder.has_folder("app/javascript")


def _services(folder: Folder, known: Gems | None) -> tuple[Fact[str], ...]:
    found = needed("rubygems", dict(known.names) if known else {}, folder.tree, folder.root)
    # Every new Rails application names Redis in config/cable.yml, used or not.
    return tuple(fact for fact in found if not all(line.path.endswith("config/cable.yml") for line in fact.evidence))


def _processes(folder: Folder, known: Gems | None) -> tuple[Process, ...]:
    found: list[Process] = []
    for name, (command, line) in procfile(folder).items():
        words = argv(re.sub(r"^(?:\w+=\S+\s+)+", "", command))
        if name not in ("web", "release", "redis", "postgres", "db", "assets", "css", "js") and words:
            found.append(Process(name, words, (line,)))
    if not found and known:
        for gem, words in (("sidekiq", ("bundle", "exec", "sidekiq")), ("good_job", ("bundle", "exec", "good_job", "start"))):
            gem_line = known.has(gem)
            if gem_line:
                found.append(Process("worker", words, (gem_line,)))
        queue = known.has("solid_queue")
        if queue and folder.has("bin/jobs") and not found:
            found.append(Process("worker", ("./bin/jobs",), (queue,)))
    return tuple(found)


def _bundler(known: Gems | None) -> str | None:
    hit = re.search(r"BUNDLED WITH\n\s+(\d+\.\d+\.\d+)", known.lock or "") if known else None
    return hit[1] if hit else None


def _helpers(folder: Folder, known: Gems | None) -> tuple[str, ...]:
    """Return Ruby files that the Gemfile, or the gemspec it points to, itself loads."""
    text = known.text if known else ""
    if re.search(r"^[ \t]*gemspec\b", text, re.M):
        text += "".join(folder.read(name) or "" for name in folder.files("*.gemspec", depth=0)).replace('"../', '"')
    wanted = re.findall(r"(?:require_relative|eval_gemfile|File\.(?:join|expand_path|read)\([^\n]*?)[ (]*[\"']([\w./-]+)[\"']", text)
    names = [name for path in wanted for name in (path, f"{path}.rb") if folder.has(name.removeprefix("./"))]
    return tuple(dict.fromkeys(name.removeprefix("./") for name in names if name not in (".ruby-version", ".tool-versions")))
