"""Kubernetes: one file a part and a service, and those that hold them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.blueprints.kubernetes import backing as services
from architect.blueprints.kubernetes import network, shared, workloads
from architect.blueprints.kubernetes.environment import Environment, backing_environment, environment
from architect.blueprints.kubernetes.flavours import FLAVOURS
from architect.blueprints.kubernetes.layout import TAG, Layout, Names, names_of
from architect.blueprints.kubernetes.probing import asks_path
from architect.measuring.collecting import NAME as COLLECTOR
from architect.measuring.launching import traced
from architect.profile import Component, Profile, Role
from architect.services.backings import needed_by
from architect.services.clients import settings
from architect.syntax.composing import listed, strictly_needed
from architect.syntax.lines import Page
from architect.syntax.yaml import emit
from artifacts.records import Kind


class Kubernetes:
    """The manifests of the whole repository, tied by a kustomization."""

    id = "kubernetes"
    label = "Kubernetes"
    options: tuple[Option, ...] = (Option("flavour", "Cluster", tuple((flavour.id, flavour.label) for flavour in FLAVOURS.values())),)

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the manifests of these components."""
        if not components:
            return ()
        names = names_of(profile, components)
        found = ["kustomization", "namespace"]
        if _storage_class(options) and any(backing.spec.volume for backing in names.backings):
            found.append("storage-class")
        if _has_secrets(names):
            found.append("secret.example")
        found += [name for _, name in names.components]
        found += [backing.name for backing in names.backings]
        if any(component.role in (Role.WEB, Role.STATIC) and component.port is not None for component in components):
            found.append("ingress")
        return tuple(names.file(name) for name in (*found, "network-policy"))

    def draw(self, site: Site) -> Drawing:
        """Draw every file, with sentences on what the user must fill in."""
        if not site.planned():
            return Drawing()
        return _Sheets(Layout(site)).draw()


class _Sheets:
    """The manifests in the making."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.environments: dict[str, Environment] = {
            part.name: environment(part, layout.secret, f"{part.name}-config") for part in layout.parts
        }
        self.secrets, self.optional = self._secrets()

    def draw(self) -> Drawing:
        """Return the pages in the order of reading: the kustomization first."""
        layout = self.layout
        pages = [self._page("namespace", [shared.namespace(layout)], f"Everything of {layout.app} lives here.")]
        if layout.flavour.storage_document and self._claims():
            text = "A disk that keeps what databases and uploads write; the cluster has no such class by itself."
            pages.append(self._page("storage-class", [shared.storage_class(layout)], text))
        for part in layout.parts:
            text = f"{part.component.name}: {_phrase(part.component)}."
            pages.append(self._page(part.name, workloads.documents(layout, part, self.environments[part.name]), text))
        for backing in layout.backings:
            text = f"{backing.spec.label} inside the cluster."
            pages.append(self._page(backing.name, services.documents(layout, backing), text))
        if layout.served:
            pages.append(self._page("ingress", shared.ingress(layout), "How people reach it. The host is yours to set."))
        pages.append(
            self._page("network-policy", network.documents(layout), "Who may talk to whom; it takes a network that enforces policies.")
        )
        resources = [page.path.rpartition("/")[2] for page in pages]
        if "otel" in layout.site.targets and any(traced(part.component) for part in layout.parts):
            resources.append(f"{COLLECTOR}.yaml")
        if self.secrets:
            pages.insert(1, self._secret_page())
        text = f"kubectl apply -k {layout.names.folder} applies everything"
        text += f", once {layout.secret} exists (see secret.example.yaml)." if self.secrets else "."
        pages.insert(0, self._page("kustomization", [shared.kustomization(layout, resources)], text))
        return Drawing(tuple(pages), tuple(self._notes()))

    def _page(self, name: str, documents: Iterable[Mapping[str, Any]], text: str) -> Page:
        page = Page(self.layout.names.file(name), Kind.KUBERNETES)
        page.comment(text)
        for number, document in enumerate(documents):
            if number:
                page.add("---")
            emit(page, document)
        return page

    def _secret_page(self) -> Page:
        layout = self.layout
        page = Page(layout.names.file("secret.example"), Kind.KUBERNETES)
        page.comment("An example, and no part of the kustomization: copy it outside of Git, set the values, apply the copy.")
        page.comment("Values that become part of an address take letters and digits only.")
        if self.optional:
            page.comment(f"Also read when they are there: {', '.join(self.optional)}.")
        emit(page, shared.secret_example(layout, self.secrets))
        return page

    def _secrets(self) -> tuple[dict[str, str], dict[str, str]]:
        needed: dict[str, str] = {}
        optional: dict[str, str] = {}
        for found in (*self.environments.values(), *(backing_environment(backing, self.layout.secret) for backing in self.layout.backings)):
            for name, place in found.secrets.items():
                needed[name] = needed.get(name) or place
            optional.update(found.optional)
        return needed, {name: place for name, place in optional.items() if name not in needed}

    def _claims(self) -> bool:
        layout = self.layout
        return layout.changes.volumes and (
            any(services.keeps(layout, backing) for backing in layout.backings) or any(part.kept for part in layout.parts)
        )

    def _notes(self) -> Iterable[str]:
        layout, flavour = self.layout, self.layout.flavour
        folder = layout.names.folder
        capitals = [word for word in flavour.registry.replace("/", " ").replace(".", " ").replace("-", " ").split() if word.isupper()]
        if flavour.registry:
            what = f"fill in {listed(capitals)}" if capitals else "name your registry"
            yield f"{folder}/kustomization.yaml: {what} under images, and set newTag to what you push (it says {TAG})."
        if layout.served and not flavour.local:
            yield f"{folder}/ingress.yaml: {layout.host} is a placeholder for your host."
            if flavour.tls == "secret":
                yield f"{folder}/ingress.yaml takes its certificate from the Secret {layout.app}-tls, which cert-manager or you must make."
        if flavour.identity:
            yield f"The ServiceAccounts carry {flavour.identity[0]}: fill in the cloud's side, or remove the annotation."
        if self.secrets:
            yield f"Make the Secret {layout.secret} from {folder}/secret.example.yaml before the first apply: {listed(list(self.secrets))}."
        stateful = [backing.spec.label for backing in layout.backings if backing.spec.volume]
        if stateful and flavour.databases:
            yield f"{listed(stateful)} in the cluster is a start; {flavour.databases} take backups and upgrades off your hands."
        keeping = [part.name for part in layout.parts if part.kept and layout.changes.volumes]
        if keeping:
            yield f"{listed(keeping)} keeps files on a volume, so it runs once; with object storage it could run several times."
        beside = [part.name for part in layout.parts if part.writes_beside_code and layout.hardened]
        if beside:
            yield f"{listed(beside)} writes beside its own code, so its file system is not read-only."
        unasked = [part.name for part in layout.served if not asks_path(part)]
        if unasked and flavour.id == "gke":
            yield f"Google's load balancer asks {listed(unasked)} for / and wants the answer 200: a health path of its own is safer."
        existing = [path for path in layout.site.profile.existing.get("kubernetes", ()) if path.startswith(f"{folder}/")]
        own = {layout.names.file(name) for name in (*(name for _, name in layout.names.components), "kustomization")}
        others = [path for path in existing if path not in own]
        if others:
            yield f"The repository has manifests of its own ({listed(others[:3])}); the kustomization does not include them."
        yield from (note.format(app=layout.app) for note in flavour.notes)


def _phrase(component: Component) -> str:
    framework = f"{component.framework.value} on " if component.framework else ""
    return f"{framework}{component.language.value}"


def _storage_class(options: Mapping[str, str]) -> bool:
    return FLAVOURS[options.get("flavour", "vanilla")].storage_document is not None


def _has_secrets(names: Names) -> bool:
    """Tell whether any part or service needs a secret."""
    if any(backing.spec.secrets for backing in names.backings):
        return True
    for component, _ in names.components:
        needs = [(backing.spec, backing.fact, backing.name) for backing in needed_by(component, names.backings)]
        given = {setting.name for setting in settings(component, needs)}
        for variable in component.variables:
            wanted = variable.default is None and variable.secret and variable.name not in given and variable.name != "PORT"
            if wanted and strictly_needed(variable):
                return True
    return False
