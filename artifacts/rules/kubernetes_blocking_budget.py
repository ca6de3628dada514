"""A disruption budget never lets a pod go."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import pod_counts, same_namespace, selects
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Percentages other than 0 and 100 are left alone."""
    for item in context.manifest.of("PodDisruptionBudget"):
        selector = item.at("spec", "selector")
        stay, go = item.text("spec", "minAvailable"), item.text("spec", "maxUnavailable")
        pods = [
            pod
            for _, pod in context.cluster.pods
            if selector is not None and selects(selector, pod.labels) and same_namespace(pod.owner, item)
        ]
        most = max((pod_counts(context.cluster, pod)[1] for pod in pods), default=0)
        if go in ("0", "0%") or stay == "100%" or (stay.isdigit() and most and int(stay[:9]) >= most):
            line = item.line_of("spec", "minAvailable" if stay else "maxUnavailable")
            yield Remark(line, f"{item.title} never lets one of its pods go")


RULE = Rule(
    id="kubernetes_blocking_budget",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A budget that blocks every drain",
    why=("When as many pods must stay as there are, no node that runs one can be drained, and the cluster's upgrade stops there."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\n"
        "metadata: {name: web}\nspec:\n  minAvailable: 1\n  selector: {matchLabels: {app: web}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\n"
        "metadata: {name: web}\nspec:\n  minAvailable: 2\n  selector: {matchLabels: {app: web}}\n"
    ),
    check=check,
)
