"""A container keeps capabilities it does not use."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Dropping ALL is asked for; naming some is not enough for the restricted profile."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            dropped = {text_of(item).upper() for item in items_of(at(container.node, "securityContext", "capabilities", "drop"))}
            if "ALL" not in dropped:
                yield Remark(container.line_of("securityContext"), f"{pod.owner.title}: {container.name} does not drop all capabilities")


RULE = Rule(
    id="kubernetes_kept_capabilities",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="Capabilities kept",
    why=(
        "A container starts with some dozen of the kernel's privileges, such as changing owners of files. Dropping ALL costs "
        "an application nothing."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {capabilities: {drop: [ALL]}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {capabilities: {drop: [NET_RAW]}}\n"
    ),
    check=check,
)
