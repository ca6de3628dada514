"""Kustomize patches: pieces of objects that look like manifests and are no objects of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from artifacts.kubernetes.cluster import Cluster, cluster_of, joined
from artifacts.kubernetes.model import Kustomization, Manifest, at, items_of, text_of
from artifacts.kubernetes.pods import SERVING
from artifacts.kubernetes.reader import read_manifest
from artifacts.records import Artifact

_DIRECTIVE = re.compile(r"(?:^|[\s{,])[\"']?\$(?:patch|retainKeys|deleteFromPrimitiveList/|setElementOrder/)", re.MULTILINE)
_FOLDERS = frozenset({"overlays", "components", "patches"})


def is_patch(artifact: Artifact, artifacts: Sequence[Artifact]) -> bool:
    """Tell whether a manifest is a patch.

    It is when a kustomization of the answer names it as one, when it holds a directive that only patches have, or when it lies
    where patches lie and its workloads are not whole.
    """
    if artifact.path in _named(cluster_of(artifacts)) or _DIRECTIVE.search(artifact.content) is not None:
        return True
    pure = PurePosixPath(artifact.path)
    placed = "patch" in pure.name.lower() or bool(_FOLDERS & set(pure.parts[:-1]))
    return placed and _is_piece(read_manifest(artifact.content))


def adds_selectors(artifacts: Sequence[Artifact]) -> bool:
    """Tell whether a kustomization of the answer gives every workload its selector."""
    for _, kustomization in cluster_of(artifacts).kustomizations:
        including = (text_of(at(item, "includeSelectors")) == "true" for item in items_of(kustomization.node.get("labels")))
        if kustomization.node.get("commonLabels") is not None or any(including):
            return True
    return False


def _named(cluster: Cluster) -> set[str]:
    """Return the files that kustomizations apply as patches."""
    found: set[str] = set()
    for path, kustomization in cluster.kustomizations:
        folder = path.rpartition("/")[0]
        for name in _patches(kustomization):
            whole = joined(folder, name)
            if whole is not None:
                found.add(whole)
    return found


def _patches(kustomization: Kustomization) -> list[str]:
    names = [text_of(item) for item in items_of(kustomization.node.get("patchesStrategicMerge"))]
    for key in ("patches", "patchesJson6902", "transformers"):
        names += [text_of(at(item, "path")) for item in items_of(kustomization.node.get(key))]
    return [name for name in names if name and "\n" not in name]


def _is_piece(manifest: Manifest) -> bool:
    workloads = [item for item in manifest.objects if item.kind in SERVING]
    return any(item.at("spec", "selector") is None or item.at("spec", "template") is None for item in workloads)
