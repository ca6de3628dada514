"""A pod holds a key to the cluster's API that it does not use."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Pods whose account is given rights in the answer need their token."""
    bound = {
        text_of(at(subject, "name"))
        for placed in context.cluster.of("RoleBinding", "ClusterRoleBinding")
        for subject in placed.item.items("subjects")
    }
    for pod in context.manifest.pods:
        account = text_of(at(pod.spec, "serviceAccountName")) or text_of(at(pod.spec, "serviceAccount"))
        given = text_of(at(pod.spec, "automountServiceAccountToken"))
        placed = context.cluster.find("ServiceAccount", account, pod.owner) if account and not given else None
        declined = given == "false" or (placed is not None and placed.item.text("automountServiceAccountToken") == "false")
        if not declined and account not in bound:
            yield Remark(pod.line_of("automountServiceAccountToken"), f"{pod.owner.title} mounts a token for the cluster's API")


RULE = Rule(
    id="kubernetes_mounted_token",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="A token nobody uses",
    why=(
        "Every pod is given a token of its account unless it declines. Whoever breaks in can ask the API with it: say "
        "automountServiceAccountToken: false."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      automountServiceAccountToken: false\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
