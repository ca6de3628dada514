"""A StatefulSet's Service is not here."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import same_namespace
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where the answer has Services at all."""
    cluster = context.cluster
    for item in context.manifest.of("StatefulSet"):
        name = item.text("spec", "serviceName")
        if (
            not name
            or cluster.renamed
            or cluster.open_ended
            or not any(same_namespace(placed.item, item) for placed in cluster.of("Service"))
        ):
            continue
        if cluster.find("Service", name, item) is None:
            yield Remark(item.line_of("spec", "serviceName"), f"{item.title} belongs to the Service {name}, which is not here")


RULE = Rule(
    id="kubernetes_headless_service",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A StatefulSet without its Service",
    why=("The pods of a StatefulSet get their names from the Service it names. Without that Service they cannot find each other."),
    good=(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  serviceName: web\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        "spec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8000}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  serviceName: db\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        "spec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8000}]\n"
    ),
    check=check,
)
