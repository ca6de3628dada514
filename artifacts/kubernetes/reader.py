"""Manifest text to objects; what is not of the expected shape is left to the schema, only unreadable text is a fault here."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.model import Fault
from artifacts.errors import UnreadableArtifact
from artifacts.keeping import keep, text_length
from artifacts.kubernetes.kustomize import is_kustomization, read_kustomization
from artifacts.kubernetes.model import KubeObject, Kustomization, Manifest, at, text_of, texts_of
from artifacts.kubernetes.pods import pod_of
from artifacts.yamltree import Node, read_documents

MAX_OBJECTS = 2000


@keep(text_length)
def read_manifest(text: str) -> Manifest:
    """Read a manifest; never raises, an unreadable text gives a fault."""
    try:
        documents = read_documents(text)
    except UnreadableArtifact as error:
        return Manifest(faults=(Fault(error.line or 1, error.message),))
    objects: list[KubeObject] = []
    faults: list[Fault] = []
    kustomization: Kustomization | None = None
    for number, root in enumerate(documents):
        if root.kind == "scalar" and root.value is None:
            continue
        if root.kind != "map":
            faults.append(Fault(root.line, "a Kubernetes object is a map with `apiVersion`, `kind` and `metadata`"))
        elif is_kustomization(root):
            kustomization = kustomization or read_kustomization(root)
        else:
            faults += _faults(root)
            objects += _objects(root, number)
    if not objects and kustomization is None and not faults:
        faults.append(Fault(1, "the file holds no Kubernetes object"))
    if len(objects) > MAX_OBJECTS:
        faults.append(Fault(1, f"the file has more than {MAX_OBJECTS} objects"))
    del objects[MAX_OBJECTS:]
    pods = tuple(pod for item in objects if (pod := pod_of(item)) is not None)
    return Manifest(documents, tuple(objects), pods, kustomization, tuple(faults[:50]))


def _faults(root: Node) -> Iterator[Fault]:
    for key in ("apiVersion", "kind"):
        if not text_of(root.get(key)):
            yield Fault(root.line, f"this document has no `{key}`, so no server knows what it is")


def _objects(root: Node, number: int) -> Iterator[KubeObject]:
    items = root.get("items")
    if text_of(root.get("kind")).endswith("List") and items is not None and items.kind == "list":
        for item in items.items:
            if item.kind == "map" and text_of(item.get("kind")):
                yield _object(item, number, listed=True)
        return
    yield _object(root, number, listed=False)


def _object(node: Node, number: int, *, listed: bool) -> KubeObject:
    return KubeObject(
        api_version=text_of(node.get("apiVersion")),
        kind=text_of(node.get("kind")),
        name=text_of(at(node, "metadata", "name")) or text_of(at(node, "metadata", "generateName")),
        namespace=text_of(at(node, "metadata", "namespace")),
        line=node.line,
        node=node,
        document=number,
        listed=listed,
        labels=texts_of(at(node, "metadata", "labels")),
        annotations=texts_of(at(node, "metadata", "annotations")),
    )
