"""The decisions of a workflow: what starts it, with which rights, what it sets up, checks, builds and pushes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from artifacts.images import service_of
from artifacts.pipelines import by_purpose
from artifacts.rows import Row, Slot
from artifacts.workflows.model import EXPRESSION, Job, Step, Workflow
from artifacts.workflows.pushing import image_names, pushes, reaches
from artifacts.workflows.reader import mapping, text_of, texts_of
from artifacts.yamledit import MISSING
from artifacts.yamledit import Step as Key
from artifacts.yamltree import Node

NONE = "none"
SETUPS = {
    "actions/setup-python": ("python", "python-version"),
    "astral-sh/setup-uv": ("python", "python-version"),
    "actions/setup-node": ("node", "node-version"),
    "oven-sh/setup-bun": ("bun", "bun-version"),
    "denoland/setup-deno": ("deno", "deno-version"),
    "actions/setup-go": ("go", "go-version"),
    "actions/setup-java": ("java", "java-version"),
    "ruby/setup-ruby": ("ruby", "ruby-version"),
    "shivammathur/setup-php": ("php", "php-version"),
    "actions/setup-dotnet": ("dotnet", "dotnet-version"),
    "erlef/setup-beam": ("elixir", "elixir-version"),
}
_MATRIX = re.compile(r"^\s*matrix\.([\w-]+)\s*$")


def workflow_rows(workflow: Workflow) -> tuple[Row, ...]:
    """Return every decision with the places that make it."""
    if workflow.root is None or workflow.root.kind != "map":
        return ()
    return tuple((*_whole(workflow), *_setups(workflow), *_commands(workflow), *_images(workflow)))


def _whole(workflow: Workflow) -> Iterator[Row]:
    on = workflow.root.get("on") if workflow.root else None
    events = ", ".join(sorted(workflow.triggers)) or NONE
    yield Row("triggers", events, workflow.line_of("on"), slots=_slot(("on",), on))
    push = workflow.triggers.get("push")
    for key in ("branches", "tags"):
        node = push.get(key) if push is not None and push.kind == "map" else None
        value = ", ".join(sorted(name for name, _ in texts_of(node)))
        if value:
            yield Row(f"push_{key}", value, node.line if node else None, slots=_slot(("on", "push", key), node))
    yield Row(
        "permissions", rights(workflow.permissions), workflow.line_of("permissions"), slots=_slot(("permissions",), workflow.permissions)
    )
    granted = sorted({f"{job.id}: {rights(job.permissions)}" for job in workflow.jobs if job.permissions is not None})
    if granted:
        yield Row("job_permissions", "; ".join(granted), workflow.line_of("jobs"))
    concurrency = workflow.root.get("concurrency") if workflow.root else None
    yield Row("concurrency", _concurrency(concurrency), workflow.line_of("concurrency"), slots=_slot(("concurrency",), concurrency))
    yield Row("jobs", ", ".join(sorted(job.id for job in workflow.jobs)) or NONE, workflow.line_of("jobs"))
    runners = [(job, node) for job in workflow.jobs if (node := mapping(job.node).get("runs-on")) is not None]
    if runners:
        value = ", ".join(sorted({job.runners for job, _ in runners}))
        slots = tuple(Slot(("jobs", job.id, "runs-on"), node.plain()) for job, node in runners)
        yield Row("runner", value or NONE, runners[0][0].line_of("runs-on"), slots=slots)
    timed = [job for job in workflow.jobs if not job.called and mapping(job.node).get("timeout-minutes") is not None]
    plain = [job for job in workflow.jobs if not job.called]
    yield Row("timeouts", "every job" if plain and len(timed) == len(plain) else "some jobs" if timed else NONE, workflow.line_of("jobs"))
    pins = sorted({step.use.pin for _, step in workflow.steps() if step.use and step.use.pin != "local"})
    if pins:
        yield Row("pinning", ", ".join(pins), workflow.line_of("jobs"))
    services = sorted({service_of(_image(node)) or name for job in workflow.jobs for name, node in job.services.items()})
    slots = tuple(Slot(("jobs", job.id, "services"), job.node.get("services").plain()) for job in workflow.jobs if job.services)  # type: ignore[union-attr]
    if services:
        first = next(job for job in workflow.jobs if job.services)
        yield Row("test_services", ", ".join(services), first.line_of("services"), slots=slots)
    yield Row("caching", ", ".join(_caches(workflow)) or NONE, workflow.line_of("jobs"))


def rights(node: Node | None) -> str:
    """Return a `permissions` value as text."""
    if node is None:
        return "not set"
    if node.kind == "map":
        return ", ".join(f"{name}: {text_of(value)}" for name, _, value in sorted(node.entries(), key=lambda entry: entry[0])) or NONE
    return text_of(node) or NONE


def _concurrency(node: Node | None) -> str:
    if node is None:
        return NONE
    group = node.get("group") if node.kind == "map" else node
    cancel = text_of(node.get("cancel-in-progress")) if node.kind == "map" else ""
    scope = "per branch" if re.search(r"\bref\b|ref_name|head_ref|pull_request", text_of(group)) else "one at a time"
    return f"{scope}, cancels older runs" if cancel and cancel != "false" else scope


def _caches(workflow: Workflow) -> list[str]:
    found: set[str] = set()
    for _, step in workflow.steps():
        if step.use is None:
            continue
        if step.use.name.startswith("actions/cache") or step.use.name.endswith(("-cache", "/setup-gradle")):
            found.add("dependencies")
        if step.text("cache") not in ("", "false") or step.text("bundler-cache") == "true" or step.text("enable-cache") == "true":
            found.add("dependencies")
        if step.text("cache-from"):
            found.add("image layers")
    return sorted(found)


def _setups(workflow: Workflow) -> Iterator[Row]:
    """Yield one decision a language: the versions set up, a matrix written out."""
    found: dict[str, list[tuple[str, Job, Step, tuple[Key, ...], Any]]] = {}
    for job, step in workflow.steps():
        if step.use is None or step.use.name not in SETUPS:
            continue
        language, key = SETUPS[step.use.name]
        node = step.inputs.get(key)
        file = step.inputs.get(f"{key}-file")
        if node is not None:
            for version, path, plain in _versions(job, step, key, node):
                found.setdefault(language, []).append((version, job, step, path, plain))
        elif file is not None:
            path = ("jobs", job.id, "steps", step.position, "with", f"{key}-file")
            found.setdefault(language, []).append((f"from {text_of(file)}", job, step, path, file.plain()))
        elif step.use.name != "astral-sh/setup-uv":
            found.setdefault(language, []).append(("not set", job, step, (), None))
    for language, entries in found.items():
        versions = list(dict.fromkeys(version for entry in entries for version in entry[0].split(", ")))
        slots = {path: Slot(path, plain) for _, _, _, path, plain in entries if path}
        yield Row(f"setup.{language}", ", ".join(sorted(versions)), entries[0][2].line, True, tuple(slots.values()))


def _versions(job: Job, step: Step, key: str, node: Node) -> Iterator[tuple[str, tuple[Key, ...], Any]]:
    text = ", ".join(line.strip() for line in text_of(node).splitlines() if line.strip())
    expression = EXPRESSION.fullmatch(text)
    axis = _MATRIX.match(expression[1]) if expression else None
    matrix = mapping(mapping(job.node).get("strategy")).get("matrix") if axis else None
    values = matrix.get(axis[1]) if axis and matrix is not None and matrix.kind == "map" else None
    if axis and values is not None and values.kind == "list":
        versions = ", ".join(text_of(item) for item in values.items[:50])
        yield versions, ("jobs", job.id, "strategy", "matrix", axis[1]), values.plain()
        return
    yield text or "not set", ("jobs", job.id, "steps", step.position, "with", key), node.plain()


def _commands(workflow: Workflow) -> Iterator[Row]:
    """Yield what lints, tests and builds: the commands without their runners, sorted, and where one step runs just that."""
    found: dict[str, list[str]] = {}
    places: dict[str, list[Slot]] = {}
    lines: dict[str, int] = {}
    for job, step in workflow.steps():
        if step.use is not None and step.use.name == "golangci/golangci-lint-action":
            found.setdefault("lint", []).append("golangci-lint")
        if not step.run:
            continue
        grouped = by_purpose(step.run)
        for purpose, texts in grouped.items():
            found.setdefault(purpose, []).extend(texts)
            lines.setdefault(purpose, step.run_line)
            if len(grouped) == 1:
                places.setdefault(purpose, []).append(Slot(("jobs", job.id, "steps", step.position, "run"), step.run))
    for purpose in ("install", "lint", "test", "build"):
        texts = list(dict.fromkeys(found.get(purpose, ())))
        if texts or purpose in ("lint", "test"):
            value = "; ".join(sorted(texts)) or NONE
            slots = tuple(places.get(purpose, ())) if texts else ()
            yield Row(purpose, value, lines.get(purpose) or workflow.line_of("jobs"), purpose == "test", slots)
    scans = {
        "trivy" if "trivy" in step.use.name else "grype" if "scan-action" in step.use.name else ""
        for _, step in workflow.steps()
        if step.use
    }
    scanned = sorted({*filter(None, scans), *(text.split()[0] for text in found.get("scan", ()))})
    yield Row("scan", ", ".join(scanned) or NONE, workflow.line_of("jobs"))


def _images(workflow: Workflow) -> Iterator[Row]:
    pushing = list(pushes(workflow))
    names = sorted(dict.fromkeys(name for _, step in pushing for name in image_names(workflow, step)))
    if names:
        yield Row("image", ", ".join(names), pushing[0][1].line, True, tuple(_name_slots(workflow)))
    who = sorted({part for job, step in pushing for part in reaches(workflow, job, step)})
    yield Row("push", "; ".join(who) or "never", pushing[0][1].line if pushing else None, True, tuple(_guards(pushing)))
    for key in ("sbom", "provenance"):
        given = {step.text(key).lower() for _, step in pushing if step.use is not None and step.text(key)}
        if given:
            slots = tuple(
                Slot(("jobs", job.id, "steps", step.position, "with", key), step.inputs[key].plain())
                for job, step in pushing
                if key in step.inputs
            )
            yield Row(key, ", ".join(sorted(given)), pushing[0][1].line, slots=slots)


def _name_slots(workflow: Workflow) -> Iterator[Slot]:
    for job, step in workflow.steps():
        if step.use is not None and step.use.name == "docker/metadata-action" and "images" in step.inputs:
            yield Slot(("jobs", job.id, "steps", step.position, "with", "images"), step.inputs["images"].plain())


def _guards(pushing: Sequence[tuple[Job, Step]]) -> Iterator[Slot]:
    for job, step in pushing:
        if step.condition:
            yield Slot(("jobs", job.id, "steps", step.position, "if"), step.condition)


def _image(node: Node) -> str:
    return text_of(node) or text_of(mapping(node).get("image"))


def _slot(path: tuple[Key, ...], node: Node | None) -> tuple[Slot, ...]:
    return (Slot(path, node.plain()),) if node is not None else ()


def canonical_workflow(workflow: Workflow) -> str:
    """Return the workflow as JSON in which names for people, order of keys and spelling of equal things do not show."""
    if workflow.root is None:
        return ""
    plain = workflow.root.plain()
    plain["on"] = {name: _normal(node.plain()) if node is not None else {} for name, node in workflow.triggers.items()}
    plain.pop("name", None)
    plain.pop("run-name", None)
    for job in (plain.get("jobs") or {}).values() if isinstance(plain.get("jobs"), dict) else ():
        if isinstance(job, dict):
            job.pop("name", None)
            needs = job.get("needs")
            if needs is not None:
                job["needs"] = sorted(map(str, needs)) if isinstance(needs, list) else [str(needs)]
            for step in job.get("steps") or () if isinstance(job.get("steps"), list) else ():
                if isinstance(step, dict):
                    step.pop("name", None)
    return json.dumps(_normal(plain), sort_keys=True, ensure_ascii=False)


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items() if item is not MISSING}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ""
    text = str(value).replace("\r\n", "\n")
    return EXPRESSION.sub(
        lambda found: f"${{{{ {found[1].strip()} }}}}", "\n".join(line.rstrip() for line in text.strip().split("\n") if line.strip())
    )[:20_000]
