"""What the RUN lines of a Dockerfile install: with which manager, from a lock file or not, what they leave behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from artifacts.dockerfile.model import Dockerfile, Instruction, Stage
from artifacts.shell import bare, commands, words_of

_FROZEN = frozenset(
    {"--frozen-lockfile", "--immutable", "--pure-lockfile", "--frozen", "--locked", "--offline", "--deploy", "--locked-mode"}
)
_Parsed = tuple[str, tuple[str, ...], bool, bool | None]
_VALUED = frozenset({"--virtual", "-t", "-o", "-c", "--repository", "-X"})
SYSTEM_MANAGERS = frozenset({"apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper", "pacman"})


@dataclass(frozen=True, slots=True)
class Install:
    """One command that installs. `locked` is None where the manager knows no lock file.

    `of_project` is false for tools (`pip install poetry`, `npm install -g pnpm`) and system packages.
    """

    manager: str
    command: tuple[str, ...]
    packages: tuple[str, ...]
    of_project: bool
    locked: bool | None
    instruction: Instruction
    stage: Stage

    @property
    def line(self) -> int:
        """Return the line of its RUN."""
        return self.instruction.line


def run_commands(instruction: Instruction) -> tuple[tuple[str, ...], ...]:
    """Return the simple commands of a RUN, wrappers taken off."""
    if instruction.argv is not None:
        argv = instruction.argv
        if len(argv) > 2 and argv[0].rsplit("/", 1)[-1] in ("sh", "bash", "ash") and argv[1].startswith("-"):
            return tuple(filter(None, (bare(command) for command in commands(argv[2]))))
        return (bare(argv),) if argv else ()
    return tuple(filter(None, (bare(command) for command in commands(instruction.script()))))


def installs(dockerfile: Dockerfile) -> tuple[Install, ...]:
    """Return every install of the file, in order."""
    found: list[Install] = []
    for stage in dockerfile.stages:
        env = _stage_env(dockerfile, stage)
        frozen_bundle = any(_freezes_bundle(command) for run in stage.of("RUN") for command in run_commands(run))
        for run in stage.of("RUN"):
            for command in run_commands(run):
                found.extend(_install(command, run, stage, env, frozen_bundle))
    return tuple(found)


def project_manager(dockerfile: Dockerfile) -> str | None:
    """Return the manager that installs the application's dependencies, the last one to do so."""
    managers = [install.manager for install in installs(dockerfile) if install.of_project]
    return managers[-1] if managers else None


def _install(command: tuple[str, ...], run: Instruction, stage: Stage, env: Mapping[str, str], frozen_bundle: bool) -> Iterator[Install]:
    parsed = _recognised(command, env, frozen_bundle)
    if parsed is not None:
        manager, packages, of_project, locked = parsed
        yield Install(manager, command, packages, of_project, locked, run, stage)


def _recognised(command: tuple[str, ...], env: Mapping[str, str], frozen_bundle: bool) -> _Parsed | None:
    program = command[0]
    words = words_of(command)
    verb = words[1] if len(words) > 1 else ""
    flags = {word.split("=", 1)[0] for word in command if word.startswith("-")}
    frozen = bool(flags & _FROZEN)
    if program in SYSTEM_MANAGERS:
        return _system(program, command, words)
    if re.fullmatch(r"pip[\d.]*", program) or (re.fullmatch(r"python[\d.]*", program) and command[1:3] == ("-m", "pip")):
        return _pip(command)
    if program == "uv":
        if verb == "sync":
            locked = frozen or env.get("UV_FROZEN", "") not in ("", "0") or env.get("UV_LOCKED", "") not in ("", "0")
            return "uv", (), True, locked
        if verb == "pip":
            sub = words[2] if len(words) > 2 else ""
            if sub == "sync":
                return "uv", (), True, True
            parsed = _pip(command[command.index("pip") :]) if sub == "install" else None
            return ("uv", *parsed[1:]) if parsed else None
        return None
    if program in ("npm", "pnpm", "yarn", "bun"):
        return _node(program, command, words, flags, frozen)
    if program == "poetry" and verb in ("install", "sync"):
        return "poetry", (), True, True
    if program == "pipenv" and verb in ("install", "sync"):
        return "pipenv", (), True, verb == "sync" or bool(flags & {"--deploy", "--ignore-pipfile"})
    if program == "pdm" and verb in ("install", "sync"):
        return "pdm", (), True, verb == "sync" or frozen or "--check" in flags
    if program == "bundle" and verb in ("install", ""):
        settings = any(env.get(name, "").lower() not in ("", "0", "false") for name in ("BUNDLE_FROZEN", "BUNDLE_DEPLOYMENT"))
        return "bundler", (), True, settings or frozen_bundle or bool(flags & {"--deployment", "--frozen"})
    if program == "go" and (command[1:3] == ("mod", "download") or verb in ("build", "install")):
        return "go", (), True, True
    if program == "cargo" and verb in ("build", "install", "fetch", "chef"):
        if verb == "install" and "--path" not in flags:
            return "cargo", words[2:], False, None
        if verb == "chef" and "cook" not in words:
            return None
        return "cargo", (), True, verb == "chef" or frozen
    return _others(program, verb, flags)


def _others(program: str, verb: str, flags: set[str]) -> _Parsed | None:
    if program in ("composer", "composer.phar") and verb in ("install", "update"):
        return "composer", (), True, verb == "install"
    if program in ("mvn", "mvnw", "./mvnw"):
        return "maven", (), True, None
    if program in ("gradle", "gradlew", "./gradlew"):
        return "gradle", (), True, None
    if program == "dotnet" and verb in ("restore", "publish", "build"):
        return "dotnet", (), True, True if "--locked-mode" in flags else None
    if program == "mix" and verb == "deps.get":
        return "mix", (), True, True
    if program == "sbt":
        return "sbt", (), True, None
    if program == "deno" and verb in ("install", "cache"):
        return "deno", (), True, None
    return None


def _system(program: str, command: tuple[str, ...], words: tuple[str, ...]) -> _Parsed | None:
    verbs = {"apk": ("add",), "pacman": ("-S", "-Sy", "-Syu")}.get(program, ("install",))
    if program == "pacman":
        return ("pacman", words[1:], False, None) if any(word in verbs for word in command) else None
    for verb in verbs:
        if verb in words:
            names = words[words.index(verb) + 1 :]
            skip = {
                command[index + 1]
                for index, word in enumerate(command[:-1])
                if word in ("--virtual", "-t", "-o", "-c", "--repository", "-X")
            }
            return ("apt-get" if program == "apt" else program), tuple(name for name in names if name not in skip), False, None
    return None


def _pip(command: tuple[str, ...]) -> _Parsed | None:
    if "install" not in command:
        return None
    rest = command[command.index("install") + 1 :]
    packages: list[str] = []
    of_project = False
    index = 0
    while index < len(rest):
        word = rest[index]
        if word in ("-r", "--requirement", "-c", "--constraint", "-e", "--editable"):
            of_project = True
            index += 1
        elif word.startswith(("-r", "--requirement=")) and len(word) > 2:
            of_project = True
        elif word in ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--prefix", "--target", "-t", "--root", "--timeout"):
            index += 1
        elif not word.startswith("-"):
            packages.append(word)
            of_project = of_project or word.startswith((".", "/")) or word.endswith(".whl")
        index += 1
    tools = {"pip", "setuptools", "wheel", "poetry", "pipenv", "uv", "pdm", "hatch", "build", "virtualenv"}
    names = {re.split(r"[\[=<>~!@]", package)[0].lower() for package in packages}
    of_project = of_project or bool(names - tools)
    return "pip", tuple(packages), of_project, True if "--require-hashes" in rest else None


def _node(program: str, command: tuple[str, ...], words: tuple[str, ...], flags: set[str], frozen: bool) -> _Parsed | None:
    verb = words[1] if len(words) > 1 else ""
    if flags & {"-g", "--global"} or (program == "yarn" and verb == "global"):
        return program, words[2:], False, None
    if program == "npm":
        if verb in ("ci", "clean-install"):
            return "npm", (), True, True
        return ("npm", words[2:], True, False) if verb in ("install", "i", "add") else None
    if program == "yarn":
        if verb == "install" or (verb == "" and not flags & {"--version", "-v", "--help"}):
            return "yarn", (), True, frozen
        return ("yarn", (), True, True) if verb == "workspaces" and "focus" in words else None
    if program == "pnpm":
        if verb in ("install", "i"):
            return "pnpm", (), True, frozen
        return ("pnpm", (), True, True) if verb in ("fetch", "deploy") else None
    if verb == "ci":
        return "bun", (), True, True
    return ("bun", (), True, frozen) if verb in ("install", "i") else None


def _freezes_bundle(command: tuple[str, ...]) -> bool:
    return command[:2] == ("bundle", "config") and any(word.split("=")[0] in ("frozen", "deployment") for word in command[2:])


def _stage_env(dockerfile: Dockerfile, stage: Stage) -> dict[str, str]:
    """Return ENV and ARG values of a stage and what it inherits, as far as they switch an installer's behaviour."""
    env: dict[str, str] = {}
    for link in dockerfile.chain(stage):
        for instruction in link.of("ENV", "ARG"):
            for name, value in instruction.pairs()[:500]:
                if value is not None and len(env) < 2000:
                    env[name] = value.strip("'\"")
    return env


def leftovers(instruction: Instruction, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return which package caches a RUN leaves in its layer: `apt lists`, `apk cache`, `pip cache`, ..."""
    mounted = " ".join(instruction.flag_values("mount"))
    cached = "type=cache" in mounted or "type=tmpfs" in mounted
    text = instruction.script()
    found: list[str] = []
    for command in run_commands(instruction):
        parsed = _recognised(command, env, False)
        if parsed is None or cached:
            continue
        name = _leftover(parsed[0], command, text, env)
        if name is not None and name not in found:
            found.append(name)
    return tuple(found)


def _leftover(manager: str, command: tuple[str, ...], text: str, env: Mapping[str, str]) -> str | None:
    if manager == "apt-get":
        return None if re.search(r"rm\s+-\w+\s[^&;|\n]*(?:/var/lib/apt|/var/cache/apt)", text) else "apt lists"
    if manager == "apk":
        return None if "--no-cache" in command or re.search(r"rm\s+-\w+\s[^&;|\n]*/var/cache/apk", text) else "apk cache"
    if manager in ("dnf", "yum", "microdnf"):
        return None if re.search(rf"clean\s+all|rm\s+-\w+\s[^&;|\n]*/var/cache/(?:{manager}|yum|dnf)", text) else f"{manager} cache"
    if manager == "zypper":
        return None if re.search(r"zypper\s+(?:-\S+\s+)*clean|rm\s+-\w+\s[^&;|\n]*/var/cache/zypp", text) else "zypper cache"
    if manager == "pip":
        off = env.get("PIP_NO_CACHE_DIR", "").lower() in ("1", "true", "yes", "on", "off")
        return (
            None
            if off or "--no-cache-dir" in command or re.search(r"rm\s+-\w+\s[^&;|\n]*\.cache|pip\d?\s+cache\s+purge", text)
            else "pip cache"
        )
    if manager == "npm":
        return None if re.search(r"npm\s+cache\s+clean|rm\s+-\w+\s[^&;|\n]*\.npm", text) or "--cache" in " ".join(command) else "npm cache"
    if manager == "yarn":
        return None if re.search(r"yarn\s+cache\s+clean|rm\s+-\w+\s[^&;|\n]*(?:\.cache|\.yarn)", text) else "yarn cache"
    return None
