"""Where manifests without a name belong: into the file that was asked for, by what they hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from artifacts.kubernetes.model import KubeObject
from artifacts.kubernetes.reader import read_manifest

FOLDER = "k8s"
_BY_KIND = {
    "Namespace": "namespace",
    "Ingress": "ingress",
    "NetworkPolicy": "network-policy",
    "StorageClass": "storage-class",
    "Secret": "secret.example",
}
_HEADS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod", "Service", "ConfigMap")


def place(text: str, expected: Sequence[str], taken: Collection[str]) -> str | None:
    """Return the path of a manifest that an answer does not name, None for text that is none.

    A file asked for is preferred: by its part's name, or by the kind of object. Anything else gets a name of its own.
    """
    manifest = read_manifest(text)
    if manifest.faults or (not manifest.objects and manifest.kustomization is None):
        return None
    folder = next((str(PurePosixPath(path).parent) for path in expected if PurePosixPath(path).name == "kustomization.yaml"), FOLDER)
    if manifest.kustomization is not None:
        return _free(f"{folder}/kustomization.yaml", taken)
    first = min(manifest.objects, key=lambda item: _HEADS.index(item.kind) if item.kind in _HEADS else len(_HEADS))
    for stem in _stems(first):
        path = f"{folder}/{stem}.yaml"
        if path in expected and path not in taken:
            return path
    base = _BY_KIND.get(first.kind) or f"{first.name}-{first.kind}".lower()
    return _free(f"{folder}/{re.sub(r'[^a-z0-9.-]+', '-', base).strip('-.') or 'manifest'}.yaml", taken)


def _stems(item: KubeObject) -> list[str]:
    owner = item.labels.get("app.kubernetes.io/name") or item.labels.get("app") or ""
    return [stem for stem in (_BY_KIND.get(item.kind, ""), item.name, owner) if stem]


def _free(path: str, taken: Collection[str]) -> str:
    """Return a path that is not taken, with a number where it is."""
    stem, number, found = path.removesuffix(".yaml"), 2, path
    while found in taken:
        found, number = f"{stem}-{number}.yaml", number + 1
    return found
