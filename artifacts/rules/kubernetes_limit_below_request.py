"""A container requests more than its limit allows."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, texts_of
from artifacts.kubernetes.quantities import quantity
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Amounts are compared as numbers, whatever their unit."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            limits = texts_of(at(container.node, "resources", "limits"))
            for name, asked in texts_of(at(container.node, "resources", "requests")).items():
                wanted, most = quantity(asked), quantity(limits.get(name, ""))
                if wanted is not None and most is not None and wanted > most:
                    message = f"{container.name} requests {asked} of {name} and may use {limits[name]}"
                    yield Remark(container.line_of("resources"), f"{pod.owner.title}: {message}")


RULE = Rule(
    id="kubernetes_limit_below_request",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A request above its limit",
    why="The API refuses a container that asks for more of a resource than it may use.",
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          resources: {requests: {memory: 256Mi}, limits: {memory: 0.5Gi}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          resources: {requests: {memory: 1Gi}, limits: {memory: 512Mi}}\n"
    ),
    check=check,
)
