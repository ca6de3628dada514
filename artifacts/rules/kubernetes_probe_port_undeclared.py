"""A probe asks a port that its container does not declare."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Only where the container declares ports; a number that its command or environment mentions is one it listens on."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            declared = {port.number for other in pod.containers for port in other.ports}
            for kind, probe in container.probes.items():
                number = container.port_number(probe.port) if probe.port else None
                if number is not None and container.ports and number not in declared and not container.mentions(str(number)):
                    shown = listed(str(port.number) for port in container.ports)
                    yield Remark(probe.line, f"{pod.owner.title}: {kind} asks port {number}, {container.name} listens on {shown}")


RULE = Rule(
    id="kubernetes_probe_port_undeclared",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A probe that asks an undeclared port",
    why=("A container may listen on ports it does not declare; more often the number is wrong, and the pod never becomes ready."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
        "          readinessProbe: {httpGet: {path: /, port: http}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
        "          readinessProbe: {httpGet: {path: /, port: 3000}}\n"
    ),
    check=check,
)
