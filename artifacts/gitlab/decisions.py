"""The decisions of a pipeline: when it runs, what it sets up, checks, builds and pushes; named as those of a workflow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from artifacts.gitlab.model import RESERVED, Job, Pipeline
from artifacts.gitlab.pushing import image_names, pushes, reaches
from artifacts.images import runtime_of, service_of
from artifacts.pipelines import by_purpose
from artifacts.rows import Row, Slot
from artifacts.workflows.reader import mapping, text_of
from artifacts.yamltree import Node

NONE = "none"
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


def pipeline_rows(pipeline: Pipeline) -> tuple[Row, ...]:
    """Return every decision with the places that make it."""
    if pipeline.root is None or pipeline.root.kind != "map":
        return ()
    return tuple((*_whole(pipeline, pipeline.root), *_setups(pipeline), *_commands(pipeline), *_images(pipeline)))


def _whole(pipeline: Pipeline, root: Node) -> Iterator[Row]:
    stages = root.get("stages")
    shown = ", ".join(pipeline.stages[1:-1]) if pipeline.declared else "the usual ones"
    yield Row("stages", shown, pipeline.line_of("stages"), slots=(Slot(("stages",), stages.plain()),) if stages is not None else ())
    workflow = root.get("workflow")
    if workflow is not None:
        yield Row("workflow", _conditions(mapping(workflow).get("rules")), workflow.line, slots=(Slot(("workflow",), workflow.plain()),))
    yield Row("jobs", ", ".join(sorted(job.name for job in pipeline.running())) or NONE, root.line)
    running = list(pipeline.running())
    timed = [job for job in running if "timeout" in job.keys]
    yield Row("timeouts", "every job" if running and len(timed) == len(running) else "some jobs" if timed else NONE, root.line)
    stoppable = [job for job in running if text_of(job.keys.get("interruptible")) == "true"]
    yield Row("interruptible", "every job" if running and len(stoppable) == len(running) else "some jobs" if stoppable else NONE, root.line)
    services = sorted({kind for job in running for image in job.services if (kind := service_of(image))})
    holders = [job for job in running if any(service_of(image) for image in job.services) and job.node.get("services") is not None]
    if services:
        slots = tuple(Slot((job.name, "services"), job.node.get("services").plain()) for job in holders)  # type: ignore[union-attr]
        yield Row("test_services", ", ".join(services), holders[0].line_of("services") if holders else root.line, slots=slots)
    cached = [job for job in running if job.keys.get("cache") is not None]
    yield Row("caching", "dependencies" if cached else NONE, cached[0].line_of("cache") if cached else root.line)


def _conditions(node: Node | None) -> str:
    if node is None or node.kind != "list":
        return NONE
    found = []
    for item in node.items[:50]:
        keys = mapping(item)
        condition = " ".join(text_of(keys.get("if")).split())
        when = text_of(keys.get("when"))
        found.append(f"{condition or 'always'}{' (' + when + ')' if when else ''}")
    return "; ".join(sorted(found)) or NONE


def _setups(pipeline: Pipeline) -> Iterator[Row]:
    """Yield one decision a language: the versions of the images in which jobs run, a matrix written out."""
    found: dict[str, list[tuple[str, Job]]] = {}
    for job in pipeline.running():
        runtime = runtime_of(job.image) if job.image else None
        if runtime is None or not by_purpose(job.text).keys() & {"lint", "test", "build", "install"}:
            continue
        name, version = runtime
        variable = _VARIABLE.search(job.image)
        versions = _axis(job, variable[1]) if variable else ""
        found.setdefault(name, []).append((versions or version or "not set", job))
    for name, entries in found.items():
        values = sorted({part for versions, _ in entries for part in versions.split(", ")})
        slots = [Slot((job.name, "image"), node.plain()) for _, job in entries if (node := job.node.get("image")) is not None]
        yield Row(f"setup.{name}", ", ".join(values), entries[0][1].line_of("image"), True, tuple(slots))


def _axis(job: Job, name: str) -> str:
    matrix = mapping(job.keys.get("parallel")).get("matrix")
    for item in matrix.items if matrix is not None and matrix.kind == "list" else ():
        values = mapping(item).get(name)
        if values is not None and values.kind == "list":
            return ", ".join(text_of(value) for value in values.items[:50])
    return ""


def _commands(pipeline: Pipeline) -> Iterator[Row]:
    found: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    places: dict[str, list[Slot]] = {}
    for job in pipeline.running():
        grouped = by_purpose(job.text)
        for purpose, texts in grouped.items():
            found.setdefault(purpose, []).extend(texts)
            lines.setdefault(purpose, job.line_of("script"))
        own = job.node.get("script")
        alone = by_purpose("\n".join(line for line, _ in job.script if own is not None and own.line <= _ <= own.end_line))
        if own is not None and len(alone) == 1:
            places.setdefault(next(iter(alone)), []).append(Slot((job.name, "script"), own.plain()))
    for purpose in ("install", "lint", "test", "build"):
        texts = list(dict.fromkeys(found.get(purpose, ())))
        if texts or purpose in ("lint", "test"):
            slots = tuple(places.get(purpose, ())) if texts else ()
            yield Row(purpose, "; ".join(sorted(texts)) or NONE, lines.get(purpose), purpose == "test", slots)
    scanned = sorted({text.split()[0] for text in found.get("scan", ())})
    yield Row("scan", ", ".join(scanned) or NONE, lines.get("scan"))


def _images(pipeline: Pipeline) -> Iterator[Row]:
    pushing = list(pushes(pipeline))
    names = sorted({name for job in pushing for name in image_names(pipeline, job)})
    if names:
        yield Row("image", ", ".join(names), pushing[0].line_of("script"), True)
    who = sorted({part for job in pushing for part in reaches(pipeline, job)})
    slots = tuple(Slot((job.name, "rules"), node.plain()) for job in pushing if (node := job.node.get("rules")) is not None)
    yield Row("push", "; ".join(who) or "never", pushing[0].line if pushing else None, True, slots)


def canonical_pipeline(pipeline: Pipeline) -> str:
    """Return the pipeline as JSON with templates filled in, so that it does not show how the file is divided."""
    if pipeline.root is None:
        return ""
    plain: dict[str, Any] = {key: value.plain() for key, _, value in pipeline.root.entries() if key in RESERVED and key != "default"}
    for job in pipeline.running():
        keys = {key: node.plain() for key, node in job.keys.items() if key not in ("extends", "needs")}
        keys["stage"] = job.stage
        keys["needs"] = sorted(name for name, _, _ in job.needs)
        for part in ("before_script", "script", "after_script"):
            if isinstance(keys.get(part), str):
                keys[part] = [keys[part]]
        plain[job.name] = keys
    return json.dumps(_normal(plain), sort_keys=True, ensure_ascii=False)


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else "\n".join(line.rstrip() for line in str(value).strip().split("\n"))[:20_000]
