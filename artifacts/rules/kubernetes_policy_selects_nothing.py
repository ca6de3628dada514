"""A NetworkPolicy is for pods that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import same_namespace, selects
from artifacts.kubernetes.versions import is_built_in
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where the answer has pods in the namespace and nothing that may make others; an empty selector means all of them."""
    cluster = context.cluster
    if cluster.renamed or cluster.open_ended or any(not is_built_in(placed.item.group) for placed in cluster.objects):
        return
    for item in context.manifest.of("NetworkPolicy"):
        selector = item.at("spec", "podSelector")
        pods = [pod for _, pod in cluster.pods if same_namespace(pod.owner, item)]
        if selector is not None and pods and not any(selects(selector, pod.labels) for pod in pods):
            yield Remark(item.line_of("spec", "podSelector"), f"{item.title} selects no pod that is here")


RULE = Rule(
    id="kubernetes_policy_selects_nothing",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A policy for nobody",
    why="A policy whose selector matches no pod protects nothing, and the pods it was meant for stay open.",
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec:\n"
        "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Ingress]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec:\n"
        "  podSelector: {matchLabels: {app: shop}}\n  policyTypes: [Ingress]\n"
    ),
    check=check,
)
