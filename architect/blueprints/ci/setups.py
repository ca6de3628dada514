"""How a GitHub runner gets each language, its package manager and their caches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from architect.blueprints.ci.actions import uses
from architect.blueprints.ci.parts import Part
from architect.profile import Chore, Component, Fact, Purpose
from architect.request import Style
from architect.syntax.yaml import Because, Block, Words
from architect.versions import numbers

Step = dict[str, Any]
MATRIX = "${{ matrix.version }}"
GOLANGCI = {"v1": "v1.64.8", "v2": "v2.12"}
_POETRY = (((3, 10), "2.5.1"), ((3, 8), "1.8.5"), ((0,), "1.5.1"))


def setup(part: Part, style: Style, *, matrix: bool) -> tuple[list[Step], bool]:
    """Return the steps that set a part's language up, and whether they install its dependencies too."""
    make = _SETUPS.get(part.component.stack)
    return make(part, style, matrix) if make else ([], False)


def poetry_version(component: Component) -> str:
    """Return the Poetry release that still runs on the component's Python."""
    have = numbers(component.runtime.value) if component.runtime else (3, 13)
    return next(version for least, version in _POETRY if have >= least)


def version_of(component: Component, matrix: bool) -> Because:
    """Return the version to set up, with what says so."""
    runtime = component.runtime
    if matrix:
        return Because(Words(MATRIX), "each release the repository names")
    return _said(runtime) if runtime else Because("", "")


def _said(fact: Fact[str]) -> Because:
    why = f"the version the repository asks for ({fact.where()})" if fact.firm else (fact.note or "a default")
    return Because(fact.value, why, fact.evidence)


def _step(name: str, action: str, style: Style, **given: Any) -> Step:
    step: Step = {"name": name, "uses": uses(action, style)}
    values = {key.replace("_", "-"): value for key, value in given.items() if value is not None}
    if values:
        step["with"] = values
    return step


def _lock(component: Component) -> Because | None:
    if component.lockfile is None:
        return None
    return Because(component.lockfile, "the cache changes with the lock file")


def _python(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    component = part.component
    manager = component.package_manager.value if component.package_manager else "pip"
    version = version_of(component, matrix)
    if manager == "uv":
        glob = component.lockfile or (f"{component.root}/pyproject.toml" if component.root else "pyproject.toml")
        given = {
            "python_version": version,
            "enable_cache": True,
            "cache_dependency_glob": Because(glob, "the cache changes with the lock file"),
        }
        return [_step("Set up uv and Python", "astral-sh/setup-uv", style, **given)], False
    steps: list[Step] = []
    pipx = {"poetry": f"pipx install poetry=={poetry_version(component)}", "pipenv": "pipx install pipenv", "pdm": "pipx install pdm"}
    if manager in pipx:
        steps.append({"name": f"Install {manager}", "run": Words(pipx[manager])})
    cache = manager if manager in ("pip", "pipenv", "poetry") else None
    lock = _lock(component) if manager != "pip" else Because(Words(_requirements(part)), "the cache changes with what is required")
    steps.append(
        _step(
            "Set up Python",
            "actions/setup-python",
            style,
            python_version=version,
            cache=cache,
            cache_dependency_path=lock if cache else None,
        )
    )
    return steps, False


def _requirements(part: Part) -> str:
    install = next(iter(part.chores(Purpose.INSTALL)), None)
    named = re.findall(r"-r (\S+)", install.command) if install else []
    prefix = f"{part.component.root}/" if part.component.root else ""
    return f"{prefix}{named[0]}" if len(named) == 1 else f"{prefix}**/*requirements*.txt" if named else f"{prefix}pyproject.toml"


def _node(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    component = part.component
    manager = component.package_manager.value if component.package_manager else "npm"
    if manager == "bun":
        bun = next((fact for fact in (component.runtime,) if fact and fact.value.startswith("1")), None)
        return [_step("Set up Bun", "oven-sh/setup-bun", style, bun_version=_said(bun) if bun else "1.3")], False
    steps: list[Step] = []
    stated = component.package_manager is not None and "packageManager" in "".join(
        evidence.excerpt for evidence in component.package_manager.evidence
    )
    if manager == "pnpm":
        place = f"{component.build_context}/package.json" if component.build_context else None
        given: dict[str, Any] = {"package_json_file": place} if stated else {"version": Because(10, "the lock file does not say which")}
        steps.append(_step("Set up pnpm", "pnpm/action-setup", style, **given))
    elif manager == "yarn" and any("--immutable" in chore.command for chore in part.chores(Purpose.INSTALL)):
        steps.append({"name": "Enable Yarn", "run": Words("corepack enable")})
    lock = _lock(component)
    steps.append(
        _step(
            "Set up Node.js", "actions/setup-node", style,
            node_version=version_of(component, matrix), cache=manager if lock else None, cache_dependency_path=lock,
        )
    )  # fmt: skip
    return steps, False


def _go(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    component = part.component
    sums = f"{component.root}/go.sum" if component.root else "go.sum"
    return [
        _step("Set up Go", "actions/setup-go", style, go_version=version_of(component, matrix), cache_dependency_path=sums)
    ], False  # fmt: skip


def _java(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    component = part.component
    manager = component.package_manager.value if component.package_manager else "maven"
    quick = manager == "gradle" and style is Style.CACHED
    steps = [
        _step(
            "Set up Java", "actions/setup-java", style,
            distribution="temurin", java_version=version_of(component, matrix), cache=None if quick else manager,
        )
    ]  # fmt: skip
    if quick:
        steps.append(_step("Set up Gradle", "gradle/actions/setup-gradle", style))
    if manager == "sbt":
        steps.append(_step("Set up sbt", "sbt/setup-sbt", style))
    return steps, False


def _ruby(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    component = part.component
    given: dict[str, Any] = {
        "ruby_version": version_of(component, matrix),
        "bundler_cache": Because(True, "installs the gems and keeps them"),
    }
    if component.root:
        given["working_directory"] = component.root
    return [_step("Set up Ruby and its gems", "ruby/setup-ruby", style, **given)], True


def _php(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    component = part.component
    steps = [
        _step("Set up PHP", "shivammathur/setup-php", style, php_version=version_of(component, matrix), coverage="none", tools="composer")
    ]
    prefix = f"{component.root}/" if component.root else ""
    steps.append(_cache("Keep Composer's downloads", "~/.cache/composer", f"{prefix}composer.*", "composer", style))
    return steps, False


def _rust(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    version = part.component.runtime.value if part.component.runtime else "stable"
    wanted = " ".join(f"--component {tool}" for tool in ("clippy", "rustfmt"))
    text = f"rustup toolchain install {version} --profile minimal {wanted}\nrustup default {version}"
    steps: list[Step] = [{"name": "Set up Rust", "run": Because(Block(text), f"Rust {version}", _evidence(part.component))}]
    place = Because(part.component.build_context, "where the build's results lie") if part.component.build_context else None
    steps.append(_step("Keep what was compiled", "Swatinem/rust-cache", style, workspaces=place))
    return steps, False


def _dotnet(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    version = part.component.runtime.value if part.component.runtime else "8.0"
    shown = Because(Words(MATRIX)) if matrix else Because(f"{'.'.join(version.split('.')[:2])}.x", f"the SDK of .NET {version}")
    return [_step("Set up .NET", "actions/setup-dotnet", style, dotnet_version=shown)], False


def _beam(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    component = part.component
    image = part.plan.stages[0].image.reference if part.plan else ""
    erlang = re.search(r"erlang-(\d+)|otp-?(\d+)", image)
    otp = next((group for group in erlang.groups() if group), "27") if erlang else "27"
    prefix = f"{component.root}/" if component.root else ""
    steps = [
        _step("Set up Elixir and Erlang", "erlef/setup-beam", style, elixir_version=version_of(component, matrix), otp_version=otp),
        _cache("Keep dependencies and what was compiled", f"{prefix}deps\n{prefix}_build", f"{prefix}mix.lock", "mix", style),
    ]
    return steps, False


def _deno(part: Part, style: Style, matrix: bool) -> tuple[list[Step], bool]:
    return [_step("Set up Deno", "denoland/setup-deno", style, deno_version=version_of(part.component, matrix), cache=True)], False


def _cache(name: str, path: str, lock: str, key: str, style: Style) -> Step:
    several = Block(path) if "\n" in path else path
    return _step(
        name, "actions/cache", style,
        path=several,
        key=Because(Words(f"{key}-${{{{ runner.os }}}}-${{{{ hashFiles('{lock}') }}}}"), "the cache changes with the lock file"),
        restore_keys=Words(f"{key}-${{{{ runner.os }}}}-"),
    )  # fmt: skip


def cache_hooks(style: Style) -> Step:
    """Return the step that keeps the environments of pre-commit's hooks."""
    key = Words("pre-commit-${{ hashFiles('.pre-commit-config.yaml') }}")
    return _step(
        "Keep the hooks' environments", "actions/cache", style, path="~/.cache/pre-commit", key=Because(key, "changes with the hooks")
    )


def tool_steps(chore: Chore, part: Part, style: Style) -> list[Step]:
    """Return the steps that run a command of which the repository has the configuration but not the program."""
    place: Step = {"working-directory": chore.folder} if chore.folder else {}
    linter = next((tool for tool in chore.tools if tool.startswith("golangci-lint")), None)
    if linter and linter.endswith("v2"):
        given = {"version": GOLANGCI["v2"], "working_directory": chore.folder or None}
        step = _step("Lint: golangci-lint", "golangci/golangci-lint-action", style, **given)
        step["uses"] = Because(step["uses"].value, "runs the linter that the repository configures", chore.evidence, tail=step["uses"].tail)
        return [step]
    if linter:
        command = f"go run github.com/golangci/golangci-lint/cmd/golangci-lint@{GOLANGCI['v1']} run"
        return [{"name": "Lint: golangci-lint", "run": Because(Words(command), "configured here", chore.evidence), **place}]
    manager = part.component.package_manager.value if part.component.package_manager else "pip"
    program = {"pip": "python -m pip install", "poetry": "poetry run pip install", "pipenv": "pipenv run pip install"}.get(
        manager, "pipx install"
    )
    return [{"name": f"Install {chore.tools[0]}", "run": Words(f"{program} {' '.join(chore.tools)}"), **place}]


def _evidence(component: Component) -> tuple[Any, ...]:
    return component.runtime.evidence if component.runtime else ()


_SETUPS: dict[str, Callable[[Part, Style, bool], tuple[list[Step], bool]]] = {
    "python": _python,
    "node": _node,
    "go": _go,
    "java": _java,
    "scala": _java,
    "ruby": _ruby,
    "php": _php,
    "rust": _rust,
    "dotnet": _dotnet,
    "elixir": _beam,
    "deno": _deno,
}
