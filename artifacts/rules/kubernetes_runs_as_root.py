"""A container runs as root, or may."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.facts import user_text
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A user given by number, or runAsNonRoot, answers the question; the image alone does not."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            user = user_text(pod, container)
            if user == "root":
                yield Remark(container.line_of("securityContext"), f"{pod.owner.title}: {container.name} runs as root")
            elif user == "image":
                yield Remark(
                    container.line,
                    f"{pod.owner.title}: {container.name} may run as root; neither runAsNonRoot nor runAsUser says otherwise",
                )


RULE = Rule(
    id="kubernetes_runs_as_root",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A container that may run as root",
    why=(
        "Whoever breaks out of a process that is root is root on the node's kernel too. Say runAsNonRoot, and the number of "
        "the image's own user."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        "      securityContext: {runAsNonRoot: true, runAsUser: 10001}\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          securityContext: {runAsUser: 0}\n"
    ),
    check=check,
)
