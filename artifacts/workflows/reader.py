"""Workflow text to the typed structure; what is not of the expected shape is left to the schema, only unreadable text is a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from artifacts.dockerfile.model import Fault
from artifacts.errors import UnreadableArtifact
from artifacts.keeping import keep, text_length
from artifacts.workflows.model import Job, Step, Workflow, use_of
from artifacts.yamltree import Node, read_yaml

MAX_STEPS = 2000


@keep(text_length)
def read_workflow(text: str) -> Workflow:
    """Read a workflow; never raises, an unreadable text gives a fault."""
    try:
        root = read_yaml(text)
    except UnreadableArtifact as error:
        return Workflow(faults=(Fault(error.line or 1, error.message),))
    if root.kind != "map":
        return Workflow(root, faults=(Fault(root.line, "a workflow is a map with `on` and `jobs`"),))
    faults = tuple(Fault(root.line, f"the workflow has no `{key}`") for key in ("on", "jobs") if root.get(key) is None)
    jobs = root.get("jobs")
    return Workflow(
        root=root,
        triggers=_triggers(root.get("on")),
        jobs=tuple(_jobs(jobs)) if jobs is not None and jobs.kind == "map" else (),
        permissions=root.get("permissions"),
        shell=_default_shell(root),
        faults=faults,
    )


def text_of(node: Node | None) -> str:
    """Return a scalar as text, "" for anything else and for nothing."""
    if node is None or node.kind != "scalar" or node.value is None:
        return ""
    return {True: "true", False: "false"}.get(node.value, str(node.value)) if isinstance(node.value, bool) else str(node.value)


def texts_of(node: Node | None) -> list[tuple[str, int]]:
    """Return one text or a list of texts with their lines."""
    if node is None:
        return []
    if node.kind == "list":
        return [(text_of(item), item.line) for item in node.items if text_of(item)]
    return [(text_of(node), node.line)] if text_of(node) else []


def mapping(node: Node | None) -> Mapping[str, Node]:
    """Return a map's entries, empty for anything else."""
    return {key: value for key, _, value in node.entries()} if node is not None and node.kind == "map" else {}


def _triggers(node: Node | None) -> Mapping[str, Node | None]:
    if node is None:
        return {}
    if node.kind == "map":
        return {key: value if value.kind != "scalar" or value.value is not None else None for key, _, value in node.entries()}
    return {name: None for name, _ in texts_of(node)}


def _default_shell(node: Node) -> str:
    defaults = node.get("defaults") if node.kind == "map" else None
    run = defaults.get("run") if defaults is not None and defaults.kind == "map" else None
    return text_of(run.get("shell")) if run is not None and run.kind == "map" else ""


def _jobs(node: Node) -> Iterator[Job]:
    left = MAX_STEPS
    for name, key, value in node.entries():
        if value.kind != "map":
            yield Job(name, value, key.line)
            continue
        steps = value.get("steps")
        read = tuple(_steps(steps, left)) if steps is not None and steps.kind == "list" else ()
        left -= len(read)
        yield Job(
            id=name,
            node=value,
            line=key.line,
            needs=tuple(texts_of(value.get("needs"))),
            called=text_of(value.get("uses")),
            runners=_runners(value.get("runs-on")),
            condition=text_of(value.get("if")),
            outputs=mapping(value.get("outputs")),
            services=mapping(value.get("services")),
            permissions=value.get("permissions"),
            shell=_default_shell(value),
            steps=read,
        )


def _runners(node: Node | None) -> str:
    if node is None:
        return ""
    if node.kind == "map":
        return ", ".join(name for name, _ in texts_of(node.get("labels")) or texts_of(node.get("group")))
    return ", ".join(name for name, _ in texts_of(node))


def _steps(node: Node, most: int) -> Iterator[Step]:
    for position, item in enumerate(node.items[: max(most, 0)]):
        if item.kind != "map":
            continue
        used = text_of(item.get("uses"))
        run = item.get("run")
        yield Step(
            node=item,
            position=position,
            line=item.line,
            id=text_of(item.get("id")),
            name=text_of(item.get("name")),
            use=use_of(used) if used else None,
            run=text_of(run),
            run_line=run.line if run is not None else item.line,
            condition=text_of(item.get("if")),
            inputs=mapping(item.get("with")),
            env=mapping(item.get("env")),
            shell=text_of(item.get("shell")),
        )
