"""A kustomization lists a file that is not here."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import joined
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Folders, addresses and files of other folders are left alone; judged where the answer holds other files of this one."""
    kustomization = context.manifest.kustomization
    folder = context.artifact.path.rpartition("/")[0]
    beside = {path for path in context.cluster.manifests if path.rpartition("/")[0] == folder}
    if kustomization is None or len(beside) < 2:
        return
    for name, line in kustomization.resources:
        if "/" not in name and name.endswith((".yaml", ".yml")) and joined(folder, name) not in context.paths:
            yield Remark(line, f"{name} is not among the files of the answer")


RULE = Rule(
    id="kubernetes_missing_resource",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A resource that is not here",
    why=(
        "kustomize stops at the first file it cannot find, and nothing is applied. A file that exists in the repository "
        "already need not be in the answer."
    ),
    good=("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\nresources: [web.yaml, api.yaml]\n"),
    bad=(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\n"
        "resources: [web.yaml, api.yaml, database.yaml]\n"
    ),
    beside=(
        (
            "k8s/web.yaml",
            (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
                "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
                "          image: web:1.0\n"
            ),
        ),
        (
            "k8s/api.yaml",
            (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  selector: {matchLabels: {app: web}}\n"
                "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: api\n"
                "          image: web:1.0\n"
            ),
        ),
    ),
    check=check,
)
