"""A pod waits for a volume claim that is not here."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where the answer has other claims, or a kustomization that should gather them."""
    cluster = context.cluster
    if cluster.renamed or cluster.open_ended or not (cluster.kustomizations or list(cluster.of("PersistentVolumeClaim"))):
        return
    for pod in context.manifest.pods:
        for volume in items_of(at(pod.spec, "volumes")):
            name = text_of(at(volume, "persistentVolumeClaim", "claimName"))
            if name and "$" not in name and cluster.find("PersistentVolumeClaim", name, pod.owner) is None:
                yield Remark(volume.line, f"{pod.owner.title} mounts the claim {name}, which is not here")


RULE = Rule(
    id="kubernetes_missing_claim",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A claim that is not here",
    why="A pod whose claim does not exist stays pending. When the claim is made elsewhere, say so beside the pod.",
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n      volumes: [{name: files, persistentVolumeClaim: {claimName: files}}]\n---\n"
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: files}\n"
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n      volumes: [{name: files, persistentVolumeClaim: {claimName: uploads}}]\n---\n"
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: files}\n"
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    ),
    check=check,
)
