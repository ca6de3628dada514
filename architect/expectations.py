"""What a complete and grounded answer to a request must hold, with the place that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from architect.blueprints.kubernetes.layout import names_of
from architect.instructions import understand
from architect.measuring.collecting import RECEIVERS
from architect.measuring.launching import runs_code
from architect.modulefacts import module_facts
from architect.naming import dns_name, image_name
from architect.pipelinefacts import pipeline_facts
from architect.plan import ImagePlan
from architect.profile import Basis, Component, Fact, Profile
from architect.renderer import blueprints_for, plans_for
from architect.request import Request, Style
from architect.services import SERVICES
from artifacts.judging.telemetry import RECEIVER
from artifacts.records import Expectation, Expectations

_VERSION_FILES = re.compile(
    r"(^|/)(\.python-version|\.nvmrc|\.node-version|\.ruby-version|\.tool-versions|runtime\.txt|mise\.toml|global\.json|system\.properties|rust-toolchain(\.toml)?)$"
)
_RANGE = re.compile(r">=?|<=?|\^|~|\|\||\*|\bx\b")
_SERIES = {
    "python": tuple(f"3.{minor}" for minor in range(8, 16)),
    "node": tuple(str(major) for major in range(14, 27)),
    "javascript": tuple(str(major) for major in range(14, 27)),
    "typescript": tuple(str(major) for major in range(14, 27)),
    "go": tuple(f"1.{minor}" for minor in range(18, 28)),
    "php": ("7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5"),
    "ruby": ("2.7", "3.0", "3.1", "3.2", "3.3", "3.4", "4.0"),
    "rust": tuple(f"1.{minor}" for minor in range(60, 100)),
}
_ALIKE = {
    "postgres": ("postgres", "postgis", "pgvector", "timescale"),
    "mysql": ("mysql", "mariadb"),
    "redis": ("redis", "valkey", "keydb"),
    "kafka": ("kafka", "redpanda"),
}
_STARTERS: dict[str, tuple[str, ...]] = {
    "java": ("-jar", "JarLauncher", "/bin/", "-cp"),
    "kotlin": ("-jar", "JarLauncher", "/bin/", "-cp"),
    "scala": ("-jar", "/bin/", "bin/", "-cp"),
    "elixir": ("bin/", "phx.server", "mix run"),
    "ruby": ("puma", "rails", "rackup", "unicorn", "thrust", "falcon", "bin/"),
    "php": ("apache2-foreground", "php-fpm", "frankenphp", "artisan", "rr serve", "nginx", "supervisord", "php -S"),
    "html": ("nginx", "httpd", "caddy", "serve"),
}
_ANY_BINARY = frozenset(
    {"go", "rust", "cpp", "c", "c++", "zig", "crystal", "swift", "haskell", "dart", "dotnet", "c#", "csharp", "f#", "gleam"}
)
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun", "deno"})
_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash"})


def expectations(request: Request) -> Expectations:
    """Return the files asked for and the facts known, the user's words applied.

    A fact is firm only where a file of the repository or the user states it and another value would be wrong: a version
    range accepts every version in it, a program that is compiled may be called anything.
    """
    profile = understand(request.instruction, request.profile).profile
    plans, _ = plans_for(profile, Style.LEAN)
    components = [component for component in profile.components if component.name in plans]
    files: dict[str, None] = {}
    facts: list[Expectation] = []
    for target in request.targets:
        for blueprint in blueprints_for(target.id):
            paths = blueprint.paths(profile, components, target.options)
            files.update(dict.fromkeys(paths))
            if blueprint.id == "dockerfile":
                for component in components:
                    facts.extend(_image_facts(component, plans[component.name]))
            elif blueprint.id == "compose" and paths:
                facts.extend(_services(components, paths[0]))
            elif blueprint.id == "kubernetes" and paths:
                facts.extend(_manifests(profile, components, plans))
            elif blueprint.id == "terraform" and paths:
                facts.extend(module_facts(profile, components, plans, target.options, _ALIKE))
            elif blueprint.id == "otel" and paths:
                facts.extend(_collected(components, paths[0]))
            elif blueprint.id == "ci" and paths:
                facts.extend(pipeline_facts(profile, paths[0]))
    return Expectations(tuple(files), tuple(facts), _known(profile))


def _image_facts(component: Component, plan: ImagePlan) -> Iterator[Expectation]:
    path = component.dockerfile_path
    if plan.port is not None and component.port is not None:
        yield Expectation("port", (str(plan.port),), component.port.where(), path, component.port.firm)
    if component.runtime is not None:
        yield _runtime(component, component.runtime, path)
    accepted = _starts(component, plan)
    if accepted:
        start = component.start
        yield Expectation(
            "start", accepted, start.where() if start else plan.why_start, path, start is not None and _binding(component, start)
        )
    if component.scripts is not None:
        yield Expectation("script", component.scripts.value, component.scripts.where(), path)
    if component.health is not None and plan.health_path:
        yield Expectation("health", (component.health.value,), component.health.where(), path, component.health.basis is Basis.USER)


def _binding(component: Component, start: Fact[tuple[str, ...]]) -> bool:
    """Tell whether another start command would be wrong: the user's own, or a module that a manifest (not a README) names."""
    if start.basis is Basis.USER:
        return True
    told = start.basis is Basis.DECLARED and not any(evidence.path.endswith((".md", ".rst", ".txt", ".sh")) for evidence in start.evidence)
    return told and component.language.value.lower() == "python" and any(re.fullmatch(r"[A-Za-z_][\w.]*:\w+", part) for part in start.value)


def _runtime(component: Component, runtime: Fact[str], path: str) -> Expectation:
    language = component.language.value.lower()
    if runtime.basis is Basis.USER or any(_VERSION_FILES.search(evidence.path) for evidence in runtime.evidence):
        exact = runtime.basis is Basis.USER or not _RANGE.search(runtime.evidence[0].excerpt)
        return Expectation("runtime", (runtime.value,), runtime.where(), path, exact)
    accepted = [runtime.value, *_within(runtime, _SERIES.get(language, ()))]
    return Expectation("runtime", tuple(dict.fromkeys(accepted)), runtime.where(), path, False)


def _within(runtime: Fact[str], series: Sequence[str]) -> list[str]:
    """Return the versions of a language that the declared range allows; newer ones where only a lower bound is known."""
    excerpt = runtime.evidence[0].excerpt if runtime.evidence else ""
    lower = [_numbers(found) for found in re.findall(r"(?:>=?|\^|~>?=?|==)\s*v?(\d+(?:\.\d+)*)", excerpt)]
    upper = [_numbers(found) for found in re.findall(r"<\s*v?(\d+(?:\.\d+)*)", excerpt)]
    most = [_numbers(found) for found in re.findall(r"<=\s*v?(\d+(?:\.\d+)*)", excerpt)]
    if not lower and not upper and not most:
        newer = _numbers(runtime.value)
        return [version for version in series if _numbers(version) >= newer] if excerpt.startswith("go ") else []
    found: list[str] = []
    for version in series:
        number = _numbers(version)
        if (
            any(number < low[: len(number)] for low in lower)
            or any(number >= high for high in upper)
            or any(number > high for high in most)
        ):
            continue
        if re.search(r"\^|~", excerpt) and lower and number[0] != lower[0][0]:
            continue
        found.append(version)
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))[:3]


def _starts(component: Component, plan: ImagePlan) -> tuple[str, ...]:
    """Return parts of a start command, any of which shows that the right thing is started."""
    language = component.language.value.lower()
    if language in _ANY_BINARY:
        return ()
    if language in _STARTERS:
        known = _STARTERS[language]
        return tuple(dict.fromkeys((*(part for part in plan.start[:1] if part not in _SHELLS), *known)))
    found: list[str] = []
    for part in plan.start:
        if part.startswith("-") or part in _SHELLS:
            continue
        module = re.fullmatch(r"([A-Za-z_][\w.]*)(?::[\w.()]+)?", part)
        if (
            module
            and ("." in part or ":" in part)
            and not part.endswith((".js", ".mjs", ".cjs", ".ts", ".py", ".rb", ".ini", ".toml", ".json", ".conf", ".yml"))
        ):
            name = module[1]
            found += [
                part,
                f"{name.replace('.', '/')}.py",
                f"{name}:",
                *([re.sub(r"\.wsgi$", ".asgi", name)] if name.endswith(".wsgi") else []),
            ]
            found += [name] if "." in name else []
        elif re.search(r"\.(js|mjs|cjs|ts|py|rb)$", part):
            found += [part, part.rsplit("/", 1)[-1], re.sub(r"\.(js|mjs|cjs|ts)$", "", part.rsplit("/", 1)[-1])]
        elif re.search(r"\s", part):
            found += re.findall(r"[\w./-]+\.(?:py|js|mjs|cjs)|[A-Za-z_][\w.]*:[A-Za-z_]\w*", part)
    if not found and plan.start and not any(character in plan.start[0] for character in "/. "):
        found.append(plan.start[0])
    framework = component.framework.value.lower() if component.framework else ""
    found += {"django": [".wsgi", ".asgi", "runserver"], "flask": ["flask run"], "fastapi": ["fastapi run"]}.get(framework, [])
    found += [
        evidence.path.rsplit("/", 1)[-1]
        for evidence in (component.start.evidence if component.start else ())
        if evidence.path.endswith(".sh")
    ]
    if plan.start and plan.start[0].rsplit("/", 1)[-1] in ("nginx", "httpd", "caddy", "serve"):
        found += ["nginx", "httpd", "caddy", "serve"]
    if language in ("node", "javascript", "typescript") or (plan.start and plan.start[0] in _RUNNERS):
        found += [f"{runner} {verb}" for runner in ("npm", "yarn", "pnpm", "bun") for verb in ("start", "run start")]
    return tuple(dict.fromkeys(part for part in found if len(part) > 2))


def _services(components: Sequence[Component], path: str) -> Iterator[Expectation]:
    for kind, fact in _kinds(components).items():
        yield Expectation("service", _ALIKE.get(kind, (kind,)), fact.where(), path, fact.firm)


def _kinds(components: Sequence[Component]) -> dict[str, Fact[str]]:
    """Return the kinds of services the components need, each with its firmest proof."""
    facts: dict[str, Fact[str]] = {}
    for component in components:
        for fact in component.services:
            kind = SERVICES[fact.value].kind if fact.value in SERVICES else fact.value
            if kind not in facts or (fact.firm and not facts[kind].firm):
                facts[kind] = fact
    return facts


def _manifests(profile: Profile, components: Sequence[Component], plans: Mapping[str, ImagePlan]) -> Iterator[Expectation]:
    """Yield what the manifests of each component must say, and the services they must bring."""
    names = names_of(profile, components)
    for component, name in names.components:
        path, plan = names.file(name), plans[component.name]
        image = image_name(profile, component)
        yield Expectation("image", tuple(dict.fromkeys((image, name, dns_name(profile.name)))), "the name of its image", path, False)
        if plan.port is not None and component.port is not None:
            yield Expectation("port", (str(plan.port),), component.port.where(), path, component.port.firm)
        if component.health is not None and plan.health_path:
            yield Expectation("health", (component.health.value,), component.health.where(), path, component.health.basis is Basis.USER)
    yield from _services(components, names.file("kustomization"))


def _collected(components: Sequence[Component], path: str) -> Iterator[Expectation]:
    """Yield what the collector must take in: what programs send it, and the services it can ask."""
    sending = next((component for component in components if runs_code(component)), None)
    if sending is not None:
        yield Expectation(RECEIVER, ("otlp",), sending.language.where(), path)
    for kind, fact in _kinds(components).items():
        if kind in RECEIVERS:
            yield Expectation(RECEIVER, (RECEIVERS[kind][0],), fact.where(), path, False)


def _known(profile: Profile) -> frozenset[str] | None:
    return frozenset(profile.files) if profile.files and not profile.truncated else None
