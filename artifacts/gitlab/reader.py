"""Pipeline text to the typed structure; what is not of the expected shape is left to the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from artifacts.dockerfile.model import Fault
from artifacts.errors import UnreadableArtifact
from artifacts.gitlab.model import RESERVED, USUAL_STAGES, Job, Pipeline
from artifacts.keeping import keep, text_length
from artifacts.workflows.reader import mapping, text_of, texts_of
from artifacts.yamltree import Node, read_lenient

MAX_JOBS = 1000
MAX_DEPTH = 11
"""How deep `extends` may go, as GitLab has it."""
_INHERITED = ("image", "services", "before_script", "after_script", "cache", "timeout", "interruptible", "tags", "retry", "artifacts")


@keep(text_length)
def read_pipeline(text: str) -> Pipeline:
    """Read a pipeline; never raises, an unreadable text gives a fault. A first document with `spec` describes inputs only."""
    try:
        whole, repeated = read_lenient(text)
    except UnreadableArtifact as error:
        return Pipeline(faults=(Fault(error.line or 1, error.message),))
    documents = [node for node in whole if node.kind != "scalar" or node.value is not None]
    if len(documents) > 1 and documents[0].kind == "map" and documents[0].get("spec") is not None:
        documents = documents[1:]
    if not documents:
        return Pipeline(faults=(Fault(1, "the file is empty"),))
    root = documents[0]
    if root.kind != "map":
        return Pipeline(root, faults=(Fault(root.line, "a pipeline is a map of jobs"),))
    stages = root.get("stages")
    declared = stages is not None and stages.kind == "list"
    named = tuple(name for name, _ in _texts(stages))
    return Pipeline(
        root=root,
        stages=(".pre", *named, ".post") if declared else USUAL_STAGES,
        declared=declared,
        includes=root.get("include") is not None,
        jobs=tuple(_jobs(root)),
        repeated=repeated,
    )


def _jobs(root: Node) -> Iterator[Job]:
    raw = {name: (key, value) for name, key, value in root.entries() if name not in RESERVED and value.kind == "map"}
    default = mapping(root.get("default"))
    whole = {key: node for key in _INHERITED if (node := default.get(key) or root.get(key)) is not None}
    for number, (name, (key, value)) in enumerate(raw.items()):
        if number >= MAX_JOBS:
            return
        keys, incomplete = _resolved(name, raw, 0)
        inherits = mapping(keys.get("inherit")).get("default")
        if not name.startswith(".") and text_of(inherits) != "false":
            keys = {**whole, **keys}
        script = [*_texts(keys.get("before_script")), *_texts(keys.get("script"))]
        yield Job(
            name=name,
            node=value,
            line=key.line,
            keys=keys,
            extends=tuple(texts_of(value.get("extends"))),
            needs=tuple(_needs(keys.get("needs"))),
            image=_image(keys.get("image")),
            services=tuple(filter(None, (_image(item) for item in _items(keys.get("services"))))),
            script=tuple(script),
            incomplete=incomplete,
        )


def _resolved(name: str, raw: Mapping[str, tuple[Node, Node]], depth: int) -> tuple[dict[str, Node], bool]:
    """Return a job's keys with what it extends filled in, and whether something it extends is not in this file."""
    own = mapping(raw[name][1])
    keys: dict[str, Node] = {}
    incomplete = False
    for parent, _ in texts_of(own.get("extends")):
        if parent not in raw or depth >= MAX_DEPTH:
            incomplete = True
            continue
        inherited, missing = _resolved(parent, raw, depth + 1)
        keys.update(inherited)
        incomplete = incomplete or missing
    return {**keys, **own}, incomplete


def _needs(node: Node | None) -> Iterator[tuple[str, int, bool]]:
    for item in _items(node):
        if item.kind == "map":
            job = text_of(item.get("job"))
            outside = item.get("pipeline") is not None or item.get("project") is not None
            if job and not outside:
                yield job, item.line, text_of(item.get("optional")) == "true"
        elif text_of(item):
            yield text_of(item), item.line, False


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if node is not None and node.kind == "list" and node.tag is None else ()


def _texts(node: Node | None, depth: int = 0) -> list[tuple[str, int]]:
    """Return the lines of a script; lists inside it count, references to other jobs do not."""
    if node is None or depth > 10 or node.tag is not None:
        return []
    if node.kind == "list":
        return [line for item in node.items for line in _texts(item, depth + 1)]
    return [(text_of(node), node.line)] if text_of(node) else []


def _image(node: Node | None) -> str:
    return text_of(node) or text_of(mapping(node).get("name"))
