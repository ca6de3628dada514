"""A kustomization leaves out a manifest beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.kubernetes.cluster import joined
from artifacts.kubernetes.kustomize import used_files
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_LEFT_OUT = re.compile(r"example|sample|template|patch|secret", re.I)


def check(context: Context) -> Iterator[Remark]:
    """Examples, patches and secrets, which are applied by hand, are left alone."""
    kustomization = context.manifest.kustomization
    if kustomization is None or not kustomization.resources or kustomization.node.get("generators") is not None:
        return
    folder = context.artifact.path.rpartition("/")[0]
    used = {whole for name in used_files(kustomization) if (whole := joined(folder, name)) is not None}
    for path, manifest in context.cluster.manifests.items():
        where, _, name = path.rpartition("/")
        if where == folder and manifest.objects and path not in used and not _LEFT_OUT.search(name):
            key = kustomization.node.key("resources")
            yield Remark(key.line if key is not None else kustomization.line, f"{name} is not among the resources")


RULE = Rule(
    id="kubernetes_not_gathered",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A file the kustomization leaves out",
    why=("kubectl apply -k applies what the kustomization lists and nothing else. A file that is not listed never reaches the cluster."),
    good=("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\nresources: [web.yaml, api.yaml]\n"),
    bad="apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\nresources: [api.yaml]\n",
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
