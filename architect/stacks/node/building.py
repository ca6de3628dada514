"""What must happen between install and start of a JavaScript package: lifecycle scripts, code generation, the build."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from architect.profile import Evidence
from architect.reading import Folder
from architect.stacks.node.kinds import Keep, Kind
from architect.stacks.node.package import Package

_HOOKS = re.compile(
    r"\b(husky|simple-git-hooks|lefthook|is-ci|lint-staged|git config|pre-commit|yorkie|ghooks|only-allow|pinst)\b|^(true|exit 0)$"
)
_NATIVE: Mapping[str, tuple[str, ...]] = {
    "canvas": ("libcairo2", "libpango-1.0-0", "libpangocairo-1.0-0", "libjpeg62-turbo", "libgif7", "librsvg2-2"),
    "puppeteer": ("chromium",),
    "puppeteer-core": (),
    "fluent-ffmpeg": ("ffmpeg",),
    "prisma": ("openssl",),
    "@prisma/client": ("openssl",),
    "simple-git": ("git",),
    "chromium": ("chromium",),
}
_ALPINE: Mapping[str, tuple[str, ...]] = {
    "canvas": ("cairo", "pango", "libjpeg-turbo", "giflib", "librsvg"),
    "puppeteer": ("chromium",),
    "fluent-ffmpeg": ("ffmpeg",),
    "prisma": ("openssl",),
    "@prisma/client": ("openssl",),
    "simple-git": ("git",),
    "chromium": ("chromium",),
}
COMPILED = frozenset(
    [
        "bcrypt",
        "sqlite3",
        "better-sqlite3",
        "canvas",
        "argon2",
        "node-sass",
        "bufferutil",
        "utf-8-validate",
        "node-pty",
        "sodium-native",
        "leveldown",
        "zeromq",
        "re2",
        "usb",
        "serialport",
        "node-rdkafka",
        "oracledb",
        "ibm_db",
        "libxmljs",
        "farmhash",
        "deasync",
        "kerberos",
        "snappy",
        "isolated-vm",
        "node-libcurl",
    ]
)


@dataclass(frozen=True, slots=True)
class Building:
    """Commands after the sources are there: `prepare` (generation), `command` (the build script), what they need from the system."""

    prepare: tuple[str, ...] = ()
    script: str | None = None
    command: str | None = None
    evidence: tuple[Evidence, ...] = ()
    lifecycle: bool = False
    system: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alpine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    compiles: tuple[str, ...] = ()
    prisma: bool = False
    internal: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


def building(folder: Folder, package: Package, found: Kind) -> Building:
    """Return what is run after the sources are copied, in order."""
    script = _script(package, found)
    top = Folder(folder.tree, package.top).json("package.json") or package.document
    prepare = _lifecycle(top.table("scripts"))
    prisma = package.has("prisma", "@prisma/client") is not None and _schema(folder) is not None
    text = package.scripts.get(script or "", "")
    if prisma and "prisma generate" not in f"{text} {' '.join(prepare)}":
        prepare = (*prepare, "prisma generate" + _schema_option(folder))
    needs = found.keep is Keep.PACKAGE or (found.keep is not Keep.PAGES and package.has("simple-git") is None)
    return Building(
        prepare=prepare,
        script=script,
        command=_command(package, script) if script else None,
        evidence=(package.script_at(script),) if script else (),
        lifecycle=any(name in top.table("scripts") for name in ("preinstall", "install", "postinstall", "prepare", "prepublish")),
        system={name: names for name, names in _NATIVE.items() if needs and name in package.dependencies and names},
        alpine={name: names for name, names in _ALPINE.items() if needs and name in package.dependencies},
        compiles=tuple(sorted(name for name in COMPILED if name in package.dependencies)),
        prisma=prisma,
        internal=_internal(folder, package),
    )


def _script(package: Package, found: Kind) -> str | None:
    """Return the script that builds what is started; a plain server that runs its sources has none."""
    names: tuple[str, ...] = (
        ("build-docker", "build:docker", "build:prod", "build:production", "build", "heroku-postbuild", "gcp-build")
        if found.keep is not Keep.PAGES
        else ("build", "build:prod", "build:production", "docs:build", "generate")
    )
    if found.framework == "nuxt" and found.keep is Keep.PAGES and "generate" in package.scripts:
        names = ("generate", *names)
    if found.keep is Keep.PAGES and found.framework == "html":
        return None
    return next(
        (name for name in names if name in package.scripts and not re.match(r"\s*(echo|exit|true|docker)\b", package.scripts[name])), None
    )


def _command(package: Package, script: str) -> str:
    manager = package.manager.name
    if package.top != package.document.path.rpartition("/")[0] and package.name:
        return {
            "npm": f"npm run {script} --workspace={package.name}",
            "pnpm": f"pnpm --filter {package.name} run {script}",
            "yarn": f"yarn workspace {package.name} run {script}",
            "bun": f"bun run --filter {package.name} {script}",
        }[manager]
    return f"{manager} run {script}"


def _lifecycle(scripts: Mapping[str, object]) -> tuple[str, ...]:
    """Return what the root's install scripts do beyond setting up Git hooks, one command each."""
    found: list[str] = []
    for name in ("preinstall", "install", "postinstall", "prepare"):
        text = scripts.get(name)
        for piece in re.split(r"&&|\|\||;", text) if isinstance(text, str) else ():
            # the brackets of a group are not whole in one of its commands
            plain = re.sub(r"^(?:npx|yarn|pnpm exec|bunx)\s+(?:-\S+\s+)*", "", piece.strip().lstrip("( ").rstrip())
            plain = plain.rstrip(") ") if plain.count(")") > plain.count("(") else plain
            plain = re.sub(r"^(?:npm|pnpm) run\s+(?:(?:-s|--silent)\s+)?", "npm run ", plain)
            if (
                plain
                and not _HOOKS.search(plain)
                and not re.match(r"(npm|yarn|pnpm|bun) (install|i|ci|run (build|dev|start|lint))\b|build\b|cd ", plain)
            ):
                found.append(plain)
    return tuple(dict.fromkeys(found))


def _schema(folder: Folder) -> str | None:
    return folder.has("prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma", "prisma/schema/schema.prisma")


def _schema_option(folder: Folder) -> str:
    place = _schema(folder)
    return f" --schema {place}" if place and place.startswith("src/") else ""


def _internal(folder: Folder, package: Package) -> tuple[str, ...]:
    """Return the workspace's own packages that this one depends on, deepest first, those that have a build."""
    by_name = {}
    for path in package.members:
        document = folder.tree.document(f"{path}/package.json", "json")
        name = document.text_at("name") if document else None
        if document and name:
            by_name[name] = document
    order: list[str] = []

    def visit(names: Mapping[str, object], depth: int) -> None:
        for name in names:
            document = by_name.get(name)
            if document is None or name in order or name == package.name or depth > 6:
                continue
            visit({**document.table("dependencies"), **document.table("devDependencies")}, depth + 1)
            if name not in order and document.get("scripts", "build"):
                order.append(name)

    visit({**package.document.table("dependencies"), **package.document.table("devDependencies")}, 0)
    return tuple(order)
