"""How much of one answer is judged: what lies beyond is named as an error, so that it never passes for right."""

from __future__ import annotations

from collections.abc import Sequence

from artifacts.records import Artifact, Finding, Severity

MAX_JUDGED = 262_144
"""Characters of all files together: what the slowest reader takes in within the deadline. A real answer has a tenth of it."""
RULE = "answer_too_large"


def judged(artifacts: Sequence[Artifact], limit: int = MAX_JUDGED) -> tuple[Artifact, ...]:
    """Return the files that are judged, in their order: small ones first where all of them together are too large."""
    left = limit
    kept: set[int] = set()
    for position in sorted(range(len(artifacts)), key=lambda number: (len(artifacts[number].content), number)):
        left -= len(artifacts[position].content)
        if left < 0:
            break
        kept.add(position)
    return tuple(artifact for position, artifact in enumerate(artifacts) if position in kept)


def beyond(artifacts: Sequence[Artifact], limit: int = MAX_JUDGED) -> tuple[Finding, ...]:
    """Return an error for each file that is not judged."""
    inside = {artifact.path for artifact in judged(artifacts, limit)}
    return tuple(
        Finding(
            RULE,
            Severity.ERROR,
            f"{artifact.path} was not judged: the files of the answer have more than {limit} characters together",
            artifact.path,
            source="answer",
        )
        for artifact in artifacts
        if artifact.path not in inside
    )
