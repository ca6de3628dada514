"""A container that serves has no readiness probe."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.pods import SERVING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Only containers that declare a port and run until stopped; one probe a pod is enough, since the pod is ready as a whole."""
    for pod in context.manifest.pods:
        serving = [container for container in pod.running if any(port.protocol == "TCP" for port in container.ports)]
        if pod.owner.kind not in SERVING or not serving or any("readinessProbe" in container.probes for container in pod.containers):
            continue
        yield Remark(
            serving[0].line, f"{pod.owner.title}: {serving[0].name} listens on {serving[0].ports[0].number} and has no readiness probe"
        )


RULE = Rule(
    id="kubernetes_no_readiness",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="No readiness probe",
    why=("Without one a pod gets requests from its first moment, before the application listens, and keeps getting them when it hangs."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
        "          readinessProbe: {tcpSocket: {port: http}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
    ),
    check=check,
)
