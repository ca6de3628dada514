"""A cache's key does not change with what it holds."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.reader import mapping, text_of


def check(context: Context) -> Iterator[Remark]:
    """A key from files or with a variable in it changes; one remark a file."""
    for job in context.pipeline.running():
        cache = job.keys.get("cache")
        for entry in cache.items if cache is not None and cache.kind == "list" else (cache,):
            keys = mapping(entry)
            if not keys.get("paths"):
                continue
            key = keys.get("key")
            if key is None or (key.kind == "scalar" and "$" not in text_of(key)):
                said = f"the fixed key {text_of(key)}" if key is not None else "no key"
                yield Remark((entry or job.node).line, f"{job.name} keeps its cache under {said}; use `key: files:` with the lock file")
                return


RULE = Rule(
    id="gitlab_cache_without_lock",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="A cache that never changes",
    why="Jobs of every branch write into one cache, whatever their dependencies are; with the lock file as its key each set has its own.",
    good="unit:\n  cache:\n    key:\n      files: [uv.lock]\n    paths: [.cache]\n  script: [pytest]\n",
    bad="unit:\n  cache:\n    key: python\n    paths: [.cache]\n  script: [pytest]\n",
    check=check,
)
