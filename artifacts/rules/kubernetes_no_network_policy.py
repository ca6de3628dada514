"""Every pod of the cluster may talk to these."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.pods import SERVING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark, at the first workload of the answer that serves."""
    if any(True for _ in context.cluster.of("NetworkPolicy", "CiliumNetworkPolicy", "AuthorizationPolicy")):
        return
    serving = [
        (path, pod) for path, pod in context.cluster.pods if pod.owner.kind in SERVING and any(container.ports for container in pod.running)
    ]
    if serving and serving[0][0] == context.artifact.path:
        pod = serving[0][1]
        yield Remark(pod.owner.line, f"nothing restricts who may reach {pod.owner.title} and the others")


RULE = Rule(
    id="kubernetes_no_network_policy",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="No NetworkPolicy",
    why="Without a policy a pod takes connections from every other pod, those of other teams and of an intruder included.",
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec:\n  podSelector: {}\n"
        "  policyTypes: [Ingress]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
    ),
    check=check,
)
