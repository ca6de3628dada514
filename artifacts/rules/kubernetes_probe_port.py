"""A probe asks a port by a name that its container does not give."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A name must be declared; a number need not be, which is the other rule's concern."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            for kind, probe in container.probes.items():
                if probe.port and container.port_number(probe.port) is None:
                    yield Remark(
                        probe.line, f"{pod.owner.title}: {kind} asks the port {probe.port!r}, which {container.name} does not name"
                    )


RULE = Rule(
    id="kubernetes_probe_port",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A probe that asks a port of no name",
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
        "          readinessProbe: {httpGet: {path: /, port: web}}\n"
    ),
    check=check,
)
