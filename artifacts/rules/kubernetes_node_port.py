"""A Service takes a port of every node."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A load balancer, which takes one too, is a choice of its own."""
    for item in context.manifest.of("Service"):
        if item.text("spec", "type") == "NodePort":
            yield Remark(item.line_of("spec", "type"), f"{item.title} takes a port of every node")


RULE = Rule(
    id="kubernetes_node_port",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="A port of every node",
    why=("A NodePort is open on all nodes, past the Ingress with its certificate and limits. Use a ClusterIP behind an Ingress."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8000}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  type: NodePort\n"
        "  ports: [{port: 80, targetPort: 8000}]\n"
    ),
    check=check,
)
