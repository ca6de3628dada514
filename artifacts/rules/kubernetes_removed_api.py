"""An API version that today's Kubernetes no longer serves."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.versions import GONE, versions_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Kinds that came later in one of these versions are left alone."""
    for item in context.manifest.objects:
        successor = GONE.get(item.api_version)
        if successor is not None and item.api_version not in versions_of(item.kind):
            yield Remark(item.line_of("apiVersion"), f"{item.title} uses {item.api_version}, which is no longer served; use {successor}")


RULE = Rule(
    id="kubernetes_removed_api",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="An API version that is gone",
    why=("A cluster answers an unknown version with: no matches for kind. Every version here was removed years ago and has a successor."),
    good=(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec:\n  schedule: 0 3 * * *\n  jobTemplate:\n"
        "    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
        "          containers: [{name: report, image: report:1.0}]\n"
    ),
    bad=(
        "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: report}\nspec:\n  schedule: 0 3 * * *\n  jobTemplate:\n"
        "    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
        "          containers: [{name: report, image: report:1.0}]\n"
    ),
    check=check,
)
