"""Deno: programs with a deno.json, and scripts that only Deno can run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from architect import bases, code, sockets
from architect.code import Source
from architect.commands import argv, env_examples, merged, port_in
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Document, Folder, find, find_all
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.sockets import PortRule
from architect.tree import Tree
from architect.versions import default, numbers, tool_version, version_file

DEFAULT_VERSION = "2.9.1"
CACHE = "/deno-dir"
ENTRIES = (
    "main.ts",
    "src/main.ts",
    "server.ts",
    "src/server.ts",
    "app.ts",
    "src/app.ts",
    "mod.ts",
    "index.ts",
    "src/index.ts",
    "main.tsx",
    "main.js",
)
TASKS = ("start", "prod", "production", "serve", "server", "start:prod", "run", "preview", "dev")
FRAMEWORKS = (("fresh", r"fresh"), ("hono", r"hono"), ("oak", r"@?oak"), ("express", r"express"), ("lume", r"lume"), ("aleph", r"aleph"))
PERMISSIONS = ("--allow-net", "--allow-read", "--allow-env")
_ONLY_DENO = re.compile(r"\bDeno\.\w|from\s+[\"'](?:https://(?:deno\.land|esm\.sh)/|jsr:|npm:)|import\s+[\"'](?:https://deno\.land|jsr:)")
_DEVELOPS = re.compile(r"--watch\b|\bdev\.tsx?\b")
_SERVES = re.compile(
    r"\bDeno\.serve\(|\bserve\(\s*(?:async\s*)?\(|export default \{\s*(?:async\s+)?fetch"
    r"|import\s*\{[^}]*\bserve\b[^}]*\}\s*from\s*[\"'][^\"'\n]*\bhttp/(?:server|mod)\.ts"
)
_ENV = r"(?:Deno\.env\.get\(\s*[\"'](?:\w+_)?PORT[\"']\s*\)|process\.env\.(?:\w+_)?PORT)"
PORT_RULES: tuple[PortRule, ...] = tuple(
    PortRule(re.compile(pattern), bound=bound)
    for bound, pattern in (
        (True, r"(?:Deno\.serve|Deno\.listen|\.listen|serve)\(\s*\{[^}]{0,200}?\bport:\s*(\d{2,5})"),
        (False, rf"{_ENV}[^\n;]{{0,40}}?(?:\?\?|\|\|)\s*[\"'`]?(\d{{2,5}})"),
        (True, r"\.listen\(\s*(\d{2,5})"),
        (False, r"(?i)\bport\b[\"']?\s*(?::\s*[\w.()]*?\.default\(|:\s*number\s*=|[:=])\s*(?:Number\(|\+)?\s*(\d{2,5})\b"),
    )
)
HEALTH_ROUTE = r"(?:(?P<on>\w+)\.(?:get|route|all|use)\(\s*|pathname\s*===?\s*|case\s+)$"
VARIABLES = (
    r"Deno\.env\.get\(\s*[\"'](?P<name>[A-Z][A-Z0-9_]+)[\"']\s*\)(?:\s*(?:\?\?|\|\|)\s*[\"'](?P<default>[^\"']*)[\"'])?",
    r"process\.env\.(?P<name>[A-Z][A-Z0-9_]+)(?:\s*(?:\?\?|\|\|)\s*[\"'](?P<default>[^\"']*)[\"'])?",
)


class Deno:
    """A folder with a deno.json (or code only Deno runs)."""

    id = "deno"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the task or module that starts the program."""
        folder = Folder(tree, root)
        marker = _marker(folder)
        return _component(self.id, folder, marker) if marker else None

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Fetch the locked modules in one stage, run them from the cache in another."""
        return _plan(component, style)


def _config(folder: Folder) -> Document | None:
    name = folder.has("deno.json", "deno.jsonc")
    return folder.json(name) if name else None


def _marker(folder: Folder) -> Evidence | None:
    """Return what proves that this is Deno's: its own files, or a script that no other runtime could run."""
    config = _config(folder)
    package = folder.json("package.json") if folder.has("package.json") else None
    scripts = package.table("scripts") if package else {}
    if config is not None and (package is None or config.table("tasks") or config.table("imports") or config.get("workspace")):
        node = any("deno" not in str(command) for name, command in scripts.items() if name in ("start", "build", "dev"))
        return None if node and not any(name in config.table("tasks") for name in TASKS) else Evidence(config.path)
    if folder.has("deno.lock", ".deno-version") and not scripts:
        return Evidence(folder.path(folder.has("deno.lock", ".deno-version") or "deno.lock"))
    entry = next((name for name in ENTRIES if folder.has(name)), None)
    text = folder.read(entry) if entry else None
    if entry is None or text is None or scripts:
        return None
    hit = find(folder.path(entry), text, _ONLY_DENO)
    if hit:
        return hit.evidence
    dependencies = {**package.table("dependencies"), **package.table("devDependencies")} if package else {}
    if (
        entry.endswith(".ts")
        and not folder.has("tsconfig.json")
        and not {"typescript", "tsx", "ts-node", "bun-types", "@types/bun"} & set(dependencies)
    ):
        named = folder.find("README.md", r"\b[Dd]eno\b")
        return named.evidence if named else None
    return None


def _component(stack: str, folder: Folder, marker: Evidence) -> Component | None:
    config = _config(folder)
    start = _start(folder, config)
    names = [
        name
        for pattern in ("*.ts", "*.tsx", "*.js")
        for name in code.own_files(folder, pattern)
        if not re.search(r"(_test|\.test|\.spec|\.d)\.\w+$", name)
    ]
    names.sort(key=lambda name: (name not in ENTRIES, code.telling(name), name.count("/"), name))
    files = code.sources(folder, names)
    variables = merged(code.variables(files, *VARIABLES), env_examples(folder))
    dependencies = _dependencies(folder, config)
    framework = _framework(dependencies)
    port = _port(start, files, framework)
    health = health_route(files, HEALTH_ROUTE) if port else None
    if start is None:
        return None
    build = next((task for task in ("build",) if config and isinstance(config.table("tasks").get(task), str)), None)
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.JOB,
        language=Fact("deno", Basis.DECLARED, (marker,)),
        framework=framework,
        runtime=_runtime(folder),
        package_manager=Fact("deno", Basis.DECLARED, (marker,)),
        lockfile=folder.has("deno.lock"),
        build=Fact("deno task build", Basis.DECLARED, (config.at("tasks", "build"),)) if build and config else None,
        start=start,
        port=port,
        health=health,
        services=_services(folder, dependencies),
        variables=variables,
        details={
            "manifests": tuple(
                name for name in ("deno.json", "deno.jsonc", "deno.lock", "package.json", "import_map.json") if folder.has(name)
            ),
            "lock": bool(folder.has("deno.lock")),
            "entry": next(
                (word for word in reversed(start.value) if re.search(r"\.(tsx?|m?js)$", word) and folder.has(word.removeprefix("./"))), None
            ),
            "build": bool(build),
            "listen": code.listening(variables, port, files),
        },
    )


def _start(folder: Folder, config: Document | None) -> Fact[tuple[str, ...]] | None:
    tasks = config.table("tasks") if config else {}
    said = {name: tasks[name].get("command") if isinstance(tasks[name], dict) else tasks[name] for name in TASKS if name in tasks}
    # a task that watches files is for development, whatever it is called: another one comes first
    for name in sorted(said, key=lambda name: bool(_DEVELOPS.search(str(said[name])))):
        command = said[name]
        if not isinstance(command, str) or config is None:
            continue
        words = _words(command.rpartition("&&")[2])
        if words and words[0] == "deno" and len(words) > 1 and words[1] in ("run", "serve"):
            finished = tuple(_for_production(folder, word) for word in words)
            if finished != words:
                module = Evidence(folder.path(next(word for word in finished if word not in words)))
                return Fact(finished, Basis.DECLARED, (config.at("tasks", name), module), "without the development server")
            note = "" if name != "dev" else "the development task, without watching files"
            return Fact(words, Basis.DECLARED, (config.at("tasks", name),), note)
    entry = next((name for name in ENTRIES if folder.has(name)), None)
    if entry is None:
        return None
    line = Evidence(folder.path(entry))
    text = folder.read("README.md") or ""
    for hit in find_all(
        folder.path("README.md"), text, rf"\brun[\"',\s]+((?:[\"']?--?[\w=,./:-]+[\"']?\W{{1,4}})+)(?:\./)?{re.escape(entry)}\b"
    ):
        flags = re.findall(r"--?[\w-]+(?:=[\w,./:-]+)?", hit.match[1])
        if flags:
            return Fact(("deno", "run", *(flag for flag in flags if "watch" not in flag), entry), Basis.DECLARED, (hit.evidence, line))
    return Fact(("deno", "run", *PERMISSIONS, entry), Basis.CONVENTION, (line,), "network, files and environment are what a server needs")


def _for_production(folder: Folder, word: str) -> str:
    """Return the module beside a development entry (`dev.ts`) that is run in production (`main.ts`), else the word itself."""
    found = re.fullmatch(r"(?:\./)?(.*/)?dev\.(tsx?)", word)
    place = found[1] or "" if found else ""
    return (folder.has(f"{place}main.ts", f"{place}main.tsx") or word) if found else word


def _words(command: str) -> tuple[str, ...]:
    """Return a task's command without watching, checking and files of environment variables that an image does not have."""
    text = re.sub(r"^(?:\s*\w+=\S+)+", "", command.strip())
    words = argv(text) or ()
    if not words:
        try:
            words = tuple(shlex.split(text)) if not re.search(r"[|;<>`]|\$\(", text) else ()
        except ValueError:
            return ()
    return tuple(word for word in words if not re.match(r"--(watch|env|env-file|hmr|inspect)\b", word))


def _port(start: Fact[tuple[str, ...]] | None, files: Sequence[Source], framework: Fact[str] | None) -> Fact[int] | None:
    stated = port_in(" ".join(start.value)) if start else None
    if start and stated:
        return Fact(stated, Basis.DECLARED, start.evidence)
    found = sockets.port(sockets.numbered(files), PORT_RULES)
    if found:
        return found
    serves = code.first(files, _SERVES)
    if serves or (start and start.value[1:2] == ("serve",)):
        return Fact(8000, Basis.CONVENTION, (serves.evidence,) if serves else (), "Deno's own default")
    if framework and framework.value == "fresh":
        return Fact(8000, Basis.CONVENTION, framework.evidence, "Fresh's own default")
    return None


def _services(folder: Folder, dependencies: dict[str, Evidence]) -> tuple[Fact[str], ...]:
    found = needed("deno", dependencies, folder.tree, folder.root)
    known = {fact.value for fact in found}
    return found + tuple(fact for fact in needed("npm", dependencies, folder.tree, folder.root) if fact.firm and fact.value not in known)


def _framework(dependencies: dict[str, Evidence]) -> Fact[str] | None:
    for name, pattern in FRAMEWORKS:
        for key, line in dependencies.items():
            if re.fullmatch(rf"\$?(?:@\w+/)?{pattern}/?", key):
                return Fact(name, Basis.DECLARED, (line,))
    return None


def _runtime(folder: Folder) -> Fact[str]:
    for fact in (version_file(folder, ".deno-version", ".dvmrc"), tool_version(folder, "deno")):
        if fact and len(numbers(fact.value)) == 3:
            return Fact(".".join(map(str, numbers(fact.value))), Basis.DECLARED, fact.evidence)
    return default(DEFAULT_VERSION, "no file names a Deno release; the newest settled one is used")


def _dependencies(folder: Folder, config: Document | None) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for name, target in (config.table("imports") if config else {}).items():
        hit = re.match(r"(?:npm|jsr):(@?[\w.-]+(?:/[\w.-]+)?)", str(target))
        if config:
            found[hit[1] if hit else name] = config.at("imports", name)
            found.setdefault(name, config.at("imports", name))
    package = folder.json("package.json") if folder.has("package.json") else None
    for name in package.table("dependencies") if package else {}:
        if package:
            found.setdefault(name, package.at("dependencies", name))
    return found


def _plan(component: Component, style: Style) -> ImagePlan:
    details = component.details
    version = component.runtime.value if component.runtime else DEFAULT_VERSION
    cached = style is Style.CACHED
    alpine = Image(f"denoland/deno:alpine-{version}", Family.ALPINE, user="deno", probe="wget", why="the runtime, on Alpine")
    bare = Image(f"denoland/deno:distroless-{version}", Family.DISTROLESS, user="nonroot", probe="deno", why="the runtime without a shell")
    image = bare if style is Style.HARDENED else alpine
    kept = "/deno-cache" if cached else CACHE
    caches = (kept,) if cached else ()
    fixed = " --frozen" if details.get("lock") else ""
    steps: list[Step] = [Workdir("/app"), Env("DENO_DIR", kept, why="where modules are kept")]
    manifests = details.get("manifests", ())
    if manifests:
        steps.append(Copy(manifests, "./", why="dependencies change less often than code"))
        steps.append(
            Run(
                f"deno install{fixed}",
                caches=caches,
                why="a layer of its own, reused until the manifests change",
            )
        )
    steps.append(Copy((".",), "./", why="the source code"))
    commands = [f"deno cache{fixed} {details['entry']}"] if details.get("entry") else []
    commands += ["deno task build"] if details.get("build") else []
    commands += [f"cp -r {kept} {CACHE}"] if cached else []
    if commands:
        why = "every module is fetched and compiled now, none when the container starts"
        steps.append(Run(" && ".join(commands), caches=caches, why=why, evidence=component.build.evidence if component.build else ()))
    port = component.port.value if component.port else None
    final: list[Step] = [
        Workdir("/app"),
        Env("DENO_DIR", CACHE, why="where modules are kept"),
        Env("DENO_NO_UPDATE_CHECK", "1", why="a container does not look for updates"),
    ]
    final += [
        Env(name, value.replace("{port}", str(port)), why="reachable from outside the container", evidence=(line,))
        for name, value, line in details.get("listen", ())
    ]
    final += [
        Copy((CACHE,), CACHE, stage="build", owned=True, why="the fetched modules"),
        Copy(("/app",), "/app", stage="build", owned=style is not Style.HARDENED, why="the program"),
    ]
    return finished(
        component,
        (Stage("build", alpine, tuple(steps)), Stage("runtime", image, tuple(final))),
        bases.health_command(image, component),
        start=("deno", "run", "main.ts"),
        why_start=component.start.note if component.start and component.start.note else "with the permissions the repository names",
        writable=(CACHE,),
    )
