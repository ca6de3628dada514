"""A number of replicas fights with the autoscaler."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import same_namespace
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Looks for an autoscaler of the answer that names the workload."""
    for item in context.manifest.of("Deployment", "StatefulSet"):
        if item.at("spec", "replicas") is None:
            continue
        for placed in context.cluster.of("HorizontalPodAutoscaler"):
            target = (placed.item.text("spec", "scaleTargetRef", "kind"), placed.item.text("spec", "scaleTargetRef", "name"))
            if target == (item.kind, item.name) and same_namespace(placed.item, item):
                yield Remark(item.line_of("spec", "replicas"), f"{item.title} sets replicas, and {placed.where} scales it")


RULE = Rule(
    id="kubernetes_replicas_with_autoscaler",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="Replicas beside an autoscaler",
    why=("Every apply sets the number back to what the file says, whatever the load is. Leave replicas out where an autoscaler decides."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
        "          resources: {requests: {cpu: 100m, memory: 128Mi}}\n---\napiVersion: autoscaling/v2\n"
        "kind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 4\n  metrics:\n"
        "    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "          ports: [{name: http, containerPort: 8000}]\n"
        "          resources: {requests: {cpu: 100m, memory: 128Mi}}\n---\napiVersion: autoscaling/v2\n"
        "kind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 4\n  metrics:\n"
        "    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}\n"
    ),
    check=check,
)
