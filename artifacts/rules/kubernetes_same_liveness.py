"""A slow start is taken for a hang: liveness asks what readiness asks, from the first second."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, number_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A startup probe, a delay, or a liveness probe of another kind answers it."""
    for pod in context.manifest.pods:
        for container in pod.running:
            alive, ready = container.probes.get("livenessProbe"), container.probes.get("readinessProbe")
            if alive is None or ready is None or "startupProbe" in container.probes:
                continue
            same = (alive.form, alive.port, alive.path, alive.command) == (ready.form, ready.port, ready.path, ready.command)
            delay = number_of(at(alive.node, "initialDelaySeconds")) or 0
            patience = (number_of(at(alive.node, "periodSeconds")) or 10) * (number_of(at(alive.node, "failureThreshold")) or 3)
            if same and delay + patience <= 30:
                yield Remark(
                    alive.line,
                    f"{pod.owner.title}: {container.name} is restarted when it takes more than {delay + patience} seconds to start",
                )


RULE = Rule(
    id="kubernetes_same_liveness",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="Liveness that does not wait",
    why=("A liveness probe begins at once. Without a startup probe or a delay a slow start is ended before it is done, again and again."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
        "          startupProbe: {httpGet: {path: /health, port: http}}\n"
        "          readinessProbe: {httpGet: {path: /health, port: http}}\n"
        "          livenessProbe: {httpGet: {path: /health, port: http}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
        "          readinessProbe: {httpGet: {path: /health, port: http}}\n"
        "          livenessProbe: {httpGet: {path: /health, port: http}}\n"
    ),
    check=check,
)
