"""What a user corrects in a profile: port, version, start command, health path, framework, services."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from architect.commands import argv
from architect.profile import Basis, Component, Fact, Override, Profile
from architect.services import SERVICES, service_by_name

_VERSION = re.compile(r"v?\d+(\.\d+){0,3}([-.][A-Za-z0-9]+)*")


def apply_overrides(profile: Profile, overrides: Sequence[Override]) -> Profile:
    """Return the profile with the user's corrections; ValueError says in a sentence what is wrong with one."""
    for override in overrides:
        try:
            component = profile.component(override.component)
        except KeyError:
            names = ", ".join(c.name for c in profile.components) or "none"
            raise ValueError(f"There is no component '{override.component}'; the profile has: {names}.") from None
        change = _FIELDS.get(override.field)
        if change is None:
            raise ValueError(f"'{override.field}' cannot be overridden; these can: {', '.join(_FIELDS)}.")
        profile = profile.replacing(change(component, override.value.strip()))
    return profile


def _port(component: Component, value: str) -> Component:
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        raise ValueError(f"The port must be a whole number from 1 to 65535, not '{value}'.")
    port = int(value)
    start = component.start
    if start and component.port:
        start = replace(start, value=tuple(_with_port(part, component.port.value, port) for part in start.value))
    return replace(component, port=Fact(port, Basis.USER, (), "stated by you"), start=start)


def _with_port(part: str, old: int, new: int) -> str:
    """Replace a port where it stands for itself in an argument: `8000`, `--port=8000`, `0.0.0.0:8000`."""
    return re.sub(rf"(?<![\w.]){old}(?![\w.])", str(new), part)


def _runtime(component: Component, value: str) -> Component:
    if not _VERSION.fullmatch(value):
        raise ValueError(f"The version must look like 3.12 or 22, not '{value}'.")
    return replace(component, runtime=Fact(value.removeprefix("v"), Basis.USER, (), "stated by you"))


def _start(component: Component, value: str) -> Component:
    if "\n" in value or not value:
        raise ValueError("The start command must be one line, for example: gunicorn app:app")
    parts = argv(value)
    if parts is None:
        parts = ("sh", "-c", value if re.match(r"exec\b", value) or re.search(r"[|;&]", value) else f"exec {value}")
    return replace(component, start=Fact(parts, Basis.USER, (), "stated by you"))


def _health(component: Component, value: str) -> Component:
    if not value:
        return replace(component, health=None)
    if not re.fullmatch(r"/[\w./~%+-]*(\?[\w=&.%-]*)?", value):
        raise ValueError(f"The health path must be a plain path such as /health, not '{value}'.")
    return replace(component, health=Fact(value, Basis.USER, (), "stated by you"))


def _framework(component: Component, value: str) -> Component:
    if not re.fullmatch(r"[\w .+/-]{1,40}", value):
        raise ValueError(f"The framework must be a plain name, not '{value}'.")
    return replace(component, framework=Fact(value.lower(), Basis.USER, (), "stated by you"))


def _services(component: Component, value: str) -> Component:
    chosen = []
    for name in filter(None, re.split(r"[,\s]+", value)):
        spec = service_by_name(name)
        if spec is None:
            raise ValueError(f"'{name}' is not a known service; known are: {', '.join(SERVICES)}.")
        chosen.append(spec.id)
    return replace(component, services=tuple(Fact(name, Basis.USER, (), "stated by you") for name in dict.fromkeys(chosen)))


_FIELDS: Mapping[str, Callable[[Component, str], Component]] = {
    "port": _port,
    "runtime": _runtime,
    "start": _start,
    "health": _health,
    "framework": _framework,
    "services": _services,
}
