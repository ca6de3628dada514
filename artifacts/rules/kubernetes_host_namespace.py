"""A pod shares the node's network or processes."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Each of the three is reported."""
    for pod in context.manifest.pods:
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if text_of(at(pod.spec, key)) == "true":
                yield Remark(pod.line_of(key), f"{pod.owner.title} sets {key}")


RULE = Rule(
    id="kubernetes_host_namespace",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="The node's network or processes shared",
    why=("hostNetwork puts a pod past every NetworkPolicy, hostPID shows it all processes of the node. Applications need neither."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      hostNetwork: false\n      containers:\n"
        "        - name: web\n          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      hostNetwork: true\n      containers:\n"
        "        - name: web\n          image: web:1.0\n"
    ),
    check=check,
)
