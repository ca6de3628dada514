"""A container does not say what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, texts_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Limits count: they are requests too where none are given."""
    for pod in context.manifest.pods:
        for container in pod.running:
            given = {*texts_of(at(container.node, "resources", "requests")), *texts_of(at(container.node, "resources", "limits"))}
            missing = [name for name in ("cpu", "memory") if name not in given]
            if missing:
                message = f"{pod.owner.title}: {container.name} does not request {' and '.join(missing)}"
                yield Remark(container.line_of("resources"), message)


RULE = Rule(
    id="kubernetes_no_requests",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="No requests",
    why=("The scheduler places a pod by its requests. Without them it may land on a full node, and is the first to be thrown out."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          resources: {requests: {cpu: 100m, memory: 128Mi}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          resources: {requests: {memory: 128Mi}}\n"
    ),
    check=check,
)
