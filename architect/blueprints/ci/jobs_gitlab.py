"""What a GitLab job runs in: the image of each language, where fetched packages are kept, and what must be installed first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from architect.blueprints.ci.parts import Part
from architect.blueprints.ci.setups import GOLANGCI, poetry_version
from architect.profile import Chore, Purpose

MATRIX = "$VERSION"
_PIP_TOOLS = {"pipenv": "pipenv", "pdm": "pdm"}


@dataclass(frozen=True, slots=True)
class Room:
    """Where a job runs: image, variables that keep the cache inside the project, its folders, and commands that come first."""

    image: str
    variables: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


def room(part: Part, *, matrix: bool) -> Room:
    """Return where a part's jobs run; a release from the matrix replaces the profile's."""
    component = part.component
    manager = component.package_manager.value if component.package_manager else ""
    given = component.runtime.value if component.runtime else ""
    version = MATRIX if matrix else given
    first = part.plan.stages[0].image.reference if part.plan else ""
    match component.stack:
        case "python":
            return _python(part, manager, version)
        case "node":
            return _node(part, manager, version, given)
        case "go":
            paths = (("GOMODCACHE", "$CI_PROJECT_DIR/.cache/go"), ("GOCACHE", "$CI_PROJECT_DIR/.cache/go-build"))
            return Room(f"golang:{version}", paths, (".cache/go", ".cache/go-build"))
        case "java":
            return _java(part, manager, version)
        case "scala":
            setup = "apt-get update && apt-get install -y --no-install-recommends curl && curl -fsSLo /usr/local/bin/cs.gz"
            launcher = "https://github.com/coursier/launchers/raw/master/cs-x86_64-pc-linux.gz"
            before = (
                f"{setup} {launcher}",
                "gunzip /usr/local/bin/cs.gz && chmod +x /usr/local/bin/cs && cs install --dir /usr/local/bin sbt",
            )
            kept = (("COURSIER_CACHE", "$CI_PROJECT_DIR/.cache/coursier"),)
            return Room(f"eclipse-temurin:{version}-jdk", kept, (".cache/coursier",), before)
        case "ruby":
            return Room(f"ruby:{version}", (("BUNDLE_PATH", "$CI_PROJECT_DIR/.cache/gems"),), (".cache/gems",))
        case "php":
            packages = "apt-get update && apt-get install -y --no-install-recommends git unzip"
            place = "/usr/local/bin/composer"
            composer = f"curl -fsSLo {place} https://getcomposer.org/download/latest-2.x/composer.phar && chmod +x {place}"
            cached = (("COMPOSER_CACHE_DIR", "$CI_PROJECT_DIR/.cache/composer"), ("COMPOSER_ALLOW_SUPERUSER", "1"))
            return Room(f"php:{version}-cli", cached, (".cache/composer",), (packages, composer))
        case "rust":
            return Room(
                f"rust:{version}", (("CARGO_HOME", "$CI_PROJECT_DIR/.cache/cargo"),), (".cache/cargo", "target"),
                ("rustup component add clippy rustfmt",),
            )  # fmt: skip
        case "dotnet":
            sdk = MATRIX if matrix else ".".join(given.split(".")[:2]) or "8.0"
            return Room(f"mcr.microsoft.com/dotnet/sdk:{sdk}", (("NUGET_PACKAGES", "$CI_PROJECT_DIR/.cache/nuget"),), (".cache/nuget",))
        case "elixir":
            image = f"elixir:{version}" if matrix or "elixir" not in first else first
            kept = (("MIX_HOME", "$CI_PROJECT_DIR/.cache/mix"),)
            return Room(image, kept, (".cache/mix", "deps", "_build"), ("mix local.hex --force && mix local.rebar --force",))
        case "deno":
            return Room(f"denoland/deno:{version}", (("DENO_DIR", "$CI_PROJECT_DIR/.cache/deno"),), (".cache/deno",))
    return Room(first or "alpine:3.22")


def lock_files(part: Part) -> list[str]:
    """Return the files whose change makes a new cache, two at most as the platform allows."""
    component = part.component
    if component.lockfile:
        return [component.lockfile]
    install = next(iter(part.chores(Purpose.INSTALL)), None)
    prefix = f"{install.folder}/" if install and install.folder else ""
    listed = [f"{prefix}{name}" for name in re.findall(r"-r (\S+)", install.command)] if install else []
    return listed[:2] or [str(evidence.path) for evidence in (install.evidence if install else ())][:1]


def script_lines(chore: Chore, part: Part) -> list[str]:
    """Return a command as lines of a script; a folder of its own is left again by the subshell."""
    command = chore.command
    linter = next((tool for tool in chore.tools if tool.startswith("golangci-lint")), None)
    if linter:
        place = "golangci-lint/v2/cmd" if linter.endswith("v2") else "golangci-lint/cmd"
        version = f"{GOLANGCI['v2']}.0" if linter.endswith("v2") else GOLANGCI["v1"]
        command = f"go run github.com/golangci/{place}/golangci-lint@{version} run"
    lines = [f"(cd {chore.folder} && {command})" if chore.folder else command]
    if chore.tools and not linter:
        manager = part.component.package_manager.value if part.component.package_manager else "pip"
        program = {"poetry": "poetry run pip install", "pipenv": "pipenv run pip install"}.get(manager, "pip install")
        lines.insert(0, f"{program} {' '.join(chore.tools)}")
    return lines


def _python(part: Part, manager: str, version: str) -> Room:
    if manager == "uv":
        return Room(
            f"ghcr.io/astral-sh/uv:python{version}-bookworm",
            (("UV_CACHE_DIR", "$CI_PROJECT_DIR/.cache/uv"), ("UV_LINK_MODE", "copy")),
            (".cache/uv",),
        )
    before: tuple[str, ...] = ()
    if manager == "poetry":
        before = (f"pip install poetry=={poetry_version(part.component)}",)
    elif manager in _PIP_TOOLS:
        before = (f"pip install {_PIP_TOOLS[manager]}",)
    variables = [("PIP_CACHE_DIR", "$CI_PROJECT_DIR/.cache/pip")]
    if manager == "poetry":
        variables.append(("POETRY_CACHE_DIR", "$CI_PROJECT_DIR/.cache/poetry"))
    paths = (".cache/pip", ".cache/poetry") if manager == "poetry" else (".cache/pip",)
    return Room(f"python:{version}", tuple(variables), paths, before)


def _node(part: Part, manager: str, version: str, given: str) -> Room:
    if manager == "bun":
        return Room("oven/bun:1.3", (("BUN_INSTALL_CACHE_DIR", "$CI_PROJECT_DIR/.cache/bun"),), (".cache/bun",))
    bundled = given.split(".")[0].isdigit() and int(given.split(".")[0]) < 25
    enable = ("corepack enable",) if bundled else (f"npm install --global {manager}@{'10' if manager == 'pnpm' else '1'}",)
    names = {
        "npm": ("NPM_CONFIG_CACHE", ".cache/npm", ()),
        "yarn": ("YARN_CACHE_FOLDER", ".cache/yarn", enable),
        "pnpm": ("NPM_CONFIG_STORE_DIR", ".cache/pnpm", enable),
    }
    variable, path, before = names.get(manager, names["npm"])
    return Room(f"node:{version}", ((variable, f"$CI_PROJECT_DIR/{path}"),), (path,), before)


def _java(part: Part, manager: str, version: str) -> Room:
    wrapped = any(chore.command.startswith(("./mvnw", "./gradlew")) for chore in part.chores(Purpose.LINT, Purpose.TEST, Purpose.BUILD))
    if manager == "gradle":
        image = f"eclipse-temurin:{version}-jdk" if wrapped else f"gradle:8.14-jdk{version}"
        return Room(image, (("GRADLE_USER_HOME", "$CI_PROJECT_DIR/.cache/gradle"),), (".cache/gradle/caches", ".cache/gradle/wrapper"))
    image = f"eclipse-temurin:{version}-jdk" if wrapped else f"maven:3.9-eclipse-temurin-{version}"
    return Room(image, (("MAVEN_OPTS", "-Dmaven.repo.local=$CI_PROJECT_DIR/.cache/maven"),), (".cache/maven",))
