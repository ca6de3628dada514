"""COPY takes a path that the answer's own .dockerignore leaves out."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import PurePosixPath

from artifacts.comparing.dockerignore import patterns
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Apply the patterns in order, the last that matches a path or one of its folders decides."""
    folder = PurePosixPath(context.artifact.path).parent
    names = (f"{context.artifact.path}.dockerignore", str(folder / ".dockerignore"))
    content = next((item.content for name in names for item in context.artifacts if item.path == name), None)
    if content is None:
        return
    rules = patterns(content)
    for stage in context.dockerfile.stages:
        for copy in stage.of("COPY", "ADD"):
            if copy.flag("from") is not None:
                continue
            for source in copy.sources()[:50]:
                path = source.removeprefix("./").strip("/")
                if path in ("", ".") or any(char in path for char in "*?[$") or "://" in path:
                    continue
                if _is_ignored(path, rules):
                    yield Remark(copy.line, f"{source} is copied, but .dockerignore keeps it out of the build")


def _is_ignored(path: str, rules: tuple[str, ...]) -> bool:
    ignored = False
    parts = path.split("/")
    candidates = ["/".join(parts[: index + 1]) for index in range(len(parts))]
    for rule in rules[:500]:
        negated = rule.startswith("!")
        pattern = rule.lstrip("!")
        if negated and pattern.startswith(f"{path}/"):
            return False
        if any(_matches(candidate, pattern) for candidate in candidates):
            ignored = not negated
    return ignored


def _matches(path: str, pattern: str) -> bool:
    """Match as Docker does: `*` stays inside one folder, `**/` stands for any number of them."""
    if pattern in ("*", "**"):
        return True
    if pattern.startswith("**/"):
        tail = pattern[3:]
        return any(_matches("/".join(path.split("/")[index:]), tail) for index in range(path.count("/") + 1))
    if path.count("/") != pattern.count("/"):
        return False
    return all(fnmatch.fnmatchcase(part, rule) for part, rule in zip(path.split("/"), pattern.split("/"), strict=True))


RULE = Rule(
    id="dockerfile_copies_ignored_file",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="A copied file is kept out by .dockerignore",
    why="What .dockerignore excludes never reaches the builder, so COPY fails with `not found` although the file is there.",
    good="FROM nginx:1.29-alpine\nCOPY dist /usr/share/nginx/html\nUSER nginx\n",
    bad="FROM nginx:1.29-alpine\nCOPY node_modules /usr/share/nginx/html\nUSER nginx\n",
    beside=((".dockerignore", "node_modules\n.git\n.env\n"),),
    check=check,
)
