"""A database is reachable from outside of the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import DATABASES
from artifacts.kubernetes.facts import backing_of
from artifacts.kubernetes.model import texts_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged by the images of the pods that the Service selects."""
    for item in context.manifest.of("Service"):
        if item.text("spec", "type") not in ("NodePort", "LoadBalancer") or any("internal" in name for name in item.annotations):
            continue
        for _, pod in context.cluster.selected(texts_of(item.at("spec", "selector")), item):
            kinds = [kind for container in pod.running if (kind := backing_of(container.image)) in DATABASES]
            if kinds:
                yield Remark(item.line_of("spec", "type"), f"{item.title} opens {kinds[0]} to the outside as {item.text('spec', 'type')}")
                break


RULE = Rule(
    id="kubernetes_database_exposed",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A database open to the outside",
    why=("A database behind a NodePort or load balancer is found by scanners within hours. Inside the cluster a ClusterIP is enough."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: db}\nspec:\n  selector: {matchLabels: {app: db}}\n"
        "  template:\n    metadata: {labels: {app: db}}\n    spec:\n      containers:\n        - name: db\n"
        "          image: postgres:17\n          ports: [{containerPort: 5432}]\n---\napiVersion: v1\nkind: Service\n"
        "metadata: {name: db}\nspec:\n  selector: {app: db}\n  ports: [{port: 80, targetPort: 5432}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: db}\nspec:\n  selector: {matchLabels: {app: db}}\n"
        "  template:\n    metadata: {labels: {app: db}}\n    spec:\n      containers:\n        - name: db\n"
        "          image: postgres:17\n          ports: [{containerPort: 5432}]\n---\napiVersion: v1\nkind: Service\n"
        "metadata: {name: db}\nspec:\n  selector: {app: db}\n  type: LoadBalancer\n  ports: [{port: 80, targetPort: 5432}]\n"
    ),
    check=check,
)
