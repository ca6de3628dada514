"""What a pipeline does, before any platform's syntax: a part a component, its commands, test services and settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from architect.blueprint import Site
from architect.plan import ImagePlan
from architect.profile import Chore, Component, Evidence, Purpose
from architect.services.backings import Backing, backings, needed_by
from architect.services.clients import fill, settings
from architect.syntax.composing import strictly_needed, unique

BRANCHES = ("main", "master")
"""The names a default branch usually has; the push itself asks the platform which one it is."""
LABELS = {
    Purpose.INSTALL: "Install",
    Purpose.LINT: "Lint",
    Purpose.TYPES: "Check types",
    Purpose.TEST: "Test",
    Purpose.BUILD: "Build",
}
_SHARED = re.compile(r"^(packages|libs?|shared|common|core|internal|pkg|crates|modules|proto)$", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component of the pipeline. `id` is a name for jobs; `prefix` stands before a job's name where there are several parts."""

    id: str
    prefix: str
    component: Component
    plan: ImagePlan | None
    services: tuple[Backing, ...] = ()

    def chores(self, *purposes: Purpose) -> tuple[Chore, ...]:
        """Return the component's own commands of these purposes; hooks for the whole repository are a job of their own."""
        return tuple(chore for chore in self.component.chores_for(*purposes) if not is_hooks(chore))

    @property
    def tested(self) -> bool:
        """Tell whether there is a test to run."""
        return bool(self.chores(Purpose.TEST))

    @property
    def folder(self) -> str:
        """Return the component's folder as a path ("." for the root)."""
        return self.component.root or "."


@dataclass(frozen=True, slots=True)
class Value:
    """One environment variable of a job; `secret` names what must be set on the platform."""

    name: str
    value: str
    why: str
    evidence: tuple[Evidence, ...] = ()
    secret: bool = False


def is_hooks(chore: Chore) -> bool:
    """Tell whether a command runs the hooks of pre-commit, which concern the whole repository."""
    return chore.command.startswith("pre-commit ")


def parts(site: Site) -> tuple[Part, ...]:
    """Return a part for every component, in the order of the profile."""
    components = site.profile.components
    names = unique([component.name for component in components])
    names = [name if re.match(r"[a-z_]", name) else f"c-{name}" for name in names]
    several = len(components) > 1
    found = backings(components)
    return tuple(
        Part(
            id=name,
            prefix=f"{name}-" if several else "",
            component=component,
            plan=site.plans.get(component.name),
            services=tuple(needed_by(component, found)),
        )
        for component, name in zip(components, names, strict=True)
    )


def hooks(site: Site) -> Chore | None:
    """Return the run of pre-commit's hooks where the repository configures them."""
    return next((chore for component in site.profile.components for chore in component.chores if is_hooks(chore)), None)


def environment(
    part: Part, host: Callable[[Backing], str], password: Callable[[str], str], secret: Callable[[str], str]
) -> Iterator[Value]:
    """Yield what the tests must find in their environment: where services are, and what the code cannot start without.

    `host` names a service's host, `password` gives a throw-away value that lives as long as the run, `secret` refers to a
    secret of the platform.
    """
    given: set[str] = set()
    needs = [(backing.spec, backing.fact, host(backing)) for backing in part.services]
    for setting in settings(part.component, needs):
        given.add(setting.name)
        yield Value(setting.name, filled(setting.value, password), setting.why, setting.evidence)
    for variable in part.component.variables:
        known = variable.default is not None or variable.name in given or variable.name == "PORT"
        if known or not variable.secret or not strictly_needed(variable):
            continue
        own = re.search(r"(^|_)(SECRET_KEY(_BASE)?|APP_KEY|(JWT|SESSION|AUTH|COOKIE|NEXTAUTH)_SECRET|ENCRYPTION_KEY)$", variable.name)
        if own:
            yield Value(variable.name, password(variable.name), "a throw-away value: nothing outside the run knows it", variable.evidence)
        else:
            yield Value(variable.name, secret(variable.name), "kept by the platform; set it there", variable.evidence, secret=True)


def filled(text: str, password: Callable[[str], str]) -> str:
    """Return a value with its secrets replaced."""
    return re.sub(r"\{secret:(\w+)\}", lambda hit: password(hit[1]), text)


def service_environment(backing: Backing, host: str, password: Callable[[str], str]) -> dict[str, str]:
    """Return a test service's own environment."""
    return {name: filled(fill(value, backing.spec, host), password) for name, value in backing.spec.environment}


def health(backing: Backing) -> tuple[str, ...]:
    """Return a test service's health check in exec form."""
    return tuple(fill(part, backing.spec, "127.0.0.1") for part in backing.spec.health)


def needs_command(backing: Backing) -> bool:
    """Tell whether a service's image does nothing useful without a command; that of a cache merely tunes it."""
    return bool(backing.spec.command) and not backing.spec.command[0].endswith("-server")


def watched(site: Site, part: Part, others: Sequence[Part]) -> list[str]:
    """Return the paths whose change concerns a part."""
    component = part.component
    if not component.root:
        return ["**"]
    found = [f"{component.root}/**"]
    if component.lockfile and not component.lockfile.startswith(f"{component.root}/"):
        found.append(component.lockfile)
    if component.build_context != component.root:
        roots = {other.component.root.split("/", 1)[0] for other in others}
        tops = dict.fromkeys(path.split("/", 1)[0] for path in site.profile.files if "/" in path)
        found += [f"{top}/**" for top in tops if _SHARED.match(top) and top not in roots]
        names = ("package.json", "pnpm-workspace.yaml", "pom.xml", "settings.gradle", "settings.gradle.kts", "Cargo.toml", "go.work")
        found += [name for name in names if name in site.profile.files]
    return found


def missing_dockerfiles(site: Site, found: Sequence[Part]) -> list[str]:
    """Return the Dockerfiles the pipeline builds from and nobody has or asked for."""
    if "dockerfile" in site.targets:
        return []
    existing = set(site.profile.existing.get("dockerfile", ()))
    return [part.component.dockerfile_path for part in found if part.plan and part.component.dockerfile_path not in existing]


def build_secrets(plan: ImagePlan) -> list[str]:
    """Return the ids of the secrets an image's build mounts."""
    return sorted({secret for stage in plan.stages for step in stage.steps for secret in getattr(step, "secrets", ())})
