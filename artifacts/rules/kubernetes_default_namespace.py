"""An object lands in the namespace default."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark a file, at its first workload; a kustomization's namespace counts."""
    for pod in context.manifest.pods:
        if context.cluster.namespace(pod.owner) in ("", "default"):
            yield Remark(pod.owner.line_of("metadata"), f"{pod.owner.title} names no namespace of its own")
            return


RULE = Rule(
    id="kubernetes_default_namespace",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="The default namespace",
    why=("Everything that names no namespace ends up together: policies, quotas and rights cannot tell one application from another."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
