"""A container that serves has no liveness probe."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.pods import SERVING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Only containers that declare a port and run until stopped."""
    for pod in context.manifest.pods:
        if pod.owner.kind not in SERVING:
            continue
        for container in pod.running:
            if container.ports and "livenessProbe" not in container.probes:
                yield Remark(container.line, f"{pod.owner.title}: {container.name} has no liveness probe")


RULE = Rule(
    id="kubernetes_no_liveness",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="No liveness probe",
    why="A process that hangs without ending stays for ever: it gets no requests and nobody starts it anew.",
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
        "          livenessProbe: {tcpSocket: {port: http}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
    ),
    check=check,
)
