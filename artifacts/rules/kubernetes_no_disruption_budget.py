"""A drained node may take all pods of a workload at once."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import pod_counts, selects
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Only Deployments and StatefulSets of two pods or more that a number in the answer says."""
    for pod in context.manifest.pods:
        if pod.owner.kind not in ("Deployment", "StatefulSet") or pod_counts(context.cluster, pod)[0] < 2:
            continue
        budgets = [placed.item.at("spec", "selector") for placed in context.cluster.of("PodDisruptionBudget")]
        if not any(selector is not None and selects(selector, pod.labels) for selector in budgets):
            yield Remark(pod.owner.line, f"{pod.owner.title} has several pods and no PodDisruptionBudget")


RULE = Rule(
    id="kubernetes_no_disruption_budget",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="No disruption budget",
    why=(
        "Several replicas are there so that one may go. Without a PodDisruptionBudget an upgrade of the nodes may end all of them together."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\n"
        "metadata: {name: web}\nspec:\n  maxUnavailable: 1\n  selector: {matchLabels: {app: web}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "          ports: [{name: http, containerPort: 8000}]\n"
    ),
    check=check,
)
