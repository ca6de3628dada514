"""A container's image has no version."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import is_moving
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The tag that a kustomization of the answer gives counts."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            image = context.cluster.image(container)
            if image and "$" not in image and "{" not in image and image.strip() and is_moving(image):
                yield Remark(container.line_of("image"), f"{pod.owner.title}: {container.name} runs {image[:100]}, which names no version")


RULE = Rule(
    id="kubernetes_moving_tag",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="An image without a version",
    why=("The next pod may run other code than the one beside it, and there is nothing to roll back to. Name a version, or a digest."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:latest\n"
    ),
    check=check,
)
