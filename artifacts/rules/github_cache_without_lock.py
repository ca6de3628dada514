"""A cache's key does not change with what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_CHANGES = re.compile(r"hashFiles\(|github\.(?:sha|run_id|run_number|run_attempt|ref)|steps\.|env\.|needs\.|inputs\.|matrix\.")


def check(context: Context) -> Iterator[Remark]:
    """A hash of the lock file, or anything else that differs between runs, is enough."""
    for job, step in context.workflow.steps():
        if step.use is None or step.use.name not in ("actions/cache", "actions/cache/save"):
            continue
        key = step.text("key")
        if key and not _CHANGES.search(key):
            yield Remark(step.line, f"{job.id} keeps its cache under the fixed key {key[:60]}; add hashFiles of the lock file")


RULE = Rule(
    id="github_cache_without_lock",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.WARNING,
    title="A cache that never changes",
    why="A key is written once: after the first run the cache stays as it is, and new dependencies are fetched every time.",
    good="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/cache@v5\n"
    "        with:\n          path: ~/.cache/pip\n"
    "          key: pip-${{ hashFiles('requirements.txt') }}\n",
    bad="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/cache@v5\n"
    "        with:\n          path: ~/.cache/pip\n          key: pip\n",
    check=check,
)
