"""Artifacts compared by meaning: canonical form, decisions, similarity, clusters, agreement, and taking one decision over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from artifacts.comparing import comparer_of
from artifacts.errors import DecisionNotTakeable
from artifacts.keeping import keep
from artifacts.records import Artifact, Decision, Kind

SAME = 1.0
_ALMOST = 0.99
"""What files that differ in any meaning can reach at most, so that only the same meaning makes a cluster."""
_WEIGHTS = {Kind.DOCKERIGNORE: 0.2}
_COMPARED = 20_000


def _weight(artifact: Artifact) -> int:
    return len(artifact.content)


@keep(_weight)
def decisions(artifact: Artifact) -> tuple[Decision, ...]:
    """Return the facts an artifact commits to; empty when its kind has none or it cannot be read."""
    return comparer_of(artifact.kind).decisions(artifact)


@keep(_weight)
def canonical(artifact: Artifact) -> str:
    """Return a text that is equal for artifacts that mean the same; an unreadable one is its own text."""
    comparer = comparer_of(artifact.kind)
    if comparer.faults(artifact.content):
        return "\n".join(line.rstrip() for line in artifact.content.splitlines() if line.strip()) + "\n"
    return comparer.canonical(artifact.content)


def similarity(a: Sequence[Artifact], b: Sequence[Artifact]) -> float:
    """Return 0..1 how alike two answers are: 1.0 only when every file of both means the same.

    A file that only one has counts as wholly different; equal decisions and equal canonical text count half each.
    """
    left, right = _by_path(a), _by_path(b)
    if not left and not right:
        return SAME
    total = weighed = 0.0
    for path in sorted(left.keys() | right.keys()):
        one, other = left.get(path), right.get(path)
        weight = _WEIGHTS.get((one or other).kind, 1.0)  # type: ignore[union-attr]
        total += weight
        if one is not None and other is not None:
            weighed += weight * _alike(one, other)
    result = weighed / total
    return result if result in (0.0, SAME) else min(result, _ALMOST)


def clusters(answers: Sequence[Sequence[Artifact]], threshold: float = 0.995) -> tuple[int, ...]:
    """Number the answers by meaning, from 0 in their order; an answer joins the first cluster whose first member is that alike."""
    leaders: list[Sequence[Artifact]] = []
    numbers: list[int] = []
    for answer in answers:
        for number, leader in enumerate(leaders):
            if similarity(leader, answer) >= threshold:
                numbers.append(number)
                break
        else:
            numbers.append(len(leaders))
            leaders.append(answer)
    return tuple(numbers)


def agreement(answers: Sequence[Sequence[Artifact]]) -> float:
    """Return the mean over all pairs of answers of the share of decisions on which the two agree; 1.0 for fewer than two."""
    pairs = list(combinations(answers, 2))
    if not pairs:
        return 1.0
    return sum(_shared(one, other) for one, other in pairs) / len(pairs)


def take_decision(artifact: Artifact, decision: Decision, donor: Artifact) -> Artifact:
    """Return the artifact with this one decision as the donor has it, the rest of its text as it was.

    Raises DecisionNotTakeable (a ValueError) with a sentence when the decision cannot be carried over alone.
    """
    if artifact.kind is not donor.kind:
        raise DecisionNotTakeable(f"{donor.path} is a {donor.kind.value} file and {artifact.path} a {artifact.kind.value} file.")
    comparer = comparer_of(artifact.kind)
    for side in (artifact, donor):
        if faults := comparer.faults(side.content):
            raise DecisionNotTakeable(f"{side.path} cannot be read (line {faults[0].line}: {faults[0].message}).")
    wanted = next((item for item in decisions(donor) if item.name == decision.name), None)
    present = next((item for item in decisions(artifact) if item.name == decision.name), None)
    if wanted is None and present is None:
        raise DecisionNotTakeable(f"Neither file decides {decision.name}.")
    if wanted is not None and present is not None and wanted.value == present.value:
        return artifact
    text = comparer.take(artifact, wanted or replace(decision, value="none"), donor)
    taken = replace(artifact, content=text)
    if faults := comparer.faults(text):
        raise DecisionNotTakeable(f"Taking {decision.name} alone would break {artifact.path}: {faults[0].message}.")
    result = next((item for item in decisions(taken) if item.name == decision.name), None)
    if (result.value if result else None) != (wanted.value if wanted else None):
        raise DecisionNotTakeable(
            f"{decision.name} depends on more of {donor.path} than can be carried over alone; take the whole file instead."
        )
    return taken


def _by_path(artifacts: Sequence[Artifact]) -> dict[str, Artifact]:
    return {artifact.path: artifact for artifact in artifacts}


def _alike(one: Artifact, other: Artifact) -> float:
    if one.content == other.content:
        return SAME
    left, right = canonical(one), canonical(other)
    if left == right:
        return SAME
    ratio = _text_ratio(left, right)
    if decisions(one) or decisions(other):
        ratio = (ratio + _share(decisions(one), decisions(other))) / 2
    return min(ratio, _ALMOST)


def _text_ratio(left: str, right: str) -> float:
    from rapidfuzz.distance import Indel

    if len(left) > _COMPARED or len(right) > _COMPARED:
        ours, theirs = left.splitlines()[:5000], right.splitlines()[:5000]
        return float(Indel.normalized_similarity(ours, theirs))
    return float(Indel.normalized_similarity(left, right))


def _shared(one: Sequence[Artifact], other: Sequence[Artifact]) -> float:
    left = tuple(decision for artifact in one for decision in decisions(artifact))
    right = tuple(decision for artifact in other for decision in decisions(artifact))
    if not left and not right:
        return similarity(one, other)
    return _share(left, right)


def _share(left: Sequence[Decision], right: Sequence[Decision]) -> float:
    ours = {decision.key: decision.value for decision in left}
    theirs = {decision.key: decision.value for decision in right}
    keys = ours.keys() | theirs.keys()
    return sum(ours.get(key) == theirs.get(key) for key in keys) / len(keys) if keys else SAME
