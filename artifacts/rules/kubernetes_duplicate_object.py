"""The same object stands twice in one file, or in two files of one kustomization."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import joined
from artifacts.kubernetes.model import KubeObject
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Files that no kustomization gathers may be alternatives to each other."""
    seen: dict[tuple[str, str, str, str], str] = {}
    gathered = _gathered(context)
    own = context.artifact.path
    if own in gathered:
        for path, manifest in context.cluster.manifests.items():
            if path != own and path in gathered and path < own:
                for item in manifest.objects:
                    seen.setdefault(_key(item), f"{path}:{item.line}")
    for item in context.manifest.objects:
        first = seen.get(_key(item))
        if first is not None and item.name:
            yield Remark(item.line, f"{item.title} is given twice, first in {first}")
        seen.setdefault(_key(item), f"{own}:{item.line}")


def _key(item: KubeObject) -> tuple[str, str, str, str]:
    return item.group, item.kind, item.namespace, item.name


def _gathered(context: Context) -> set[str]:
    """Return the files that one kustomization of the answer gathers, when there is exactly one."""
    if len(context.cluster.kustomizations) != 1:
        return set()
    path, kustomization = context.cluster.kustomizations[0]
    folder = path.rpartition("/")[0]
    return {whole for name, _ in kustomization.resources if (whole := joined(folder, name)) is not None}


RULE = Rule(
    id="kubernetes_duplicate_object",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="An object that is given twice",
    why=("The second object of a name replaces the first when it is applied, and kustomize refuses both. One of them is a mistake."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8000}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8000}]\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n"
        "  ports: [{port: 80, targetPort: http}]\n"
    ),
    check=check,
)
