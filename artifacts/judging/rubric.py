"""The rubric of a production-grade Dockerfile: twelve criteria, each met, missed, or not applicable, with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from artifacts.comparing.dockerignore import patterns
from artifacts.dockerfile import Dockerfile, Image, image_of
from artifacts.dockerfile.decisions import is_multi_stage, start_of, user_of
from artifacts.dockerfile.installs import SYSTEM_MANAGERS, installs, leftovers, run_commands
from artifacts.images import is_pinned, reference
from artifacts.secrets import secret_variable

_SMALL = re.compile(
    r"alpine|slim|distroless|chiseled|busybox|-jre|runtime-deps|dotnet/(?:aspnet|runtime)|nginx|caddy|httpd|static|wolfi|ubi-?minimal|micro|"
    r"unprivileged|frankenphp"
)
_SDK = re.compile(r"dotnet/sdk|^maven:|^gradle:|^golang|(?:^|/)rust:|(?:^|/)elixir:(?!.*slim)|-jdk|sbt")
_TOOLCHAIN = re.compile(
    r"^(?:build-essential|gcc|g\+\+|make|cmake|clang|cargo|rustc|build-base|python3?-dev|openjdk-\d+-jdk\S*|linux-headers)$"
)
_INITS = re.compile(r"(?:^|/)(?:tini|dumb-init|s6\S*|catatonit|init)$")
_WHOLE = frozenset({".", "./", "/", "*"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion's outcome; `met` is None where it does not apply."""

    name: str
    met: bool | None
    reason: str


def rubric(dockerfile: Dockerfile, dockerignore: str | None) -> tuple[Criterion, ...]:
    """Return the twelve criteria for a Dockerfile and the .dockerignore beside it (None when there is none)."""
    image = image_of(dockerfile)
    if image is None:
        return ()
    found = [Criterion(name, *check(dockerfile, image)) for name, check in _CRITERIA]
    ignored = bool(dockerignore and patterns(dockerignore))
    reason = "a .dockerignore keeps the build context small" if ignored else "there is no .dockerignore beside it"
    found.insert(5, Criterion("dockerignore", ignored, reason))
    return tuple(found)


def _pinned(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    loose = [stage.base for stage in dockerfile.external_bases() if not is_pinned(stage.base)]
    return (not loose, f"{loose[0]} is not pinned to a version" if loose else "every base image is pinned to a version")


def _multi_stage(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    met = is_multi_stage(dockerfile, image)
    return met, "build and run are separate stages" if met else "everything happens in one stage"


def _non_root(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    met = user_of(image) == "non-root"
    return met, f"runs as {image.user or 'a non-root user of its base image'}" if met else "runs as root"


def _no_leftovers(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    left = [name for instruction in image.instructions if instruction.op == "RUN" for name in leftovers(instruction, image.values)]
    return not left, f"leaves {', '.join(sorted(set(left)))} in the image" if left else "leaves no package caches in the image"


def _health(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    met = image.health is not None
    return met, "has a health check" if met else "has no health check"


def _exec_form(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    used = [command for command in (image.entrypoint, image.cmd) if command is not None]
    if not used:
        return None, "sets no start command"
    met = all(command.exec_form for command in used)
    return met, "starts in exec form" if met else "starts in shell form"


def _layer_order(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    """Dependencies before the source: the first project install of a stage must not follow a copy of everything."""
    first: dict[int, int] = {}
    for install in installs(dockerfile):
        if install.of_project:
            first.setdefault(install.stage.index, install.line)
    if not first:
        return None, "installs no dependencies"
    for index, line in first.items():
        for copy in dockerfile.stages[index].of("COPY", "ADD"):
            if copy.line < line and copy.flag("from") is None and any(source in _WHOLE for source in copy.sources()):
                return False, f"copies the whole source (line {copy.line}) before it installs dependencies (line {line})"
    return True, "installs dependencies before it copies the source"


def _no_secrets(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    for instruction in dockerfile.instructions:
        if instruction.op in ("ENV", "ARG"):
            for name, value in instruction.pairs():
                if secret_variable(name, value):
                    return False, f"{name} on line {instruction.line} looks like a secret"
        if instruction.op in ("COPY", "ADD") and any(source.rsplit("/", 1)[-1] == ".env" for source in instruction.sources()):
            return False, f"copies .env into the image (line {instruction.line})"
    return True, "holds no secrets"


def _locked(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    known = [install for install in installs(dockerfile) if install.of_project and install.locked is not None]
    if not known:
        return None, "its package manager has no lock file"
    loose = [install for install in known if not install.locked]
    if loose:
        return False, f"`{' '.join(loose[0].command)[:60]}` (line {loose[0].line}) may install other versions than the lock file"
    return True, "installs exactly what the lock file says"


def _signals(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    if not image.command:
        return None, "sets no start command"
    first = image.command[0].rsplit("/", 1)[-1]
    if any(_INITS.search(word) for word in image.command[:3]):
        return True, "an init forwards signals"
    start = start_of(image)
    if start is not None and start.through_shell:
        return False, "a shell stands in front of the process and does not forward SIGTERM"
    if first in ("npm", "yarn", "pnpm", "npx"):
        return False, f"{first} stands in front of the process and does not forward SIGTERM reliably"
    return True, "the process gets SIGTERM itself"


def _small(dockerfile: Dockerfile, image: Image) -> tuple[bool | None, str]:
    base = reference(image.root).text
    if base != "scratch" and not _SMALL.search(base):
        return False, f"{base} is not a small image"
    if _SDK.search(base):
        return False, f"{base} carries a compiler or SDK"
    chain = {stage.index for stage in image.chain}
    removed = {
        word
        for instruction in image.instructions
        if instruction.op == "RUN"
        for command in run_commands(instruction)
        if command[0] in SYSTEM_MANAGERS and {"purge", "remove", "del", "autoremove"} & set(command)
        for word in command
    }
    for install in installs(dockerfile):
        if install.manager in SYSTEM_MANAGERS and install.stage.index in chain and "--virtual" not in install.command:
            tools = [package for package in install.packages if _TOOLCHAIN.match(package) and package not in removed]
            if tools and not removed:
                return False, f"ships {tools[0]} in the final image (line {install.line})"
    return True, f"{base} is small and no build tools ship with it"


_CRITERIA: tuple[tuple[str, Callable[[Dockerfile, Image], tuple[bool | None, str]]], ...] = (
    # in the order in which the goals name them
    ("pinned_base", _pinned),
    ("multi_stage", _multi_stage),
    ("non_root", _non_root),
    ("no_cache_leftovers", _no_leftovers),
    ("health_check", _health),
    ("exec_form", _exec_form),
    ("layer_order", _layer_order),
    ("no_secrets", _no_secrets),
    ("locked_install", _locked),
    ("signal_safe", _signals),
    ("small_image", _small),
)
