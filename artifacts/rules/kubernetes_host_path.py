"""A pod mounts a folder of the node."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Each such volume is reported with its path."""
    for pod in context.manifest.pods:
        for volume in items_of(at(pod.spec, "volumes")):
            path = text_of(at(volume, "hostPath", "path"))
            if path:
                engine = ", the container engine itself" if path.endswith((".sock", "/docker", "/containerd")) else ""
                yield Remark(volume.line, f"{pod.owner.title} mounts {path[:80]} of the node{engine}")


RULE = Rule(
    id="kubernetes_host_path",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A folder of the node in a pod",
    why=("Through hostPath a pod reads and changes what belongs to the node: its container engine's socket, its keys, other pods' files."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n      volumes: [{name: tmp, emptyDir: {}}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n      volumes: [{name: engine, hostPath: {path: /var/run/docker.sock}}]\n"
    ),
    check=check,
)
