"""Hardening of a Compose file that exists: no new rights, dropped capabilities, read-only root, health, limits, pinned images."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import architect.passes.values as values
from architect.passes.spec import Edit, Yard
from architect.profile import Component
from architect.services import SERVICES
from architect.services.spec import ServiceSpec
from artifacts.compose import ComposeFile, Service, read_compose
from artifacts.images import is_moving, reference, service_of
from artifacts.records import Artifact, Kind
from artifacts.rule import Context
from artifacts.rules import RULES

ENTRYPOINT_CAPS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")
_FIRST = ("compose_privileged", "compose_database_published", "compose_no_restart", "compose_obsolete_version")
_LAST = ("compose_dependency_without_condition",)
_BIG = frozenset({"java", "kotlin", "scala", "clojure"})
_TESTED_BARE = {"pg_isready": ("CMD", "pg_isready")}


def first_rules(yard: Yard) -> Iterator[Edit]:
    """Apply the rules' own fixes that stand alone."""
    return _mended(yard, _FIRST)


def last_rules(yard: Yard) -> Iterator[Edit]:
    """Apply the rules' own fixes that need what the steps before brought."""
    return _mended(yard, _LAST)


def no_new_privileges(yard: Yard) -> Iterator[Edit]:
    """Forbid every process to gain rights by a set-user-id program."""
    for artifact, _, service in services(yard):
        options = service.texts("security_opt")
        if any(option.startswith("no-new-privileges") for option in options) or service.value("privileged") in (True, "true"):
            continue
        edit = values.adding(("services", service.name, "security_opt"), "no-new-privileges:true")
        why = "no program in the container can gain rights that the process does not have"
        yield Edit(artifact.path, f"{service.name}: no-new-privileges", why, edit, _place(artifact, service))


def dropped_capabilities(yard: Yard) -> Iterator[Edit]:
    """Drop the kernel's privileges: all of an image that is not root, all but the entry point's of a known database."""
    for artifact, _, service in services(yard):
        if service.value("cap_drop") is not None or service.value("cap_add") is not None or service.value("privileged") in (True, "true"):
            continue
        root = ("services", service.name)
        drop = values.setting((*root, "cap_drop"), ["ALL"])
        spec = known(service)
        if built_from(artifact, service) in yard.non_root:
            why = "its image runs without root's rights and needs none of the kernel's privileges"
            yield Edit(artifact.path, f"{service.name}: all capabilities dropped", why, drop, _place(artifact, service))
        elif spec is not None and not service.value("user"):
            kept = values.setting((*root, "cap_add"), list(ENTRYPOINT_CAPS))
            why = f"{spec.label}'s entry point takes over its data folder and gives up root; it needs no more than that"
            yield Edit(
                artifact.path, f"{service.name}: capabilities its entry point needs alone", why, values.several(drop, kept), spec.image
            )


def read_only(yard: Yard) -> Iterator[Edit]:
    """Make the root file system read-only, with the temporary folders that the architect knows the process writes."""
    for artifact, _, service in services(yard):
        component = component_of(yard, artifact, service)
        if component is None or service.value("read_only") is not None or service.value("develop") is not None:
            continue
        plan = yard.plans.get(component.name)
        folders = [path.rstrip("/") for path in (plan.writable if plan else ()) if path.startswith("/")]
        mounted = {mount.target.rstrip("/") for mount in service.mounts}
        # what the process writes and no volume holds would be lost, or could not be written: that is for someone to decide
        if plan is None or any(folder not in mounted and folder != "/tmp" for folder in folders):  # noqa: S108
            continue
        root = ("services", service.name)
        edit = values.several(
            values.setting((*root, "read_only"), True),
            lambda text, root=root: values.adding((*root, "tmpfs"), "/tmp")(text) or text,  # type: ignore[misc]  # noqa: S108
        )
        why = "an intruder can change nothing of the program; it writes to its volumes and to a temporary folder"
        yield Edit(artifact.path, f"{service.name}: read-only root file system", why, edit, component.language.where())


def pinned_images(yard: Yard) -> Iterator[Edit]:
    """Pin a backing service's image that moves, to the version this program knows; its variant stays."""
    for artifact, _, service in services(yard):
        spec = known(service)
        if spec is None or not is_moving(service.image) or "$" in service.image:
            continue
        version = re.match(r"v?\d+(?:\.\d+)*", reference(spec.image).tag)
        mine = reference(service.image)
        if version is None:
            continue
        made = f"{mine.repository}:{'-'.join([version[0], *(part for part in mine.tag.split('-') if part == 'alpine')])}"
        why = (
            f"{service.image} moves, and a new major version may not read the data of the old one; "
            "check which version wrote your data before you apply this"
        )
        edit = values.replacing(("services", service.name, "image"), made)
        yield Edit(artifact.path, f"{service.name}: image {made}", why, edit, _place(artifact, service))


def health_checks(yard: Yard) -> Iterator[Edit]:
    """Give known backing services the check that their own image can run."""
    for artifact, _, service in services(yard):
        spec = known(service)
        if spec is None or service.has_health_check or service.health_disabled or service.inherits:
            continue
        test = _TESTED_BARE.get(spec.health[0], ("CMD", *spec.health))
        if any("{" in part for part in test):
            continue
        check = {"test": list(test), "interval": "10s", "timeout": "5s", "retries": 5, "start_period": f"{spec.start_period}s"}
        edit = values.setting(("services", service.name, "healthcheck"), check)
        why = "what depends on it can wait until it answers, and a hanging one is seen"
        yield Edit(artifact.path, f"{service.name}: health check {test[1]}", why, edit, spec.image)


def limits(yard: Yard) -> Iterator[Edit]:
    """Bound memory and processes, so that one runaway service does not take the machine."""
    for artifact, _, service in services(yard):
        component, spec = component_of(yard, artifact, service), known(service)
        has = service.table("deploy").get("resources") or any(service.value(key) for key in ("mem_limit", "cpus", "pids_limit"))
        if has or (component is None and spec is None):
            continue
        memory = spec.memory if spec is not None else memory_of(component)
        edit = values.setting(("services", service.name, "deploy", "resources", "limits"), {"memory": memory, "pids": 256})
        why = f"one runaway process cannot take the machine; {memory} is an ordinary ceiling, raise it where the service reaches it"
        yield Edit(
            artifact.path, f"{service.name}: limits of memory and processes", why, edit, spec.image if spec else _place(artifact, service)
        )


STEPS = (first_rules, pinned_images, no_new_privileges, dropped_capabilities, read_only, health_checks, last_rules, limits)


def services(yard: Yard) -> Iterator[tuple[Artifact, ComposeFile, Service]]:
    """Yield every service of every Compose file that can be read."""
    for artifact in yard.of(Kind.COMPOSE):
        compose = read_compose(artifact.content)
        if not compose.faults:
            for service in compose.services:
                yield artifact, compose, service


def built_from(artifact: Artifact, service: Service) -> str:
    """Return the Dockerfile a service is built from, "" for none."""
    built = service.build.dockerfile_path() if service.build is not None else None
    return str(PurePosixPath(artifact.path).parent / built) if built is not None else ""


def component_of(yard: Yard, artifact: Artifact, service: Service) -> Component | None:
    """Return the component a service is built from."""
    path = built_from(artifact, service)
    return yard.component_of(path) if path else None


def known(service: Service) -> ServiceSpec | None:
    """Return what is known of a backing service, where its image is the very one that is known."""
    if not service.image or service.build is not None:
        return None
    repository, kind = reference(service.image).repository, service_of(service.image)
    return next((spec for spec in SERVICES.values() if spec.kind == kind and reference(spec.image).repository == repository), None)


def memory_of(component: Component | None) -> str:
    """Return an ordinary ceiling for a program of this language."""
    return "1G" if component is not None and component.language.value.lower() in _BIG else "512M"


def _mended(yard: Yard, names: tuple[str, ...]) -> Iterator[Edit]:
    for artifact in yard.of(Kind.COMPOSE):
        if read_compose(artifact.content).faults:
            continue
        for rule in RULES:
            if rule.id in names and rule.fix is not None and any(rule.check(Context(artifact, yard.artifacts))):
                fix = rule.fix

                def mended(text: str, fix: Callable[[Context], str | None] = fix, artifact: Artifact = artifact) -> str | None:
                    return fix(Context(Artifact(artifact.path, text, artifact.kind), yard.artifacts))

                yield Edit(artifact.path, f"mended: {rule.title[0].lower()}{rule.title[1:]}", rule.why, mended, rule.id)


def _place(artifact: Artifact, service: Service) -> str:
    return f"{artifact.path}:{service.line}"
