"""What an image needs to start: values for its environment, folders it may write, and the services a Compose file names for it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from architect import render
from architect.errors import ArchitectError
from architect.profile import Profile
from architect.request import Request, Style, Target
from artifacts.compose import ComposeFile, read_compose
from artifacts.compose.model import Service
from artifacts.records import Artifact, Kind
from engine.proving.plan import Task

_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)(?:(:?[-?+])([^}]*))?\}|(\w+))")
_TYPED = (
    (re.compile(r"(^|_)PORT$"), "8080"),
    (re.compile(r"(^|_)(DEBUG|ENABLED?|DISABLED?)$"), "false"),
    (re.compile(r"LOG_?LEVEL$"), "info"),
    (re.compile(r"(^|_)(URL|URI|ENDPOINT|ORIGIN)$"), "http://localhost/"),
    (re.compile(r"(^|_)HOST(NAME)?$"), "localhost"),
    (re.compile(r"(^|_)EMAIL$"), "proof@example.org"),
    (re.compile(r"(TIMEOUT|SECONDS|COUNT|SIZE|LIMIT|WORKERS|THREADS)$"), "10"),
)


@dataclass(frozen=True, slots=True)
class Backing:
    """A service started beside the image: its name on the network, its image, and how to tell that it is ready."""

    name: str
    image: str
    environment: Mapping[str, str]
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """What one image is given. `made_up` names the variables whose values we invented; `unmet` says what could not be given."""

    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    writable: tuple[str, ...] = ()
    backings: tuple[Backing, ...] = ()
    made_up: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()


class Values:
    """Values for variables nobody can look up here: invented once, the same for every service that reads the name."""

    def __init__(self) -> None:
        self.invented: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return an invented value that fits the name's kind."""
        if name not in self.invented:
            typed = next((value for expression, value in _TYPED if expression.search(name)), None)
            self.invented[name] = typed or f"proof{secrets.token_hex(24)}"
        return self.invented[name]

    def resolve(self, text: str) -> str:
        """Fill in the `${NAME}` of a Compose value: its default where it has one, else an invented value."""

        def replace(hit: re.Match[str]) -> str:
            if hit[0] == "$$":
                return "$"
            sign = (hit[2] or "")[-1:]
            if sign == "-":
                return hit[3]
            return "" if sign == "+" else self.of(hit[1] or hit[4])

        return _REFERENCE.sub(replace, text)


def needs(task: Task, artifacts: Sequence[Artifact], profile: Profile | None) -> Needs:
    """Return what an image needs, by the Compose file among the artifacts, else by the one the architect would write."""
    own = _drawn(profile) if profile is not None else None
    given = next((read_compose(artifact.content) for artifact in artifacts if artifact.kind is Kind.COMPOSE), None)
    found = next(((file, service) for file in (given, own) if file and (service := _service_of(file, task))), None)
    if found is None:
        return Needs(unmet=_services_of(task))
    file, service = found
    values = Values()
    backings, unmet = _backings(file, service, values)
    environment = _environment(service, values)
    writable = {*_written(service), *(_written(ours) if own is not None and (ours := _service_of(own, task)) else ())}
    return Needs(environment, tuple(sorted(writable)), backings, tuple(sorted(values.invented)), unmet)


def _drawn(profile: Profile) -> ComposeFile | None:
    """Return the Compose file the architect would write: its hardened style also names every folder the process must write."""
    try:
        drawn = render(Request(profile=profile, targets=(Target("compose"),)), Style.HARDENED)
    except ArchitectError:
        return None
    return next((read_compose(artifact.content) for artifact in drawn.artifacts if artifact.kind is Kind.COMPOSE), None)


def _service_of(file: ComposeFile, task: Task) -> Service | None:
    """Return the service that runs a Dockerfile's image as it is: the one without a command of its own first."""
    built = [service for service in file.services if service.build is not None and service.build.dockerfile_path() == task.path]
    return next((service for service in built if not service.command and not service.entrypoint), built[0] if built else None)


def _services_of(task: Task) -> tuple[str, ...]:
    return tuple(fact.value for fact in task.component.services) if task.component is not None else ()


def _environment(service: Service, values: Values) -> dict[str, str]:
    return {variable.name: values.resolve(variable.value) for variable in service.environment if variable.value is not None}


def _written(service: Service) -> list[str]:
    """Return the folders a service may write: its volumes and temporary file systems, `/tmp` left out."""
    temporary = service.value("tmpfs") or []
    named = [str(entry).partition(":")[0] for entry in (temporary if isinstance(temporary, list) else [temporary])]
    named += [mount.target for mount in service.mounts if mount.kind == "volume"]
    return [path for path in named if re.fullmatch(r"/[\w./@-]+", path) and path != "/tmp"]  # noqa: S108 - inside the container


def _backings(file: ComposeFile, service: Service, values: Values) -> tuple[tuple[Backing, ...], tuple[str, ...]]:
    """Return the services to start before this one, deepest first, and the ones that cannot be."""
    found: dict[str, Backing] = {}
    unmet: list[str] = []
    waiting = [dependency.service for dependency in service.depends_on]
    order: list[Service] = []
    while waiting:
        name = waiting.pop(0)
        wanted = file.service(name)
        if wanted is None or wanted in order or wanted is service:
            continue
        order.insert(0, wanted)
        waiting += [dependency.service for dependency in wanted.depends_on]
    for wanted in order:
        image = values.resolve(wanted.image)
        if wanted.build is not None or not image or wanted.entrypoint or image.startswith("-") or not re.fullmatch(r"[\w.-]+", wanted.name):
            unmet.append(wanted.name)
            continue
        found[wanted.name] = Backing(
            name=wanted.name,
            image=image,
            environment=_environment(wanted, values),
            command=tuple(values.resolve(word) for word in wanted.command),
            health=tuple(values.resolve(word) for word in _health(wanted)),
            aliases=_aliases(wanted),
        )
    return tuple(found.values()), tuple(unmet)


def _health(service: Service) -> tuple[str, ...]:
    """Return the command of a service's health check as it is run inside the container, () where there is none."""
    check = service.value("healthcheck")
    test = check.get("test") if isinstance(check, dict) else None
    if service.health_disabled or not test:
        return ()
    if isinstance(test, str):
        return ("sh", "-c", test)
    words = [str(word) for word in test]
    if words[0] == "CMD-SHELL":
        return ("sh", "-c", " ".join(words[1:]))
    return tuple(words[1:]) if words[0] == "CMD" else ()


def _aliases(service: Service) -> tuple[str, ...]:
    networks = service.value("networks")
    found = [
        str(alias)
        for options in (networks.values() if isinstance(networks, dict) else ())
        if isinstance(options, dict)
        for alias in options.get("aliases") or ()
    ]
    return tuple(alias for alias in found if re.fullmatch(r"[\w.-]+", alias))
