"""Which jobs of a pipeline push an image, under which name, and from where they can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.gitlab.model import Job, Pipeline
from artifacts.images import reference
from artifacts.pipelines import by_purpose, commands
from artifacts.workflows.reader import mapping, text_of, texts_of
from artifacts.yamltree import Node

_TARGET = re.compile(
    r"(?:docker|podman|buildah)\s+(?:image\s+)?push\s+(?:--?\S+\s+)*['\"]?([^\s'\"]+)|--destination[ =]['\"]?([^\s'\"]+)"
    r"|docker://([^\s'\"]+)|name=['\"]?([^\s,'\"]+)|--tag[ =]['\"]?([^\s'\"]+)|-t\s+['\"]?([^\s'\"]+)"
)
_DEFAULT = re.compile(r"\$CI_DEFAULT_BRANCH|\$CI_COMMIT_(?:BRANCH|REF_NAME)\s*==\s*['\"](?:main|master|trunk)|^(?:main|master|trunk)$")
_TAG = re.compile(r"\$CI_COMMIT_TAG\b|^tags$")
_PROPOSAL = re.compile(r"merge_request_event|\$CI_MERGE_REQUEST_\w+|^merge_requests$|external_pull_request")


def pushes(pipeline: Pipeline) -> Iterator[Job]:
    """Yield the jobs that push an image."""
    for job in pipeline.running():
        if "push" in by_purpose(job.text) or re.search(r"--destination[ =]", job.text):
            yield job


def image_names(pipeline: Pipeline, job: Job) -> list[str]:
    """Return the repositories a job pushes to, the file's own variables filled in, without tags."""
    values = {**_variables(pipeline.root.get("variables") if pipeline.root else None), **_variables(job.keys.get("variables"))}
    names: dict[str, None] = {}
    for command in commands(job.text):
        if not re.search(r"push|--destination|docker://", command):
            continue
        for match in _TARGET.finditer(command):
            text = next(group for group in match.groups() if group)
            for _ in range(3):
                text = re.sub(r"\$\{?(\w+)\}?", lambda hit: values.get(hit[1]) or hit[0], text)[:500]
            names[re.sub(r"\$\{(\w+)\}", r"$\1", reference(text).repository)] = None
    return [name for name in names if name]


def _variables(node: Node | None) -> dict[str, str]:
    return {name: text_of(value) or text_of(mapping(value).get("value")) for name, value in mapping(node).items()}


def reaches(pipeline: Pipeline, job: Job) -> tuple[str, ...]:
    """Return from where a job can be reached: `merge requests`, `default branch`, `tags`, `every branch`, `by hand`."""
    conditions = list(_conditions(job))
    if conditions is None or not conditions:
        whole = pipeline.root.get("workflow") if pipeline.root is not None else None
        conditions = [text for text, never in _rules(mapping(whole).get("rules")) if not never] if whole is not None else []
        if not conditions:
            return ("every branch",)
    found: dict[str, None] = {}
    for text in conditions:
        name = (
            "merge requests" if _PROPOSAL.search(text) and "!=" not in text
            else "default branch" if _DEFAULT.search(text)
            else "tags" if _TAG.search(text)
            else "every branch" if text in ("", "branches") or "$CI_COMMIT_BRANCH" in text
            else "a condition"
        )  # fmt: skip
        found[name] = None
    return tuple(found)


def _conditions(job: Job) -> Iterator[str]:
    rules = job.keys.get("rules")
    if rules is not None:
        yield from (text for text, never in _rules(rules) if not never)
        return
    only = job.keys.get("only")
    if only is not None:
        refs = mapping(only).get("refs") if only.kind == "map" else only
        yield from (text for text, _ in texts_of(refs))


def _rules(node: Node | None) -> Iterator[tuple[str, bool]]:
    for item in node.items if node is not None and node.kind == "list" else ():
        keys = mapping(item)
        if item.kind == "map":
            yield text_of(keys.get("if")), text_of(keys.get("when")) == "never"
