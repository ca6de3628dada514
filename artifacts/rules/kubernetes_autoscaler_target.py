"""An autoscaler scales a workload that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed, same_namespace
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where its workload should be here: in the same file, under the autoscaler's own name, or in one kustomization."""
    cluster = context.cluster
    if cluster.renamed or cluster.open_ended:
        return
    for item in context.manifest.of("HorizontalPodAutoscaler"):
        kind, name = item.text("spec", "scaleTargetRef", "kind"), item.text("spec", "scaleTargetRef", "name")
        others = [placed for placed in cluster.of(kind) if same_namespace(placed.item, item)]
        here = cluster.kustomizations or any(placed.path == context.artifact.path or placed.item.name == item.name for placed in others)
        if others and here and name not in {placed.item.name for placed in others}:
            shown = listed(placed.item.name for placed in others)
            line = item.line_of("spec", "scaleTargetRef", "name")
            yield Remark(line, f"{item.title} scales the {kind} {name}, which is not here; there is {shown}")


RULE = Rule(
    id="kubernetes_autoscaler_target",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="An autoscaler without its workload",
    why=("The autoscaler looks its workload up by kind and name. When there is none it does nothing, and says so only in its own status."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: autoscaling/v2\n"
        "kind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas: 2\n  maxReplicas: 4\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: autoscaling/v2\n"
        "kind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: website}\n  minReplicas: 2\n  maxReplicas: 4\n"
    ),
    check=check,
)
