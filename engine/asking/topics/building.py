"""Questions about what would be or was generated: base image, a line of a Dockerfile, what exists, what is missing, deploying."""

from __future__ import annotations

import re

from architect import render
from architect.errors import ArchitectError
from architect.request import Rendering, Request, Style, Target
from artifacts.records import Kind
from engine.asking.records import Source
from engine.asking.topic import Matter, Said, Topic, code, named, sources_of, words
from engine.prompts import TEMPLATES

LABELS = {
    "dockerfile": "a Dockerfile",
    "compose": "a Compose file",
    "kubernetes": "Kubernetes manifests",
    "terraform": "Terraform",
    "ci": "a pipeline",
    "otel": "an OpenTelemetry collector",
    "prometheus": "Prometheus rules",
    "grafana": "a Grafana dashboard",
}


def _image(matter: Matter) -> Said | None:
    if matter.verdict is not None and (said := _of_verdict(matter)):
        return said
    rendering = _rendered(matter, "dockerfile")
    if rendering is None:
        return Said("No Dockerfile can be drawn for this repository yet: " + " ".join(matter.profile.questions))
    lines, found = [], []
    for artifact in rendering.artifacts:
        if artifact.kind is not Kind.DOCKERFILE:
            continue
        why = {reason.line: reason for reason in rendering.reasons if reason.path == artifact.path}
        for number, text in enumerate(artifact.content.splitlines(), start=1):
            if text.startswith("FROM "):
                reason = why.get(number)
                because = f": {reason.text.rstrip('.')}" if reason else ""
                lines.append(f"- {code(text.split()[1])}{because} (`{artifact.path}`, as the architect would write it)")
                found.append(reason.evidence if reason else ())
    runtimes = [component.runtime for component in matter.components if component.runtime is not None]
    for runtime in runtimes:
        found.append(runtime.evidence)
        where = f" (`{runtime.where()}`)" if runtime.evidence else f": {runtime.note}" if runtime.note else ""
        lines.append(
            f"- the version {runtime.value} in the tag is the repository's own{where}"
            if runtime.firm
            else f"- the version {runtime.value} is a default{where}"
        )
    text = "The hardened style of the built-in architect would start from:\n\n" + "\n".join(dict.fromkeys(lines))
    return Said(text, sources_of(*found))


def _of_verdict(matter: Matter) -> Said | None:
    """Answer from the Dockerfile of the last run, where there is one."""
    verdict = matter.verdict
    lines = []
    for artifact in verdict.artifacts if verdict else ():
        if artifact.kind is Kind.DOCKERFILE:
            content = artifact.content.splitlines()
            for number, text in enumerate(content, start=1):
                if text.startswith("FROM "):
                    above = content[number - 2].lstrip("# ") if number > 1 and content[number - 2].startswith("#") else ""
                    lines.append(f"- {code(text.split()[1])}, line {number} of `{artifact.path}`{f': {above}' if above else ''}")
    if not lines:
        return None
    runtime = next((component.runtime for component in matter.components if component.runtime is not None), None)
    told = f"\n\nThe version comes from `{runtime.where()}`." if runtime is not None and runtime.evidence else ""
    return Said("The last run's result starts from:\n\n" + "\n".join(lines) + told, sources_of(runtime.evidence if runtime else ()))


def _draw(matter: Matter) -> Said | None:
    """Write a file the question asks for, as a block that can be applied."""
    wanted = _wanted(matter.question)
    rendering = _rendered(matter, wanted) if wanted else None
    if wanted is None or rendering is None or not rendering.artifacts:
        return None
    blocks = "\n\n".join(f"```{artifact.path}\n{artifact.content.rstrip()}\n```" for artifact in rendering.artifacts[:6])
    more = len(rendering.artifacts) - 6
    told = f"\n\n{more} more files are written on the Generate page." if more > 0 else ""
    notes = "".join(f"\n\n{note}" for note in rendering.notes[:3])
    head = f"This is {LABELS[wanted]} as the hardened style of the built-in architect writes it. Nothing is written before you apply it."
    return Said(f"{head}\n\n{blocks}{told}{notes}", sources_of(*(reason.evidence for reason in rendering.reasons))[:8])


def _missing(matter: Matter) -> Said | None:
    existing = matter.profile.existing
    have = [(target, existing[target]) for target in TEMPLATES if existing.get(target)]
    lack = [target for target in TEMPLATES if not existing.get(target)]
    lines = []
    if lack:
        lines.append("Missing: " + ", ".join(LABELS.get(target, target) for target in lack) + ". The Generate page writes them.")
    for component in matter.components:
        gaps = []
        if component.start is None:
            gaps.append("a start command")
        if component.health is None and component.port is not None:
            gaps.append("a health path")
        if component.lockfile is None:
            gaps.append("a lock file")
        if component.runtime is not None and not component.runtime.evidence:
            gaps.append(f"a stated {component.language.value} version")
        if gaps:
            lines.append(f"{named(matter, component)}the code lacks {', '.join(gaps)}.")
    lines += [f"Open question: {question}" for question in matter.profile.questions]
    if have:
        lines.append("There already: " + "; ".join(f"{LABELS.get(target, target)} (`{paths[0]}`)" for target, paths in have) + ".")
    text = "\n\n".join(line[:1].upper() + line[1:] for line in lines) or "Nothing that the architect looks for is missing."
    return Said(text, tuple(Source(paths[0]) for _, paths in have))


def _deploy(matter: Matter) -> Said | None:
    existing = matter.profile.existing
    name = matter.profile.name
    component = next(iter(matter.components), None)
    port = component.port.value if component and component.port else None
    ready = {target: existing[target][0] for target in ("dockerfile", "compose", "kubernetes", "terraform") if existing.get(target)}
    steps = []
    if "dockerfile" not in ready:
        steps.append("Generate a Dockerfile on the Generate page, review it and apply it on the Deliver page.")
    publish = f" -p {port}:{port}" if port else ""
    steps.append(f"Build and try the image: `docker build -t {name} .`, then `docker run --rm{publish} {name}`.")
    if component and component.services:
        needs = ", ".join(service.value for service in component.services)
        how = "`docker compose up --build`" if "compose" in ready else "generate a Compose file, then `docker compose up --build`"
        steps.append(f"With {needs}: {how}.")
    secret = [variable.name for variable in (component.variables if component else ()) if variable.default is None]
    if secret:
        steps.append(f"Set {', '.join(f'`{entry}`' for entry in secret[:6])} where it runs.")
    steps.append(
        f"On a cluster: `kubectl apply -k` over `{ready['kubernetes']}`'s folder."
        if "kubernetes" in ready
        else "For a cluster generate the Kubernetes target, for a cloud the Terraform target; each has its options for where it goes."
    )
    text = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    found = [Source(path) for path in ready.values()]
    if component and component.port:
        found += sources_of(component.port.evidence)
    found += sources_of(*(service.evidence for service in (component.services if component else ())))
    return Said(text, tuple(dict.fromkeys(found)))


def _rendered(matter: Matter, target: str) -> Rendering | None:
    try:
        made: Rendering = render(Request(profile=matter.profile, targets=(Target(target),)), Style.HARDENED)
    except ArchitectError:
        return None
    return made if made.artifacts else None


_ASKED = {
    "dockerfile": r"docker\s?file|image\b|container",
    "compose": r"compose",
    "kubernetes": r"kubernetes|k8s|manifests?",
    "terraform": r"terraform",
    "ci": r"pipeline|workflow|github actions|gitlab|\bci\b",
    "otel": r"opentelemetry|\botel\b|collector",
    "prometheus": r"prometheus|alert",
    "grafana": r"grafana|dashboard",
}


def _wanted(question: str) -> str | None:
    return next((target for target in TEMPLATES if target in _ASKED and re.search(_ASKED[target], question, re.IGNORECASE)), None)


TOPICS = (
    Topic(
        id="image",
        label="Base image",
        pattern=words(
            r"why (?:this|that|the|is|do\w*)\b.*?\bimages?\b", r"(?:which|what) (?:base )?images?", r"base images?", r"start(?:s)? from"
        ),
        examples=("Why this base image?",),
        answer=_image,
        expert="containers",
    ),
    Topic(
        id="draw",
        label="Write a file",
        pattern=words(
            r"(?:write|draw|generate|create|make|give|show)\b(?: me)?(?: an?| the)?(?: \w+){0,2}? "
            r"(?:docker\s?file|compose(?: file)?|manifests?|pipeline|workflow|terraform|dashboard|prometheus|kubernetes|collector)\w*"
        ),
        examples=("Write a Dockerfile for it",),
        answer=_draw,
        expert="containers",
    ),
    Topic(
        id="missing",
        label="What is missing",
        pattern=words(
            r"what(?: is|'s)? (?:still )?missing",
            r"missing\b",
            r"lack\w*",
            r"ready for production",
            r"production[- ]ready",
            r"what (?:should|can) i do next",
        ),
        examples=("What is missing before this can go live?",),
        answer=_missing,
    ),
    Topic(
        id="deploy",
        label="Deploying",
        pattern=words(
            r"how (?:do|can|would|should) (?:i|we) (?:deploy|ship|host)\w*(?: it| this)?",
            r"deploy\w*",
            r"go live",
            r"ship\b",
            r"put (?:it|this) into production",
        ),
        examples=("How do I deploy it?",),
        answer=_deploy,
        expert="cloud",
    ),
)
