"""A rendering as the text of an answer, in the form every member's answer is read."""

from __future__ import annotations

import re

from architect.request import Rendering
from artifacts.records import Artifact, Kind

_LANGUAGE = {
    Kind.DOCKERFILE: "dockerfile",
    Kind.DOCKERIGNORE: "gitignore",
    Kind.COMPOSE: "yaml",
    Kind.KUBERNETES: "yaml",
    Kind.GITHUB_ACTIONS: "yaml",
    Kind.GITLAB_CI: "yaml",
    Kind.OTEL: "yaml",
    Kind.PROMETHEUS: "yaml",
    Kind.TERRAFORM: "hcl",
    Kind.GRAFANA: "json",
}


def answer_text(rendering: Rendering) -> str:
    """Return two sentences and one fenced block a file, each after a line that names its path; "" when there is no file."""
    if not rendering.artifacts:
        return ""
    names = ", ".join(artifact.path for artifact in rendering.artifacts)
    proven = len({str(evidence) for reason in rendering.reasons for evidence in reason.evidence})
    places = "place" if proven == 1 else "places"
    first = f"Drawn from the repository's own files: {names}."
    notes = " ".join(note if note.endswith(".") else f"{note}." for note in rendering.notes)
    second = notes or f"Each line has its reason; {proven} {places} in the repository prove them."
    return "\n\n".join([f"{first} {second}", *(_block(artifact) for artifact in rendering.artifacts)]) + "\n"


def _block(artifact: Artifact) -> str:
    longest = max((len(run) for run in re.findall(r"`+", artifact.content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"---FILE: {artifact.path}---\n{fence}{_LANGUAGE.get(artifact.kind, '')}\n{artifact.content.rstrip()}\n{fence}"
