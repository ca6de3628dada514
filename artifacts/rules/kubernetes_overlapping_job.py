"""A job may start while the one before still runs."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Allow, said in so many words, is a choice."""
    for item in context.manifest.of("CronJob"):
        if not item.text("spec", "concurrencyPolicy"):
            yield Remark(item.line_of("spec", "schedule"), f"{item.title} does not say what happens when a run is still going")


RULE = Rule(
    id="kubernetes_overlapping_job",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="Jobs that may overlap",
    why="Without a concurrencyPolicy a run that takes too long is joined by the next one, and the two work on the same data.",
    good=(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec:\n  schedule: 0 3 * * *\n"
        "  concurrencyPolicy: Forbid\n  jobTemplate:\n    spec:\n      template:\n        spec:\n"
        "          restartPolicy: Never\n          containers: [{name: report, image: report:1.0}]\n"
    ),
    bad=(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec:\n  schedule: 0 3 * * *\n  jobTemplate:\n"
        "    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
        "          containers: [{name: report, image: report:1.0}]\n"
    ),
    check=check,
)
