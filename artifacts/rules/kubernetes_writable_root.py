"""A container can write to its own file system."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.facts import backing_of
from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Databases, which write in many places, are left alone."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            given = text_of(at(container.node, "securityContext", "readOnlyRootFilesystem"))
            if given != "true" and backing_of(container.image) is None:
                yield Remark(container.line_of("securityContext"), f"{pod.owner.title}: {container.name} can write to its own file system")


RULE = Rule(
    id="kubernetes_writable_root",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="A writable root file system",
    why=(
        "With readOnlyRootFilesystem: true an intruder cannot change the program or leave tools behind; an emptyDir serves "
        "for what must be written."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {readOnlyRootFilesystem: true}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
