"""A container's processes may gain rights."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A privileged container is another rule's business."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            own = at(container.node, "securityContext")
            if text_of(at(own, "privileged")) != "true" and text_of(at(own, "allowPrivilegeEscalation")) != "false":
                message = f"{pod.owner.title}: {container.name} does not say allowPrivilegeEscalation: false"
                yield Remark(container.line_of("securityContext"), message)


RULE = Rule(
    id="kubernetes_privilege_escalation",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="Rights that can be gained",
    why=(
        "Without allowPrivilegeEscalation: false a set-uid program in the image lifts a process to root. The restricted "
        "profile refuses such pods."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {allowPrivilegeEscalation: false}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
