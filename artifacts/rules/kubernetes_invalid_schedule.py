"""A CronJob's schedule is not one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_PART = r"(?:\*|[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?)(?:/[0-9]+)?"
_FIELD = rf"(?:\?|{_PART}(?:,{_PART}){{0,59}})"
_NAMED = r"@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)"
_SCHEDULE = re.compile(rf"^(?:(?:CRON_)?TZ=\S+ )?(?:{_NAMED}|{_FIELD}(?:\s+{_FIELD}){{4}})$")


def check(context: Context) -> Iterator[Remark]:
    """Placeholders of templates are left alone."""
    for item in context.manifest.of("CronJob"):
        schedule = item.text("spec", "schedule").strip()
        if schedule and "$" not in schedule and "{" not in schedule and not _SCHEDULE.match(schedule[:500]):
            yield Remark(item.line_of("spec", "schedule"), f"{item.title}: {schedule[:60]!r} is not a schedule of five fields")


RULE = Rule(
    id="kubernetes_invalid_schedule",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A schedule that is not one",
    why="The schedule has five fields: minute, hour, day of month, month, day of week. Six fields or free words are refused.",
    good=(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec:\n  schedule: '*/15 8-18 * * 1-5'\n"
        "  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
        "          containers: [{name: report, image: report:1.0}]\n"
    ),
    bad=(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec:\n  schedule: every 15 minutes\n  jobTemplate:\n"
        "    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
        "          containers: [{name: report, image: report:1.0}]\n"
    ),
    check=check,
)
