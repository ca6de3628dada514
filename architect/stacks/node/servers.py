"""Plain JavaScript servers, workers and bots: what their own scripts and entry files start."""

from __future__ import annotations

import re
from collections.abc import Mapping

from architect.commands import argv, procfile, with_port
from architect.profile import Basis, Evidence, Fact, Role
from architect.reading import Folder
from architect.stacks.node.kinds import Keep, Kind
from architect.stacks.node.package import Package, described
from architect.stacks.node.pages import pages
from architect.stacks.node.scripts import Command
from architect.stacks.node.source import Sources

SERVERS: Mapping[str, str] = {
    "fastify": "fastify",
    "koa": "koa",
    "hono": "hono",
    "@hapi/hapi": "hapi",
    "elysia": "elysia",
    "restify": "restify",
    "polka": "polka",
    "@feathersjs/feathers": "feathers",
    "@feathersjs/express": "feathers",
    "@loopback/core": "loopback",
    "sails": "sails",
    "moleculer-web": "moleculer",
    "@apollo/server": "apollo",
    "apollo-server": "apollo",
    "apollo-server-express": "apollo",
    "graphql-yoga": "yoga",
    "express": "express",
    "h3": "h3",
    "socket.io": "socket.io",
    "ws": "ws",
    "micro": "micro",
    "connect": "connect",
    "json-server": "json-server",
}
BOTS = (
    "discord.js",
    "telegraf",
    "grammy",
    "node-telegram-bot-api",
    "@slack/bolt",
    "eris",
    "whatsapp-web.js",
    "node-cron",
    "bullmq",
    "bull",
    "agenda",
)
ENTRIES = (
    "server.js", "app.js", "index.js", "main.js", "src/server.js", "src/index.js", "src/app.js", "src/main.js", "server/index.js",
    "bin/www", "index.mjs", "server.mjs", "index.ts", "src/index.ts", "src/server.ts", "src/main.ts", "src/app.ts", "server.ts", "app.ts",
    "main.ts",
)  # fmt: skip
_PAGE_SERVERS = frozenset((
    "serve", "http-server", "vite", "react-scripts", "vue-cli-service", "ng", "craco", "gatsby", "docusaurus", "parcel", "webpack",
    "webpack-dev-server", "live-server", "sirv", "expo", "ember", "quasar", "vitepress", "astro", "eleventy", "umi", "max", "grunt",
    "gulp", "meteor", "redoc-cli", "redocly", "storybook", "start-storybook", "jest",
))  # fmt: skip


def server(folder: Folder, package: Package, commands: tuple[Command, ...], sources: Sources) -> Kind | None:
    """A server, worker or bot that its own code starts."""
    framework = package.has(*SERVERS)
    command = next((one for one in commands if one.program not in _PAGE_SERVERS and not one.development), None)
    entry = procfile(folder).get("web") or procfile(folder).get("worker")
    listed = argv(with_port(entry[0], 3000)) if entry else None
    if entry and listed and listed[0] == "node" and (command is None or command.program != "node"):
        command = Command(listed, "Procfile", entry[1])
    if command is None and not (framework and (sources.listens or commands)):
        return None
    if framework is None and described(package.document):
        return None
    if command is None and pages(folder, package) and not sources.listens:
        return None
    start, questions = _start(folder, package, command, sources)
    if start is None:
        return None
    bot = package.has(*BOTS)
    web = bool(framework and framework not in ("ws",)) or bool(sources.listens)
    name = SERVERS[framework] if framework else bot if bot and not web else ""
    proof = package.proof(framework) if framework else package.proof(bot) if bot else ()
    role = Role.WEB if web else Role.WORKER if bot or _loops(sources) else Role.JOB if not sources.listens and not framework else Role.WEB
    if role is Role.JOB and command is not None and command.script == "start":
        role = Role.WORKER
    environment = dict(command.environment) if command else {}
    return Kind(
        name, Keep.PACKAGE, proof or start.evidence, start, usual_port=3000 if role is Role.WEB else None, role=role,
        environment=environment,
        before=command.before if command else (), questions=questions,
    )  # fmt: skip


def _loops(sources: Sources) -> bool:
    return any(re.search(r"setInterval\(|new Worker\(|\.consume\(|cron\.schedule|while \(true\)", text) for text in sources.texts.values())


def _start(
    folder: Folder, package: Package, command: Command | None, sources: Sources
) -> tuple[Fact[tuple[str, ...]] | None, tuple[str, ...]]:
    """Return the command as it should run in a container: built JavaScript where there is a build, no package manager in front."""
    if command is not None and command.program in ("ts-node", "tsx", "babel-node", "ts-node-esm", "@babel/node", "esno", "jiti"):
        built = _compiled(folder, package, command.argv)
        if built:
            return Fact(
                built, Basis.CONVENTION, (command.evidence, package.script_at("build")), "the build's output, without the compiler"
            ), ()
        return Fact(command.argv, Basis.DECLARED, (command.evidence,)), ()
    if command is not None:
        return Fact(command.argv, Basis.DECLARED, (command.evidence,)), ()
    main = (package.document.text_at("main") or package.document.text_at("module") or "").removeprefix("./")
    for name in (main, *ENTRIES):
        if name and folder.has(name):
            evidence = (
                package.document.at("main" if package.document.text_at("main") else "module")
                if name == main
                else Evidence(folder.path(name))
            )
            if name.endswith((".ts", ".tsx")):
                built = None if package.manager.name == "bun" else _compiled(folder, package, ("tsx", name))
                runner = ("bun", name) if package.manager.name == "bun" else ("tsx", name) if package.has("tsx") else ("node", name)
                return Fact(built or runner, Basis.CONVENTION, (evidence,)), ()
            program = "bun" if package.manager.name == "bun" and not package.has("typescript", "express") else "node"
            return Fact((program, name), Basis.CONVENTION, (evidence,), "the entry file; no start script names one"), ()
    if main and "build" in package.scripts:
        return Fact(("node", main), Basis.DECLARED, (package.document.at("main"),)), ()
    return None, ()


def _compiled(folder: Folder, package: Package, parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return `node dist/index.js` for `ts-node src/index.ts` where the build compiles there."""
    source = next((part.removeprefix("./") for part in parts[1:] if part.endswith((".ts", ".mts", ".tsx"))), None)
    build = package.scripts.get("build", "")
    if source is None or not re.search(r"\btsc\b|tsup|swc|esbuild|ncc|tsdown|unbuild", build):
        return None
    out = folder.find("tsconfig.json", r"^[ \t]*\"outDir\"\s*:\s*\"(?:\./)?([\w./-]+)\"")
    root = folder.find("tsconfig.json", r"^[ \t]*\"rootDir\"\s*:\s*\"(?:\./)?([\w./-]*)\"")
    place = out.value.rstrip("/") if out else "dist"
    base = (root.value.strip("/.") if root else "src") or ""
    inner = source.removeprefix(f"{base}/") if base else source
    return ("node", f"{place}/{re.sub(r'[.][cm]?tsx?$', '.js', inner)}")


def bare(folder: Folder, package: Package, commands: tuple[Command, ...], sources: Sources) -> Kind | None:
    """Pages without a build, or a script that only a development command starts."""
    if any(command.program in _PAGE_SERVERS for command in commands) and folder.has("index.html", "public/index.html", "dist/index.html"):
        place = next(name for name in ("index.html", "public/index.html", "dist/index.html") if folder.has(name)).rpartition("/")[0]
        return Kind("html", Keep.PAGES, (Evidence(folder.path(f"{place}/index.html".lstrip("/"))),), output=place or ".", role=Role.STATIC)
    if described(package.document) or (folder.root and not commands and not sources.listens):
        return None
    start, _ = _start(folder, package, None, sources)
    if start is None:
        return None
    return Kind(
        "",
        Keep.PACKAGE,
        start.evidence,
        start,
        usual_port=3000 if sources.listens else None,
        role=Role.WEB if sources.listens else Role.JOB,
    )
