"""All objects of an answer together: who selects whom, which names exist, what a kustomization makes of images and namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from artifacts.images import reference
from artifacts.kubernetes.model import ImageChange, KubeObject, Kustomization, Manifest, at, items_of, number_of, text_of, texts_of
from artifacts.kubernetes.pods import Container, Pod
from artifacts.kubernetes.reader import read_manifest
from artifacts.records import Artifact, Kind
from artifacts.yamltree import Node


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """An object with the file it stands in."""

    path: str
    item: KubeObject

    @property
    def where(self) -> str:
        """Return `file:line`."""
        return f"{self.path}:{self.item.line}"


@dataclass(frozen=True, eq=False)
class Cluster:
    """The manifests of an answer by their paths."""

    manifests: Mapping[str, Manifest]

    @cached_property
    def objects(self) -> tuple[Placed, ...]:
        """Return every object in the order of the files."""
        return tuple(Placed(path, item) for path, manifest in self.manifests.items() for item in manifest.objects)

    @cached_property
    def pods(self) -> tuple[tuple[str, Pod], ...]:
        """Return every workload's pods with their files."""
        return tuple((path, pod) for path, manifest in self.manifests.items() for pod in manifest.pods)

    @cached_property
    def kustomizations(self) -> tuple[tuple[str, Kustomization], ...]:
        """Return the kustomizations with their files."""
        return tuple((path, found) for path, manifest in self.manifests.items() if (found := manifest.kustomization) is not None)

    @cached_property
    def renamed(self) -> bool:
        """Tell whether a kustomization gives objects other names, so that references cannot be followed by name."""
        return any(kustomization.renames for _, kustomization in self.kustomizations)

    @cached_property
    def open_ended(self) -> bool:
        """Tell whether the answer builds on files it does not hold: a base elsewhere, a chart, patches."""
        return any(
            kustomization.component
            or any(kustomization.node.get(key) is not None for key in ("helmCharts", "generators", "bases", "helmChartInflationGenerator"))
            or any(not self._held(path, name) for name, _ in kustomization.resources)
            for path, kustomization in self.kustomizations
        )

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Placed, ...]]:
        found: dict[str, list[Placed]] = {}
        for placed in self.objects:
            found.setdefault(placed.item.kind, []).append(placed)
        return {kind: tuple(items) for kind, items in found.items()}

    def of(self, *kinds: str) -> Iterator[Placed]:
        """Yield the objects of these kinds."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    def find(self, kind: str, name: str, beside: KubeObject) -> Placed | None:
        """Return the object of this kind and name in the namespace of another one."""
        return next((placed for placed in self.of(kind) if placed.item.name == name and same_namespace(placed.item, beside)), None)

    def selected(self, selector: Mapping[str, str], beside: KubeObject) -> list[tuple[str, Pod]]:
        """Return the pods that bear all labels of a selector, in the namespace of the object that selects."""
        return [(path, pod) for path, pod in self.pods if matches(selector, pod.labels) and same_namespace(pod.owner, beside)]

    def generated(self, kind: str) -> set[str]:
        """Return the names of ConfigMaps or Secrets that kustomizations make."""
        found: set[str] = set()
        for _, kustomization in self.kustomizations:
            found.update(kustomization.secrets if kind == "Secret" else kustomization.config_maps)
        return found

    def image_change(self, container: Container) -> ImageChange | None:
        """Return what a kustomization makes of a container's image."""
        repository = reference(container.image).repository
        for _, kustomization in self.kustomizations:
            for change in kustomization.images:
                if change.name and reference(change.name).repository == repository:
                    return change
        return None

    def image(self, container: Container) -> str:
        """Return the image a container gets once kustomizations have changed it."""
        change = self.image_change(container)
        if change is None:
            return container.image
        own = reference(container.image)
        name = change.new_name or own.repository
        if change.digest:
            return f"{name}@{change.digest}"
        tag = change.new_tag or own.tag
        return f"{name}:{tag}" if tag else name

    def namespace(self, item: KubeObject) -> str:
        """Return the namespace an object lands in: its own, else that of a kustomization, "" when neither says."""
        given = item.namespace or next((kustomization.namespace for _, kustomization in self.kustomizations if kustomization.namespace), "")
        return given

    def _held(self, path: str, name: str) -> bool:
        folder = path.rpartition("/")[0]
        whole = joined(folder, name)
        return whole is not None and (whole in self.manifests or any(other.startswith(f"{whole}/") for other in self.manifests))


def cluster_of(artifacts: Sequence[Artifact]) -> Cluster:
    """Return the cluster that the manifests among these files describe."""
    return Cluster({item.path: read_manifest(item.content) for item in artifacts if item.kind is Kind.KUBERNETES})


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Tell whether labels hold all of a selector; an empty selector matches nothing here."""
    return bool(selector) and all(labels.get(name) == value for name, value in selector.items())


def same_namespace(one: KubeObject, other: KubeObject) -> bool:
    """Tell whether two objects may live in one namespace: equal, or one of them does not say."""
    return not one.namespace or not other.namespace or one.namespace == other.namespace


def joined(folder: str, name: str) -> str | None:
    """Return a path relative to a folder, without `.` and `..`; None for a URL or one that climbs out of the repository."""
    if "://" in name or name.startswith(("/", "git@", "github.com")) or "?ref=" in name:
        return None
    parts: list[str] = folder.split("/") if folder else []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return names as a phrase for a message, cut after a few."""
    found = list(dict.fromkeys(name[:80] for name in names))
    shown = ", ".join(found[:most])
    return f"{shown} and {len(found) - most} more" if len(found) > most else shown or "none"


def selects(selector: Node, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector with matchLabels and matchExpressions picks these labels; an empty one picks everything."""
    if any(labels.get(name) != value for name, value in texts_of(selector.get("matchLabels")).items()):
        return False
    for expression in items_of(selector.get("matchExpressions")):
        name, operator = text_of(at(expression, "key")), text_of(at(expression, "operator"))
        values = {text_of(value) for value in items_of(at(expression, "values"))}
        there = name in labels
        fits = {
            "In": there and labels.get(name) in values,
            "NotIn": not there or labels.get(name) not in values,
            "Exists": there,
            "DoesNotExist": not there,
        }
        if not fits.get(operator, True):
            return False
    return True


def pod_counts(cluster: Cluster, pod: Pod) -> tuple[int, int]:
    """Return how many pods a workload has at least and at most: its replicas, or what an autoscaler of the answer says."""
    given = number_of(pod.owner.at("spec", "replicas"))
    for placed in cluster.of("HorizontalPodAutoscaler"):
        target = (placed.item.text("spec", "scaleTargetRef", "kind"), placed.item.text("spec", "scaleTargetRef", "name"))
        if target == (pod.owner.kind, pod.owner.name) and same_namespace(placed.item, pod.owner):
            return number_of(placed.item.at("spec", "minReplicas")) or 1, number_of(placed.item.at("spec", "maxReplicas")) or 1
    count = 1 if given is None else given
    return count, count
