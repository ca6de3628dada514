"""A workload's selector does not match the labels of its own pods."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed
from artifacts.kubernetes.model import texts_of
from artifacts.kubernetes.pods import SERVING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Labels that a kustomization adds are added on both sides."""
    for pod in context.manifest.pods:
        selector = texts_of(pod.owner.at("spec", "selector", "matchLabels"))
        missing = [f"{name}={value}" for name, value in selector.items() if pod.labels.get(name) != value]
        if missing and pod.owner.kind in SERVING:
            line = pod.owner.line_of("spec", "selector")
            yield Remark(line, f"{pod.owner.title} selects {listed(missing)}, which its pods' labels do not say")


RULE = Rule(
    id="kubernetes_selector_mismatch",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A workload that does not select its own pods",
    why="The API refuses such a workload: it would make pods that it does not recognise as its own, over and over.",
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: api}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
    ),
    check=check,
)
