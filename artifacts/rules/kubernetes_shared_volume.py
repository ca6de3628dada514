"""Several pods share a volume that only one node may mount."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import pod_counts
from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """StatefulSets, whose pods have a volume each, are left alone."""
    for pod in context.manifest.pods:
        if pod.owner.kind != "Deployment" or pod_counts(context.cluster, pod)[1] < 2:
            continue
        for volume in items_of(at(pod.spec, "volumes")):
            name = text_of(at(volume, "persistentVolumeClaim", "claimName"))
            claim = context.cluster.find("PersistentVolumeClaim", name, pod.owner) if name else None
            modes = {text_of(mode) for mode in claim.item.items("spec", "accessModes")} if claim is not None else set()
            if claim is not None and modes and not modes & {"ReadWriteMany", "ReadOnlyMany"}:
                yield Remark(
                    volume.line, f"{pod.owner.title} runs several pods on the volume {name}, which one node may mount ({claim.where})"
                )


RULE = Rule(
    id="kubernetes_shared_volume",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="One volume for several pods",
    why=("A ReadWriteOnce volume is mounted on one node. The second pod, on another one, waits for it for ever; so does a rolling update."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n      volumes: [{name: files, persistentVolumeClaim: {claimName: files}}]\n---\n"
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: files}\n"
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      containers:\n        - name: web\n          image: web:1.0\n"
        "      volumes: [{name: files, persistentVolumeClaim: {claimName: files}}]\n---\napiVersion: v1\n"
        "kind: PersistentVolumeClaim\nmetadata: {name: files}\n"
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    ),
    check=check,
)
