"""A Service selects no pod of the answer."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed, same_namespace
from artifacts.kubernetes.model import texts_of
from artifacts.kubernetes.pods import SERVING
from artifacts.kubernetes.versions import is_built_in
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where its pods should be here: a workload of its name, one alone in its file, or all in one kustomization."""
    cluster = context.cluster
    if cluster.renamed:
        return
    for item in context.manifest.of("Service"):
        selector = texts_of(item.at("spec", "selector"))
        if not selector or cluster.selected(selector, item):
            continue
        near = [(path, pod) for path, pod in cluster.pods if pod.owner.kind in SERVING and same_namespace(pod.owner, item)]
        beside = [pod for path, pod in near if path == context.artifact.path]
        named = [pod for _, pod in near if pod.owner.name == item.name]
        meant = named or (beside if len(beside) == 1 else [pod for _, pod in near] if cluster.kustomizations else [])
        if meant and not cluster.open_ended and (named or not _made_elsewhere(context)):
            wanted = listed(f"{name}={value}" for name, value in selector.items())
            has = listed(f"{name}={value}" for name, value in meant[0].labels.items())
            message = f"{item.title} selects {wanted}; the pods of {meant[0].owner.title} have {has}"
            yield Remark(item.line_of("spec", "selector"), message)


def _made_elsewhere(context: Context) -> bool:
    """Tell whether custom resources of the answer may make pods of their own."""
    return any(not is_built_in(placed.item.group) for placed in context.cluster.objects)


RULE = Rule(
    id="kubernetes_service_selects_nothing",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A Service that leads to no pod",
    why=("A Service finds its pods by their labels alone. When no pod bears them, connections are refused, and nothing says why."),
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
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: shop}\n  ports: [{port: 80, targetPort: 8000}]\n"
    ),
    check=check,
)
