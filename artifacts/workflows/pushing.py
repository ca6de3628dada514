"""Which steps push an image, under which name, and from where they can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.images import reference
from artifacts.pipelines import by_purpose, commands
from artifacts.workflows.model import Job, Step, Workflow
from artifacts.workflows.reader import mapping, text_of, texts_of

PROPOSALS = ("pull_request", "pull_request_target")
_ENV = re.compile(r"\$\{\{\s*env\.(\w+)\s*\}\}|\$\{?([A-Z_][A-Z0-9_]*)\}?")
_DEFAULT = re.compile(r"default_branch|refs/heads/(?:main|master|trunk)|(?:ref_name|base_ref)\s*==\s*['\"](?:main|master|trunk)")
_TAG = re.compile(r"refs/tags|ref_type\s*==\s*['\"]tag|event_name\s*==\s*['\"]release|event\.release|github\.ref_name,\s*'v'")
_NOT_PROPOSAL = re.compile(
    r"event_name\s*!=\s*['\"]pull_request|event_name\s*==\s*['\"](?:push|release|workflow_dispatch|schedule|create)|!\s*(?:startsWith\(\s*)?github\.event\.pull_request"
    r"|event\.pull_request\s*==\s*null|github\.ref\s*==|startsWith\(\s*github\.ref\b|ref_name\s*==|ref_type\s*==|contains\(\s*github\.ref\b|needs\.[\w-]+\.outputs\.\w*(?:push|publish|release|deploy|tag)"
    r"|secrets\.|inputs\."
)
"""Guards that keep a proposal out; one whose answer comes from another job or from an input is believed."""


def pushes(workflow: Workflow) -> Iterator[tuple[Job, Step]]:
    """Yield the steps that push an image."""
    for job, step in workflow.steps():
        name = step.use.name if step.use is not None else ""
        if name in ("docker/build-push-action", "docker/bake-action"):
            push = step.text("push").lower()
            if (push and push != "false") or "type=registry" in step.text("outputs") or re.search(r"push=true", step.text("outputs")):
                yield job, step
        elif step.run and "push" in by_purpose(step.run):
            yield job, step


def image_names(workflow: Workflow, step: Step) -> list[str]:
    """Return the repositories of the images a step pushes, variables of the workflow filled in, without tags."""
    texts = [step.text("tags")]
    if "outputs.tags" in step.text("tags") or not step.text("tags"):
        texts = [
            other.text("images") for _, other in workflow.steps() if other.use is not None and other.use.name == "docker/metadata-action"
        ]
    for command in commands(step.run):
        found = re.search(r"(?:docker|podman)\s+(?:image\s+)?push\s+(?:--?\S+\s+)*(\S+)|(?:-t|--tag)[ =](\S+)", command)
        if found:
            texts.append(found[1] or found[2])
    names: list[str] = []
    for text in texts:
        for line in re.split(r"[\n,]", text):
            body = _filled(workflow, line.strip().strip("'\""))
            body = re.sub(r"^name=", "", body)
            if body and not body.startswith("type="):
                names.append(reference(body.lower() if "$" not in body else re.sub(r"\s+", " ", body)).repository)
    return list(dict.fromkeys(name for name in names if name))


def _filled(workflow: Workflow, text: str) -> str:
    """Fill in variables that the workflow sets itself."""
    values = mapping(workflow.root.get("env")) if workflow.root is not None and workflow.root.kind == "map" else {}
    for _ in range(3):
        text = _ENV.sub(lambda hit: text_of(values.get(hit[1] or hit[2])) or hit[0], text)[:500]
    return text


def reaches(workflow: Workflow, job: Job, step: Step) -> tuple[str, ...]:
    """Return from where a push can be reached: `pull requests`, `default branch`, `tags`, `releases`, `every branch`, or named branches."""
    words = guard(workflow, job, step)
    found: list[str] = []
    if any(name in workflow.triggers for name in PROPOSALS) and not _NOT_PROPOSAL.search(words) and not _DEFAULT.search(words):
        found.append("pull requests")
    if "push" in workflow.triggers:
        found += _pushed(workflow, words)
    if "release" in workflow.triggers and not re.search(r"event_name\s*==\s*['\"]push", words):
        found.append("releases")
    if not found:
        found += [event for event in ("schedule", "workflow_dispatch", "workflow_call", "workflow_run") if event in workflow.triggers]
    return tuple(found)


def guard(workflow: Workflow, job: Job, step: Step) -> str:
    """Return every condition on the way to a step: its own, its job's, and those of the jobs that job needs."""
    jobs = [job]
    for needed in job.needs[:20]:
        other = workflow.job(needed[0])
        if other is not None:
            jobs.append(other)
    return " && ".join(filter(None, [step.condition, step.text("push"), *(one.condition for one in jobs)]))


def _pushed(workflow: Workflow, words: str) -> list[str]:
    push = workflow.triggers.get("push")
    settings = mapping(push) if push is not None else {}
    branches = [name for name, _ in texts_of(settings.get("branches"))]
    tags = [name for name, _ in texts_of(settings.get("tags"))]
    by_branch, by_tag = _DEFAULT.search(words), _TAG.search(words)
    found: list[str] = []
    if by_branch or by_tag:
        found += ["default branch"] if by_branch else []
        found += ["tags"] if by_tag else []
        return found
    if branches:
        usual = all(name in ("main", "master", "trunk") for name in branches)
        found.append("default branch" if usual else f"branches {', '.join(sorted(branches))}")
    if tags:
        found.append("tags")
    return found or ["every branch"]
