"""A variable is taken from a key that the ConfigMap or Secret does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import texts_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_PARTS = {"secret": ("Secret", ("data", "stringData")), "config": ("ConfigMap", ("data", "binaryData"))}


def check(context: Context) -> Iterator[Remark]:
    """Optional references, and objects that the answer does not hold, are left alone."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            for variable in container.env:
                kind, parts = _PARTS.get(variable.source, ("", ()))
                placed = context.cluster.find(kind, variable.reference, pod.owner) if kind and not variable.optional else None
                if placed is None:
                    continue
                keys = {name for part in parts for name in texts_of(placed.item.at(part))}
                if variable.key not in keys:
                    message = f"{pod.owner.title}: {variable.name} is taken from {variable.key!r} of the {kind} {variable.reference}"
                    yield Remark(variable.line, f"{message}, which has no such key ({placed.where})")


RULE = Rule(
    id="kubernetes_missing_key",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A setting that is not there",
    why=("A pod whose environment refers to a missing key does not start: CreateContainerConfigError, until somebody adds the key."),
    good=(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {MODE: fast}\n---\napiVersion: apps/v1\n"
        "kind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n"
        "    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n          image: web:1.0\n"
        "          env:\n            - {name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: MODE}}}\n"
    ),
    bad=(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {MODE: fast}\n---\napiVersion: apps/v1\n"
        "kind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n"
        "    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n          image: web:1.0\n"
        "          env:\n            - {name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}\n"
    ),
    check=check,
)
