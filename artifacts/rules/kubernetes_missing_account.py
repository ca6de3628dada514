"""A pod runs under an account that is not here."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where the answer has other accounts."""
    cluster = context.cluster
    if cluster.renamed or cluster.open_ended or not list(cluster.of("ServiceAccount")):
        return
    for pod in context.manifest.pods:
        account = text_of(at(pod.spec, "serviceAccountName"))
        if account not in ("", "default") and "$" not in account and cluster.find("ServiceAccount", account, pod.owner) is None:
            yield Remark(pod.line_of("serviceAccountName"), f"{pod.owner.title} runs under the account {account}, which is not here")


RULE = Rule(
    id="kubernetes_missing_account",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="An account that is not here",
    why=("Pods whose ServiceAccount does not exist are not made at all; the reason stands in the events of the ReplicaSet alone."),
    good=(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n---\napiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n"
        "    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: web\n      containers:\n"
        "        - name: web\n          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api}\n---\napiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n"
        "    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: web\n      containers:\n"
        "        - name: web\n          image: web:1.0\n"
    ),
    check=check,
)
