"""What kind of JavaScript application a package is, and so what is built, what is kept, and what starts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from architect.profile import Basis, Evidence, Fact, Role
from architect.reading import Folder
from architect.stacks.node.package import Package
from architect.stacks.node.scripts import Command, starts


class Keep(StrEnum):
    """What the final image needs: pages behind a web server, a self-contained output, Next's standalone output, or the whole package."""

    PAGES = "pages"
    OUTPUT = "output"
    STANDALONE = "standalone"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class Kind:
    """The decision. `output` is the folder a build leaves; `usual_port` counts when nothing names a port."""

    framework: str
    keep: Keep
    evidence: tuple[Evidence, ...]
    start: Fact[tuple[str, ...]] | None = None
    usual_port: int | None = 3000
    output: str | None = None
    fallback: bool = False
    role: Role = Role.WEB
    environment: Mapping[str, str] = field(default_factory=dict)
    health: Fact[str] | None = None
    before: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


HOST = "0.0.0.0"  # noqa: S104 - a container's process must listen on the container's address
_LISTENING = {"HOST": HOST}


def kind(folder: Folder, package: Package) -> Kind | None:
    """Return the application framework of a package, None when it has none (a plain server, a library)."""
    commands = starts(folder, package)
    for detect in _KINDS:
        found = detect(folder, package, commands)
        if found is not None:
            return found
    return None


def started(commands: tuple[Command, ...], *programs: str) -> Command | None:
    """Return the first start command that runs one of these programs for production."""
    return next((command for command in commands if command.program in programs and not command.development), None)


def _own(commands: tuple[Command, ...]) -> Command | None:
    """Return a start command that runs a file of the repository with Node.js."""
    return started(commands, "node", "bun", "tsx", "ts-node")


def _fact(command: Command, note: str = "") -> Fact[tuple[str, ...]]:
    return Fact(command.argv, Basis.DECLARED, (command.evidence,), note)


def _usual(parts: tuple[str, ...], note: str, evidence: tuple[Evidence, ...] = ()) -> Fact[tuple[str, ...]]:
    return Fact(parts, Basis.CONVENTION, evidence, note)


def config_file(folder: Folder, stem: str) -> str | None:
    """Return the name of a tool's settings file in the folder, whatever its suffix."""
    return folder.has(*(f"{stem}.{suffix}" for suffix in ("js", "ts", "mjs", "cjs", "mts")))


def _next(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    if not package.has("next"):
        return None
    proof = package.proof("next")
    config = config_file(folder, "next.config")
    output = folder.find(config, r"^[ \t]*output\s*:[^\n]*?[\"'](\w+)[\"']") if config else None
    own = _own(commands)
    root = next((name for name in _NEXT_ROOTS if folder.has(name)), None)
    health = Fact("/", Basis.CODE, (Evidence(folder.path(root)),)) if root else None
    if output and output.value == "export":
        folder_name = folder.find(config, r"^[ \t]*distDir\s*:\s*[\"']([\w./-]+)[\"']") if config else None
        return Kind("next", Keep.PAGES, (*proof, output.evidence), output=folder_name.value if folder_name else "out", role=Role.STATIC)
    if output and output.value == "standalone" and (own is None or "standalone" in " ".join(own.argv)):
        start = _usual(("node", "server.js"), "Next.js leaves a server of its own in .next/standalone", (output.evidence,))
        return Kind(
            "next", Keep.STANDALONE, (*proof, output.evidence), start, environment={"HOSTNAME": HOST}, health=health, output=".next"
        )
    if own:
        return Kind("next", Keep.PACKAGE, proof, _fact(own), health=health, before=own.before)
    listed = started(commands, "next")
    options = listed.argv[2:] if listed and listed.argv[1:2] == ("start",) else ()
    start = Fact(("next", "start", *options), Basis.DECLARED if listed else Basis.CONVENTION, (listed.evidence,) if listed else proof)
    return Kind("next", Keep.PACKAGE, proof, start, environment={"HOSTNAME": HOST}, health=health, before=listed.before if listed else ())


_NEXT_ROOTS = tuple(
    f"{place}{name}.{suffix}"
    for place in ("", "src/")
    for name in ("app/page", "pages/index")
    for suffix in ("tsx", "jsx", "js", "ts", "mdx")
)


def _nuxt(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    name = package.has("nuxt", "nuxt3", "nuxt-edge", "nuxt-nightly")
    if name is None:
        return None
    proof = package.proof(name)
    config = config_file(folder, "nuxt.config")
    own = _own(commands)
    if package.major(name) == 2:
        listed = started(commands, "nuxt", "nuxt-ts")
        if config and folder.find(config, r"^[ \t]*target\s*:\s*[\"']static[\"']"):
            return Kind("nuxt", Keep.PAGES, proof, output="dist", fallback=True, role=Role.STATIC)
        start = _fact(listed) if listed else _usual(("nuxt", "start"), "Nuxt 2 serves its own build")
        return Kind("nuxt", Keep.PACKAGE, proof, _fact(own) if own else start, environment=_LISTENING)
    if config and folder.find(config, r"^[ \t]*preset\s*:\s*[\"'](static|github-pages)[\"']"):
        return Kind("nuxt", Keep.PAGES, proof, output=".output/public", role=Role.STATIC)
    if "generate" in (package.scripts.get("build") or "") and own is None:
        return Kind("nuxt", Keep.PAGES, (package.script_at("build"),), output=".output/public", role=Role.STATIC)
    environment = {**_LISTENING, **(own.environment if own else {})}
    start = _fact(own) if own else _usual(("node", ".output/server/index.mjs"), "where Nuxt leaves its server")
    keep = Keep.OUTPUT if own is None or ".output/" in " ".join(own.argv) else Keep.PACKAGE
    return Kind("nuxt", keep, proof, start, output=".output", environment=environment)


def _nitro(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    """TanStack Start, SolidStart, Analog and plain Nitro leave the same self-contained output as Nuxt."""
    names = {"@tanstack/react-start": "tanstack-start", "@tanstack/solid-start": "tanstack-start", "@tanstack/start": "tanstack-start"}
    names |= {"@solidjs/start": "solid-start", "@analogjs/platform": "analog", "nitropack": "nitro", "nitro": "nitro", "vinxi": "vinxi"}
    name = package.has(*names)
    if name is None:
        return None
    own = _own(commands)
    if own:
        keep = Keep.OUTPUT if ".output/" in " ".join(own.argv) else Keep.PACKAGE
        return Kind(names[name], keep, package.proof(name), _fact(own), output=".output", environment={**_LISTENING, **own.environment})
    start = _usual(("node", ".output/server/index.mjs"), "where Nitro leaves its server")
    return Kind(names[name], Keep.OUTPUT, package.proof(name), start, output=".output", environment=_LISTENING)


def _router(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    """Remix and React Router in framework mode."""
    name = package.has("@react-router/dev", "@remix-run/dev", "@remix-run/serve", "@react-router/serve")
    if name is None:
        return None
    label = "react-router" if "react-router" in name else "remix"
    proof = package.proof(name)
    config = config_file(folder, "react-router.config")
    pages = folder.find(config, r"^[ \t]*ssr\s*:\s*(false)\b") if config else None
    pages = pages or folder.search(("vite.config.ts", "vite.config.js"), r"^[ \t]*ssr\s*:\s*(false)\b")
    if pages:
        return Kind(label, Keep.PAGES, (*proof, pages.evidence), output="build/client", fallback=True, role=Role.STATIC)
    own = _own(commands)
    if own:
        return Kind(label, Keep.PACKAGE, proof, _fact(own), environment=own.environment, before=own.before)
    listed = started(commands, "remix-serve", "react-router-serve")
    serve = f"{label}-serve"
    start = _fact(listed) if listed else _usual((serve, "./build/server/index.js"), f"{serve} serves the build", proof)
    return Kind(label, Keep.PACKAGE, proof, start, environment=_LISTENING)


def _svelte(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    if not package.has("@sveltejs/kit"):
        return None
    proof = package.proof("@sveltejs/kit")
    config = config_file(folder, "svelte.config")
    out = folder.find(config, r"\bout\s*:\s*[\"']([\w./-]+)[\"']") if config else None
    # With both adapters the configuration chooses, by a variable of the build; the server is what it makes where nothing is set.
    chosen = config and package.has("@sveltejs/adapter-node") and folder.find(config, r"[\"'](@sveltejs/adapter-node)[\"']")
    if package.has("@sveltejs/adapter-static") and not chosen:
        pages = folder.find(config, r"\bpages\s*:\s*[\"']([\w./-]+)[\"']") if config else None
        fallback = bool(config and folder.find(config, r"\bfallback\s*:"))
        output = pages.value if pages else "build"
        return Kind(
            "sveltekit",
            Keep.PAGES,
            (*proof, *package.proof("@sveltejs/adapter-static")),
            output=output,
            fallback=fallback,
            role=Role.STATIC,
        )
    own = _own(commands)
    output = out.value if out else "build"
    start = (
        _fact(own)
        if own
        else _usual(("node", output), "where SvelteKit's Node adapter leaves its server", package.proof("@sveltejs/adapter-node"))
    )
    asks: tuple[str, ...] = ()
    if not package.has("@sveltejs/adapter-node", "svelte-adapter-bun") and own is None:
        asks = ("SvelteKit has no Node adapter here: add @sveltejs/adapter-node, or its build leaves no server to start.",)
    return Kind("sveltekit", Keep.PACKAGE, proof, start, environment=own.environment if own else {}, output=output, questions=asks)


def _astro(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    if not package.has("astro"):
        return None
    config = config_file(folder, "astro.config")
    own = _own(commands)
    server = folder.find(config, r"^[ \t]*output\s*:[^\n]*?[\"'](server|hybrid)[\"']") if config else None
    adapter = package.has("@astrojs/node")
    out = folder.find(config, r"^[ \t]*outDir\s*:\s*[\"']([\w./-]+)[\"']") if config else None
    proof = (*package.proof("astro"), *package.proof(adapter or "astro")[: 1 if adapter else 0], *((server.evidence,) if server else ()))
    if own and not re.search(r"astro\.js$", " ".join(own.argv)):
        return Kind("astro", Keep.PACKAGE, proof, _fact(own), usual_port=4321, environment={**_LISTENING, **own.environment})
    if adapter or server:
        start = _usual(
            ("node", "./dist/server/entry.mjs"), "where Astro's Node adapter leaves its server", package.proof(adapter or "astro")
        )
        return Kind("astro", Keep.PACKAGE, proof, start, usual_port=4321, environment=_LISTENING)
    output = (out.value.removeprefix("./").rstrip("/") if out else "") or "dist"
    return Kind("astro", Keep.PAGES, proof, output=output, role=Role.STATIC)


def _angular(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    settings = folder.json("angular.json") or folder.json(".angular-cli.json")
    if not package.has("@angular/core") or settings is None:
        return None
    proof = package.proof("@angular/core")
    projects = settings.table("projects")
    chosen = settings.text_at("defaultProject") or next(
        (name for name, project in projects.items() if not isinstance(project, dict) or project.get("projectType") != "library"), None
    )
    options = settings.table("projects", chosen or "", "architect", "build", "options")
    builder = settings.text_at("projects", chosen or "", "architect", "build", "builder") or ""
    path = options.get("outputPath")
    output = path.get("base") if isinstance(path, dict) else path
    output = str(output or f"dist/{chosen or ''}").rstrip("/")
    browser = path.get("browser", "browser") if isinstance(path, dict) else "browser"
    modern = builder.endswith((":application", ":browser-esbuild")) and not builder.endswith("browser-esbuild")
    serve = next((name for name in package.scripts if name.startswith("serve:ssr")), None)
    if serve and (options.get("server") or options.get("ssr") or package.has("@angular/ssr", "@nguniversal/express-engine")):
        found = re.search(r"node\s+(\S+)", package.scripts[serve])
        line = ("node", str(found[1]) if found else f"{output}/server/server.mjs")
        start: Fact[tuple[str, ...]] = Fact(line, Basis.DECLARED, (package.script_at(serve),))
        return Kind("angular", Keep.PACKAGE, proof, start, usual_port=4000, output=output)
    return Kind(
        "angular", Keep.PAGES, proof, output=f"{output}/{browser}".rstrip("/") if modern else output, fallback=True, role=Role.STATIC
    )


def _nest(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    if not package.has("@nestjs/core"):
        return None
    proof = package.proof("@nestjs/core")
    own = next((command for command in commands if command.program in ("node", "bun") and not command.development), None)
    if own:
        return Kind("nestjs", Keep.PACKAGE, proof, _fact(own), output="dist", environment=own.environment, before=own.before)
    cli = folder.json("nest-cli.json")
    root = cli.text_at("sourceRoot") if cli else None
    entry = cli.text_at("entryFile") if cli else None
    project = cli.text_at("root") if cli and cli.get("monorepo") else None
    file = f"dist/{project}/main.js" if project else f"dist/{entry or 'main'}.js"
    why = "where the Nest build leaves its entry"
    return Kind(
        "nestjs", Keep.PACKAGE, proof, _usual(("node", file), why, (cli.at("sourceRoot"),) if cli and root else proof), output="dist"
    )


def _platform(folder: Folder, package: Package, commands: tuple[Command, ...]) -> Kind | None:
    """Frameworks whose own command starts them."""
    for name, (label, line, port) in _PLATFORMS.items():
        if package.has(name):
            own = next((command for command in commands if command.program in (line[0], "node") and not command.development), None)
            start = _fact(own) if own else _usual(line, f"{label}'s own start command", package.proof(name))
            return Kind(
                label, Keep.PACKAGE, package.proof(name), start, usual_port=port, environment=_LISTENING, before=own.before if own else ()
            )
    return None


_PLATFORMS: Mapping[str, tuple[str, tuple[str, ...], int]] = {
    "@strapi/strapi": ("strapi", ("strapi", "start"), 1337),
    "strapi": ("strapi", ("strapi", "start"), 1337),
    "@medusajs/medusa": ("medusa", ("medusa", "start"), 9000),
    "@adonisjs/core": ("adonis", ("node", "build/bin/server.js"), 3333),
    "@keystone-6/core": ("keystone", ("keystone", "start"), 3000),
    "@redwoodjs/api": ("redwood", ("rw", "serve"), 8910),
    "blitz": ("blitz", ("blitz", "start"), 3000),
    "@qwik.dev/core": ("qwik", ("node", "server/entry.express"), 3000),
    "@builder.io/qwik": ("qwik", ("node", "server/entry.express"), 3000),
}

_KINDS: tuple[Callable[[Folder, Package, tuple[Command, ...]], Kind | None], ...] = (
    _next, _nuxt, _router, _svelte, _astro, _nitro, _angular, _platform, _nest,
)  # fmt: skip
