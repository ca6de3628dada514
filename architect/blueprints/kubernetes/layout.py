"""What goes into the cluster under which name: parts, their processes, backing services, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from architect.blueprint import Site
from architect.blueprints.kubernetes.flavours import FLAVOURS, Flavour
from architect.migrations import migration
from architect.naming import distinct, dns_name, image_name
from architect.plan import ImagePlan
from architect.profile import Component, Process, Profile, Role
from architect.request import Style
from architect.services.backings import Backing, backings, needed_by
from architect.syntax.folders import beside_code, lasting

FOLDERS = ("k8s", "kubernetes", "manifests", "deploy/k8s", "deploy/kubernetes", "kubernetes-manifests")
"""Where manifests usually live; the first is used unless the repository already has another."""
SHARED = ("otel-collector", "kustomization", "namespace", "ingress", "network-policy", "storage-class", "secret.example", "secret-example")
"""Names of files that belong to all; no part may bear one of them."""
TAG = "0.1.0"
"""The tag images have until the first release is tagged."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a repository's parts and services in a cluster, the same whatever the style."""

    app: str
    components: tuple[tuple[Component, str], ...]
    processes: Mapping[tuple[str, int], str]
    backings: tuple[Backing, ...]
    folder: str

    def file(self, name: str) -> str:
        """Return the path of a file of this target."""
        return f"{self.folder}/{name}.yaml"


def names_of(profile: Profile, components: Sequence[Component]) -> Names:
    """Name everything that is deployed: components as they are called, processes after their component, services by their kind."""
    own = distinct([component.name for component in components], SHARED)
    processes: dict[tuple[str, int], str] = {}
    for component, name in zip(components, own, strict=True):
        taken = [*own, *processes.values(), *SHARED]
        for position, made in enumerate(distinct([f"{name}-{process.name}" for process in component.processes], taken)):
            processes[name, position] = made
    found = backings(components, (*own, *processes.values(), *SHARED))
    return Names(dns_name(profile.name), tuple(zip(components, own, strict=True)), processes, found, _folder(profile))


def _folder(profile: Profile) -> str:
    parents = {str(PurePosixPath(path).parent) for path in profile.existing.get("kubernetes", ())}
    return next((folder for folder in FOLDERS if folder in parents), FOLDERS[0])


@dataclass(frozen=True)
class Part:
    """One component with its plan and everything that runs from its image."""

    component: Component
    plan: ImagePlan
    name: str
    image: str
    processes: tuple[tuple[Process, str], ...]
    migration: Process | None
    needs: tuple[Backing, ...]

    @property
    def serves(self) -> bool:
        """Tell whether it is reached over the network."""
        return self.plan.port is not None

    @property
    def once(self) -> bool:
        """Tell whether it runs to an end instead of staying."""
        return self.component.role is Role.JOB

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """Return the folders whose content must outlive the pod."""
        return tuple(path.rstrip("/") for path in self.plan.writable if path.strip("/") and lasting(path) and not self.beside_code(path))

    @cached_property
    def passing(self) -> tuple[str, ...]:
        """Return the other folders it writes, /tmp first."""
        found = ["/tmp"]  # noqa: S108 - a path inside the container
        found += [path.rstrip("/") for path in self.plan.writable if path.strip("/") and path.rstrip("/") not in self.kept]
        return tuple(dict.fromkeys(path for path in found if not self.beside_code(path)))

    @cached_property
    def writes_beside_code(self) -> bool:
        """Tell whether it writes into the folder its own code lies in, which no volume may cover."""
        return any(self.beside_code(path) for path in self.plan.writable)

    def beside_code(self, path: str) -> bool:
        """Tell whether the image's own files lie in a folder itself."""
        return beside_code(self.plan, path)


class Layout:
    """All names and choices of one drawing."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.style = site.style
        self.changes = site.changes
        self.flavour: Flavour = FLAVOURS[site.target.options.get("flavour", "vanilla")]
        planned = site.planned()
        self.names = names_of(site.profile, [component for component, _ in planned])
        self.app = self.names.app
        self.namespace = self.app
        self.secret = f"{self.app}-secrets"
        self.backings = self.names.backings
        plans = {component.name: plan for component, plan in planned}
        self.parts = tuple(
            Part(
                component,
                plans[component.name],
                name,
                image_name(site.profile, component),
                tuple((process, self.names.processes[name, position]) for position, process in enumerate(component.processes)),
                migration(site.profile, component),
                tuple(needed_by(component, self.backings)),
            )
            for component, name in self.names.components
        )
        self.hardened = self.style is Style.HARDENED
        self.lean = self.style is Style.LEAN

    @property
    def host(self) -> str:
        """Return the host name people reach it by, a placeholder."""
        return self.flavour.host.format(app=self.app)

    @property
    def served(self) -> tuple[Part, ...]:
        """Return the parts that people reach, the one they see first in front."""
        found = [part for part in self.parts if part.serves and part.component.role in (Role.WEB, Role.STATIC)]
        return tuple(sorted(found, key=lambda part: (part.component.role is not Role.STATIC and not _front(part), part.name != self.app)))

    def meta(self, name: str, owner: str = "", role: str = "", annotations: Mapping[str, str] | None = None) -> dict[str, object]:
        """Return the metadata of an object: `owner` is the workload it belongs to, `role` what that workload does."""
        labels = {"app.kubernetes.io/part-of": self.app}
        if owner:
            labels = self.labels(owner, role) if role else self.selector(owner)
        found: dict[str, object] = {"name": name, "namespace": self.namespace, "labels": labels}
        return {**found, "annotations": dict(annotations)} if annotations else found

    def labels(self, name: str, role: str) -> dict[str, str]:
        """Return the recommended labels of a workload and its pods."""
        return {**self.selector(name), "app.kubernetes.io/component": role}

    def selector(self, name: str) -> dict[str, str]:
        """Return the labels that pick the pods of one workload; they never change, so no version is among them."""
        return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": self.app}


def _front(part: Part) -> bool:
    return any(word in part.name for word in ("web", "front", "client", "ui", "app", "site"))
