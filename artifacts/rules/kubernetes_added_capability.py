"""A container is given kernel capabilities that an application does not need."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed
from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_HARMLESS = frozenset({"NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"})


def check(context: Context) -> Iterator[Remark]:
    """Binding a low port is left alone."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            added = [text_of(item) for item in items_of(at(container.node, "securityContext", "capabilities", "add"))]
            strong = [name for name in added if name and name.upper() not in _HARMLESS]
            if strong:
                yield Remark(container.line_of("securityContext"), f"{pod.owner.title}: {container.name} is given {listed(strong)}")


RULE = Rule(
    id="kubernetes_added_capability",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="Capabilities added",
    why=("SYS_ADMIN and its like are as good as root. The restricted profile allows NET_BIND_SERVICE alone, for ports below 1024."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {capabilities: {drop: [ALL]}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {capabilities: {add: [SYS_ADMIN]}}\n"
    ),
    check=check,
)
