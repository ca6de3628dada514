"""A workload runs under the account that all of the namespace share."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark a workload."""
    for pod in context.manifest.pods:
        account = text_of(at(pod.spec, "serviceAccountName")) or text_of(at(pod.spec, "serviceAccount"))
        if account in ("", "default"):
            yield Remark(pod.line_of("serviceAccountName"), f"{pod.owner.title} runs under the default account")


RULE = Rule(
    id="kubernetes_default_account",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="The default account",
    why=("Rights given to the account named default are given to every pod of the namespace. An account of its own keeps them apart."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: web\n      containers:\n"
        "        - name: web\n          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
