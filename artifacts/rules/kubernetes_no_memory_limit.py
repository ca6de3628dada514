"""A container may use all memory of its node."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, texts_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """CPU is left alone: it is shared out, memory is not."""
    for pod in context.manifest.pods:
        for container in pod.running:
            if "memory" not in texts_of(at(container.node, "resources", "limits")):
                yield Remark(container.line_of("resources"), f"{pod.owner.title}: {container.name} has no memory limit")


RULE = Rule(
    id="kubernetes_no_memory_limit",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="No memory limit",
    why=(
        "A leak in one pod then takes the node's memory, and the kernel ends whatever it finds. A limit keeps the trouble where it began."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          resources: {limits: {memory: 128Mi}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
