"""Kustomization files: told apart from objects, and read."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import ImageChange, Kustomization, at, items_of, text_of
from artifacts.yamltree import Node

NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
KEYS = frozenset(
    {"apiVersion", "kind", "metadata", "resources", "components", "images", "namespace", "namePrefix", "nameSuffix", "labels"}
    | {"commonLabels", "commonAnnotations", "configMapGenerator", "secretGenerator", "generatorOptions", "generators", "transformers"}
    | {"validators", "patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "vars", "replicas", "crds", "configurations"}
    | {"openapi", "buildMetadata", "helmCharts", "helmGlobals", "bases", "imageTags", "inventory", "sortOptions"}
    | {"helmChartInflationGenerator"}
)
"""The keys a kustomization may have; kustomize refuses any other."""

_GROUP = "kustomize.config.k8s.io"
_GATHERS = ("resources", "bases", "components")


def is_kustomization(root: Node) -> bool:
    """Tell whether a document is a kustomization: by its kind, or without one by what it gathers and changes."""
    kind, version = text_of(root.get("kind")), text_of(root.get("apiVersion"))
    if kind or version:
        return version.startswith(f"{_GROUP}/") or (kind in ("Kustomization", "Component") and not version)
    keys = {name for name, _, _ in root.entries()}
    return bool(keys) and keys <= KEYS and bool(keys & {*_GATHERS, "configMapGenerator", "secretGenerator", "patches", "helmCharts"})


def read_kustomization(root: Node) -> Kustomization:
    """Read a kustomization."""
    return Kustomization(
        node=root,
        line=root.line,
        resources=tuple((text_of(item), item.line) for key in _GATHERS for item in items_of(root.get(key)) if text_of(item)),
        images=tuple(_images(root)),
        namespace=text_of(root.get("namespace")),
        name_prefix=text_of(root.get("namePrefix")),
        name_suffix=text_of(root.get("nameSuffix")),
        config_maps=tuple(_generated(root, "configMapGenerator")),
        secrets=tuple(_generated(root, "secretGenerator")),
        component=text_of(root.get("kind")) == "Component",
    )


def _images(root: Node) -> Iterator[ImageChange]:
    for item in items_of(root.get("images")):
        if item.kind == "map":
            yield ImageChange(
                name=text_of(item.get("name")),
                new_name=text_of(item.get("newName")),
                new_tag=text_of(item.get("newTag")),
                digest=text_of(item.get("digest")),
                line=item.line,
            )


def _generated(root: Node, key: str) -> Iterator[str]:
    for item in items_of(root.get(key)):
        name = text_of(item.get("name")) if item.kind == "map" else ""
        if name:
            yield name


def used_files(kustomization: Kustomization) -> list[str]:
    """Return every file that a kustomization names: resources, patches, generators, settings."""
    node = kustomization.node
    found = [name for name, _ in kustomization.resources]
    for key in ("patchesStrategicMerge", "configurations", "crds", "validators"):
        found += [text_of(item) for item in items_of(node.get(key))]
    for key in ("patches", "patchesJson6902", "replacements", "transformers", "generators"):
        found += [text_of(item) or text_of(at(item, "path")) for item in items_of(node.get(key))]
    return [name for name in found if name and "\n" not in name]
