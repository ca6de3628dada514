"""A container is privileged."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Init containers count: they run on the same node."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            if text_of(at(container.node, "securityContext", "privileged")) == "true":
                yield Remark(container.line_of("securityContext"), f"{pod.owner.title}: {container.name} is privileged")


RULE = Rule(
    id="kubernetes_privileged",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A privileged container",
    why=(
        "A privileged container has every right of the node it runs on: devices, kernel settings, other containers. An "
        "application needs none."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {privileged: false}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {privileged: true}\n"
    ),
    check=check,
)
