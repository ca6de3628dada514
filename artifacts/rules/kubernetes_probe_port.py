"""A probe asks a port its container does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A number that no declared port bears is reported only where the container declares any; a name always."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            declared = {port.number for other in pod.containers for port in other.ports}
            for kind, probe in container.probes.items():
                if not probe.port:
                    continue
                number = container.port_number(probe.port)
                if number is None:
                    yield Remark(
                        probe.line, f"{pod.owner.title}: {kind} asks the port {probe.port!r}, which {container.name} does not name"
                    )
                elif container.ports and number not in declared and not container.mentions(str(number)):
                    shown = listed(str(port.number) for port in container.ports)
                    yield Remark(probe.line, f"{pod.owner.title}: {kind} asks port {number}, {container.name} listens on {shown}")


RULE = Rule(
    id="kubernetes_probe_port",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A probe that asks the wrong port",
    why=("A probe that is never answered keeps the pod from becoming ready, or restarts it for ever, although the application is well."),
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
