"""An autoscaler measures against a request that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import same_namespace
from artifacts.kubernetes.model import at, text_of, texts_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Looks at the workload of the answer that the autoscaler names."""
    for item in context.manifest.of("HorizontalPodAutoscaler"):
        kind, name = item.text("spec", "scaleTargetRef", "kind"), item.text("spec", "scaleTargetRef", "name")
        wanted = {
            text_of(at(metric, "resource", "name"))
            for metric in item.items("spec", "metrics")
            if text_of(at(metric, "resource", "target", "type")) == "Utilization"
        }
        wanted |= {"cpu"} if item.text("spec", "targetCPUUtilizationPercentage") else set()
        for _, pod in context.cluster.pods:
            if (pod.owner.kind, pod.owner.name) != (kind, name) or not same_namespace(pod.owner, item):
                continue
            for container in pod.running:
                given = {*texts_of(at(container.node, "resources", "requests")), *texts_of(at(container.node, "resources", "limits"))}
                missing = sorted(wanted - given - {""})
                if missing:
                    yield Remark(
                        item.line_of("spec", "metrics"), f"{item.title} measures {missing[0]}, which {container.name} does not request"
                    )
                    break


RULE = Rule(
    id="kubernetes_autoscaler_without_requests",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="Scaling without a request",
    why=("Utilisation is a share of the request. Where a container requests nothing the autoscaler reports an error and does not scale."),
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
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: autoscaling/v2\n"
        "kind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 4\n  metrics:\n"
        "    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}\n"
    ),
    check=check,
)
