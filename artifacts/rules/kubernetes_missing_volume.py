"""A container mounts a volume that the pod does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The templates of a StatefulSet's claims count as volumes."""
    for pod in context.manifest.pods:
        volumes = {text_of(at(node, "name")) for node in items_of(at(pod.spec, "volumes"))}
        volumes |= {text_of(at(node, "metadata", "name")) for node in pod.owner.items("spec", "volumeClaimTemplates")}
        for container in pod.containers:
            for mount in container.mounts:
                if mount.volume not in volumes:
                    yield Remark(mount.line, f"{pod.owner.title}: {container.name} mounts {mount.volume}, which is not among its volumes")


RULE = Rule(
    id="kubernetes_missing_volume",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A mount of a volume that does not exist",
    why="The API refuses a pod whose container mounts a volume that the pod does not define.",
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          volumeMounts: [{name: tmp, mountPath: /tmp}]\n"
        "      volumes: [{name: tmp, emptyDir: {}}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          volumeMounts: [{name: cache, mountPath: /tmp}]\n"
        "      volumes: [{name: tmp, emptyDir: {}}]\n"
    ),
    check=check,
)
