"""A container takes a port of the node."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Pods on the node's own network have its ports anyway."""
    for pod in context.manifest.pods:
        if text_of(at(pod.spec, "hostNetwork")) == "true":
            continue
        for container in pod.containers:
            for port in items_of(container.node.get("ports")):
                if text_of(at(port, "hostPort")):
                    yield Remark(port.line, f"{pod.owner.title}: {container.name} takes port {text_of(at(port, 'hostPort'))} of the node")


RULE = Rule(
    id="kubernetes_host_port",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="A port of the node taken",
    why=("Two pods that take the same port of a node cannot run side by side, and the port is open to everyone who reaches the node."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{containerPort: 8000, hostPort: 80}]\n"
    ),
    check=check,
)
