"""Whether a collector reads what the repository proves there is to read: what programs send, and the services they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from artifacts.judging.outcomes import Outcome, Verdict, known
from artifacts.otel import read_collector
from artifacts.records import Artifact, Expectation, Kind

RECEIVER = "receiver"


def telemetry_outcomes(fact: Expectation, artifacts: Sequence[Artifact]) -> Iterator[Outcome]:
    """Yield how a fact about a collector fares; a receiver that no pipeline names reads nothing."""
    if fact.name != RECEIVER:
        return
    for artifact in artifacts:
        if artifact.kind is not Kind.OTEL or fact.path not in ("", artifact.path):
            continue
        file = read_collector(artifact.content)
        used = {name.partition("/")[0] for pipeline in file.pipelines for name, _ in pipeline.receivers}
        if used & set(fact.accepted):
            yield Outcome(fact, Verdict.AGREES, f"{artifact.path} takes in {known(fact)}", artifact.path)
            continue
        reason = f"{artifact.path} has no receiver {' or '.join(fact.accepted)} in a pipeline ({fact.evidence})"
        yield Outcome(fact, Verdict.DIFFERS, reason, artifact.path, file.line_of("receivers"))
