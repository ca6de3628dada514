"""Compose: a file laid over the repository's own, so that none of its lines changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from architect.blueprint import Site
from architect.blueprints.compose import NAMES, service_names
from architect.measuring.collecting import HTTP as PORT
from architect.measuring.collecting import IMAGE, NAME, secrets
from architect.measuring.launching import Launcher, launcher_of, runs_code, variables
from architect.plan import ImagePlan
from architect.profile import Component
from architect.request import Style
from architect.services.backings import Backing
from architect.syntax.composing import dollars, listed, slug
from architect.syntax.lines import Page
from architect.syntax.yaml import Because, Flow, emit
from artifacts.compose import read_compose
from artifacts.records import Kind

FRAGMENT = "compose.otel.yaml"


def fragment(site: Site, read: Sequence[Backing]) -> tuple[list[Page], list[str]]:
    """Return the file, and sentences on how it is used."""
    base = _base(site)
    services: dict[str, Any] = {NAME: Because(_collector(site, read, base), "one collector for all, by this name in the network")}
    launchers: dict[str, Launcher] = {}
    for component, plan, name in _programs(site, base):
        launcher = launcher_of(component, plan)
        if launcher is not None:
            launchers[_key(launcher)] = launcher
        services[name] = Because(_program(site, component, name, launcher), f"{component.name}, told where to send", ())
    for key, launcher in launchers.items():
        services[key] = Because(_copier(site, key, launcher), launcher.why)
    page = Page(FRAGMENT, Kind.COMPOSE)
    page.comment(f"Laid over {base}: docker compose -f {base} -f {FRAGMENT} up")
    emit(page, {"services": services, **({"volumes": {key: None for key in launchers}} if launchers else {})})
    notes = [f"{FRAGMENT} is laid over {base}: docker compose -f {base} -f {FRAGMENT} up."]
    if base not in site.profile.existing.get("compose", ()) and "compose" not in site.targets:
        notes.append(f"The repository has no {base}: generate the compose target too.")
    needed = secrets(read)
    if needed:
        notes.append(f"The collector asks the services with {listed(needed)}, the same as in {base}.")
    return [page], notes


def _base(site: Site) -> str:
    return next((path for path in site.profile.existing.get("compose", ()) if path in NAMES), NAMES[0])


def _programs(site: Site, base: str) -> Iterator[tuple[Component, ImagePlan, str]]:
    """Yield what runs code of the repository, under the names of the drawn file or of the one that exists."""
    text = site.profile.originals.get(base) if "compose" not in site.targets else None
    if text is None:
        for component, plan, name in service_names(site):
            if runs_code(component):
                yield component, plan, name
        return
    owners = {component.dockerfile_path: (component, plan) for component, plan in site.planned() if runs_code(component)}
    for service in read_compose(text).services:
        built = service.build.dockerfile_path() if service.build is not None else None
        owner = owners.get(str(PurePosixPath(built))) if built is not None else None
        if owner is not None:
            yield *owner, service.name


def _networks(site: Site, base: str) -> list[str]:
    """Return the networks in which programs and services can be reached; empty means the default one."""
    text = site.profile.originals.get(base) if "compose" not in site.targets else None
    if text is not None:
        found = {name: None for service in read_compose(text).services for name in _names(service.value("networks"))}
        return [str(name) for name in found if isinstance(name, str)]
    if site.style is Style.HARDENED:
        return ["frontend", "backend"] if any(component.services for component, _ in site.planned()) else ["frontend"]
    return []


def _names(value: object) -> list[object]:
    return list(value) if isinstance(value, list | dict) else []


def _collector(site: Site, read: Sequence[Backing], base: str) -> dict[str, Any]:
    needed = secrets(read)
    entry: dict[str, Any] = {
        "image": IMAGE,
        "command": Flow(("--config=/etc/otelcol/collector.yaml",)),
        "volumes": ["./otel/collector.yaml:/etc/otelcol/collector.yaml:ro"],
    }
    if needed:
        entry["environment"] = {name: f"${{{name}:?set {name} in .env}}" for name in needed}
    if site.style is Style.HARDENED:
        entry["read_only"] = True
        entry["cap_drop"] = ["ALL"]
        entry["security_opt"] = ["no-new-privileges:true"]
    networks = _networks(site, base)
    if networks:
        entry["networks"] = Because(networks, "reached by the programs, reaches the services")
    entry["restart"] = "unless-stopped"
    if site.style is not Style.CACHED:
        entry["deploy"] = Because({"resources": {"limits": {"memory": "256M"}}}, "its memory limiter goes by this")
    return entry


def _program(site: Site, component: Component, name: str, launcher: Launcher | None) -> dict[str, Any]:
    told = list(variables(component, name, slug(site.profile.name), f"http://{NAME}:{PORT}"))
    entry: dict[str, Any] = {}
    needs: dict[str, Any] = {NAME: {"condition": "service_started"}}
    if launcher is not None:
        told += launcher.environment
        needs[_key(launcher)] = Because({"condition": "service_completed_successfully"}, "its files are there before the program starts")
        entry["volumes"] = [f"{_key(launcher)}:{launcher.mount}:ro"]
    return {"environment": {key: dollars(value) for key, value in told}, "depends_on": needs, **entry}


def _copier(site: Site, key: str, launcher: Launcher) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "image": launcher.image,
        "command": Flow(launcher.copying),
        "volumes": [f"{key}:{launcher.mount}"],
        "network_mode": Because("none", "it only copies files"),
        "restart": Because("no", "it runs once, before the programs"),
    }
    if site.style is Style.HARDENED:
        entry["read_only"] = True
        entry["cap_drop"] = ["ALL"]
        entry["security_opt"] = ["no-new-privileges:true"]
    if site.style is not Style.CACHED:
        entry["deploy"] = {"resources": {"limits": {"memory": "128M"}}}
    return entry


def _key(launcher: Launcher) -> str:
    return f"otel-{launcher.id}"
