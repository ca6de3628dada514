"""npm scripts resolved to the program they really run, in exec form where no shell is needed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from architect.profile import Evidence
from architect.reading import Folder, strip_json_comments
from architect.stacks.node.package import Package

START = ("start:prod", "start:production", "start-prod", "serve:prod", "prod", "production", "start")
_RUN = re.compile(r"^(?:npm|pnpm|yarn|bun)\s+(?:(?:-s|--silent|-w|--if-present)\s+)*(?:run\s+)?([\w:.-]+)\s*(?:--\s*)?$")
_THROUGH = re.compile(r"^(?:npm|pnpm|yarn|bun)\s+(?:(?:-s|--silent)\s+)*(?:run\s+)?([\w:.-]+)\s+(?:--\s+)?(.+)$")
_ENV = re.compile(r"^([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S*)\s+")
_WRAPPERS = re.compile(
    r"^(?:cross-env(?:-shell)?|env-cmd(?:\s+-f\s+\S+)?(?:\s+--)?|dotenv(?:x)?(?:\s+(?:run|-e\s+\S+|-c\s*\S*|-f\s+\S+))*\s+--"
    r"|npx(?:\s+(?:-y|--yes|--no-install))?|bunx|pnpm (?:exec|dlx)|yarn exec|exec|dumb-init|tini --|nyc|c8)\s+"
)
_DEVELOPMENT = re.compile(
    r"\b(--watch|nodemon|ts-node-dev|tsx watch|(?:next|nuxt|vite|astro) dev|--inspect|concurrently|npm-run-all|turbo (?:run )?dev)\b"
)


@dataclass(frozen=True, slots=True)
class Command:
    """A resolved script: `argv` what runs, `before` commands the repository runs first, `environment` what it sets."""

    argv: tuple[str, ...]
    script: str
    evidence: Evidence
    environment: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    development: bool = False
    manager: bool = False

    @property
    def program(self) -> str:
        """Return the program's name."""
        return self.argv[0] if self.argv else ""


def starts(folder: Folder, package: Package) -> tuple[Command, ...]:
    """Return the scripts that start the application, production ones first."""
    found = [resolve(folder, package, name) for name in START if name in package.scripts]
    return tuple(command for command in found if command is not None)


def resolve(folder: Folder, package: Package, name: str, depth: int = 0) -> Command | None:
    """Return what a script runs; None when it is missing or runs in circles."""
    text = package.scripts.get(name)
    if text is None or depth > 5:
        return None
    command = _resolved(folder, package, text, name, package.script_at(name), depth)
    return replace(command, development=command.development or bool(_DEVELOPMENT.search(text))) if command else None


def _resolved(folder: Folder, package: Package, text: str, script: str, evidence: Evidence, depth: int) -> Command | None:
    pieces = [piece.strip() for piece in re.split(r"&&|;", text) if piece.strip()]
    if not pieces:
        return None
    before = tuple(pieces[:-1])
    last, environment = _unwrapped(_through(package, pieces[-1]))
    again = _RUN.match(last)
    if again and again[1] in package.scripts and again[1] != script:
        inner = resolve(folder, package, again[1], depth + 1)
        if inner:
            joined = (*before, *inner.before)
            return replace(inner, script=script, environment={**inner.environment, **environment}, before=joined, evidence=evidence)
    if re.search(r"[|<>`*]|\$\(|\$\{?\w|(?<!&)&(?!&)", last):
        port = re.search(r"\$\{?PORT(?::-(\d+))?\}?", last)
        if not port or re.search(r"[|<>`*]|\$\(", last):
            return Command(("sh", "-c", " && ".join([*before, f"exec {last}"])), script, evidence, environment, manager=True)
        last = re.sub(r"\$\{?PORT(?::-(\d+))?\}?", port[1] or environment.get("PORT", "3000"), last)
    try:
        parts = tuple(shlex.split(last))
    except ValueError:
        return None
    if not parts:
        return None
    parts = _nx(folder, _pm2(folder, parts))
    return Command(parts, script, evidence, environment, before, manager=parts[0] in ("npm", "yarn", "pnpm", "turbo", "nx", "lerna"))


def _through(package: Package, text: str) -> str:
    """Return `npm run with:env -- node server.js` as what it runs: the other script, which hands over, and then the command."""
    handed = _THROUGH.match(text)
    wrapper = package.scripts.get(handed[1], "") if handed else ""
    return f"{wrapper} {handed[2]}" if handed and re.search(r"\s--\s*$", wrapper) else text


def _unwrapped(text: str) -> tuple[str, dict[str, str]]:
    """Strip variable assignments and the programs that only set variables or look up a binary."""
    environment: dict[str, str] = {}
    while True:
        hit = _ENV.match(text)
        if hit:
            environment[hit[1]] = hit[2].strip("\"'")
            text = text[hit.end() :]
            continue
        wrapper = _WRAPPERS.match(text)
        if not wrapper:
            return text.strip(), environment
        text = text[wrapper.end() :]


def _nx(folder: Folder, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Replace Nx's development server by the file that its build leaves."""
    if parts[0] != "nx" or not ({"serve", "start", "run"} & set(parts[1:])):
        return parts
    place = next((f"apps/{part}/project.json" for part in parts[1:] if folder.has(f"apps/{part}/project.json")), "project.json")
    output = folder.find(place, r"^[ \t]*\"outputPath\"\s*:\s*\"([\w./-]+)\"")
    return ("node", f"{output.value}/main.js") if output else parts


def _pm2(folder: Folder, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Replace a process manager by the program it manages: the container runtime restarts it."""
    if parts[0] in ("nodemon", "forever", "supervisor"):
        rest = [part for part in parts[1:] if part.endswith((".js", ".mjs", ".cjs", ".ts")) or "/" in part]
        return ("node", rest[0]) if rest and not rest[0].endswith(".ts") else ("tsx", rest[0]) if rest else parts
    if parts[0] not in ("pm2", "pm2-runtime", "pm2-docker"):
        return parts
    target = next((part for part in parts[1:] if re.search(r"\.(json|c?js|mjs|yml)$", part)), None)
    if target is None:
        return parts
    if not re.search(r"ecosystem|pm2|process\.(json|yml)|\.json$", target):
        return ("node", target)
    text = strip_json_comments(folder.read(target.removeprefix("./")) or "")
    script = re.search(r"[\"']?script[\"']?\s*:\s*[\"'`]([^\"'`]+)[\"'`]", text)
    return ("node", script[1].removeprefix("./")) if script and not script[1].startswith("npm") else parts
