"""A restart policy that this kind of workload does not allow."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A Job without any policy gets Always by default, which it may not have."""
    for pod in context.manifest.pods:
        policy = text_of(at(pod.spec, "restartPolicy"))
        if "$" in policy or "{" in policy:
            continue
        if pod.owner.kind in ("Job", "CronJob") and policy not in ("Never", "OnFailure"):
            yield Remark(
                pod.line_of("restartPolicy"),
                f"{pod.owner.title} has the restart policy {policy or 'Always'}; Never or OnFailure is expected",
            )
        elif pod.owner.kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet") and policy not in ("", "Always"):
            yield Remark(
                pod.line_of("restartPolicy"), f"{pod.owner.title} has the restart policy {policy}; Always is the only one it may have"
            )


RULE = Rule(
    id="kubernetes_restart_policy",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A restart policy that does not fit",
    why="A Job needs Never or OnFailure, everything that serves needs Always. The API refuses the other way round.",
    good=(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec:\n  template:\n    spec:\n"
        "      restartPolicy: Never\n      containers: [{name: migrate, image: web:1.0}]\n"
    ),
    bad=(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec:\n  template:\n    spec:\n"
        "      containers: [{name: migrate, image: web:1.0}]\n"
    ),
    check=check,
)
