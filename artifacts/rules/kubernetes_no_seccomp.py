"""A pod runs without a filter of system calls."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark a pod, at the first container without one."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            if text_of(at(pod.secure(container, "seccompProfile"), "type")) not in ("RuntimeDefault", "Localhost"):
                yield Remark(container.line, f"{pod.owner.title}: {container.name} has no seccomp profile; RuntimeDefault suits everybody")
                break


RULE = Rule(
    id="kubernetes_no_seccomp",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="No seccomp profile",
    why=("RuntimeDefault blocks system calls that no application needs and exploits do. Unless the cluster sets it, a pod runs without."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      securityContext: {seccompProfile: {type: RuntimeDefault}}\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
