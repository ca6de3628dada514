"""How the answers of one run relate: which mean the same, how similar they are, how far they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from providers.normalisation import Normalise
from providers.records import Candidate

LONGEST_COMPARED = 20_000
"""Characters up to which two texts are compared by edits; longer ones by the lines they share."""

Matrix = tuple[tuple[float, ...], ...]
_Alike = Callable[[int, int], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The relations between answers, all by position.

    `values` are the normalised texts (None takes no side), `clusters` numbers answers that mean the same, from 0 in member
    order. `by_meaning` says that the answers hold artifacts, which are compared by their decisions rather than as text.
    """

    candidates: tuple[Candidate, ...]
    values: tuple[Hashable | None, ...]
    clusters: tuple[int, ...]
    similarity: Matrix
    by_meaning: bool
    problems: tuple[str, ...] = ()

    def agreement(self, positions: Sequence[int] | None = None) -> float | None:
        """Return 0..1: the share behind the most common answer, or of artifacts the mean pairwise share of equal decisions.

        None with fewer than two answers, since one cannot agree.
        """
        chosen = range(len(self.candidates)) if positions is None else positions
        if len(chosen) < 2:
            return None
        if self.by_meaning:
            from artifacts.compare import agreement

            return agreement([self.candidates[at].artifacts for at in chosen])
        return Counter(self.clusters[at] for at in chosen).most_common(1)[0][1] / len(chosen)

    def agreeing(self, level: float) -> int:
        """Return how many answers agree with one another: give the same text, or files of which any two share so many decisions."""
        if not self.by_meaning:
            return max(Counter(at for at, value in zip(self.clusters, self.values, strict=True) if value is not None).values(), default=0)
        from artifacts.compare import agreement

        answers = [candidate.artifacts for candidate in self.candidates]
        alike = _matrix(len(answers), lambda at, other: agreement([answers[at], answers[other]]))
        largest = 0
        for row in alike:
            group: list[int] = []
            for at in sorted(range(len(answers)), key=lambda other: -row[other]):
                if all(alike[at][member] >= level - 1e-9 for member in group):
                    group.append(at)
            largest = max(largest, len(group))
        return largest

    def closeness(self, position: int, others: Sequence[int]) -> float:
        """Return the mean similarity of one answer to others; 0.0 without any."""
        rest = [at for at in others if at != position]
        return sum(self.similarity[position][at] for at in rest) / len(rest) if rest else 0.0


def compare_answers(candidates: Sequence[Candidate], normalise: Normalise) -> Comparison:
    """Compare successful candidates; costs time in proportion to the square of their number."""
    if any(candidate.artifacts for candidate in candidates):
        return _by_meaning(tuple(candidates))
    if any(candidate.assessment and candidate.assessment.behaviour for candidate in candidates):
        return _by_behaviour(tuple(candidates))
    return _as_text(tuple(candidates), normalise)


def text_similarity(left: str, right: str) -> float:
    """Return 0..1 how alike two texts are, 1.0 for equal ones."""
    if left == right:
        return 1.0
    if len(left) <= LONGEST_COMPARED and len(right) <= LONGEST_COMPARED:
        from rapidfuzz import fuzz

        return fuzz.ratio(left, right) / 100
    ours, theirs = Counter(left.splitlines()), Counter(right.splitlines())
    shared = sum((ours & theirs).values())
    return 2 * shared / max(1, ours.total() + theirs.total())


def _as_text(candidates: tuple[Candidate, ...], normalise: Normalise) -> Comparison:
    values: list[Hashable | None] = []
    problems: list[str] = []
    for candidate in candidates:
        try:
            values.append(normalise(_text(candidate)))
        except Exception as error:  # noqa: BLE001 - a user's function may raise anything; that answer then takes no side
            values.append(None)
            problems.append(f"The normalisation failed on the answer of {candidate.member.id} ({type(error).__name__}); it takes no side.")
    numbers: dict[object, int] = {}
    # an answer that takes no side is a cluster of its own
    clusters = tuple(numbers.setdefault(at if value is None else (value,), len(numbers)) for at, value in enumerate(values))

    def alike(at: int, other: int) -> float:
        if clusters[at] == clusters[other]:
            return 1.0
        left, right = values[at], values[other]
        return text_similarity(left, right) if isinstance(left, str) and isinstance(right, str) else 0.0

    return Comparison(
        candidates=candidates,
        values=tuple(values),
        clusters=clusters,
        similarity=_matrix(len(candidates), alike),
        by_meaning=False,
        problems=tuple(problems),
    )


def _by_meaning(candidates: tuple[Candidate, ...]) -> Comparison:
    from artifacts.compare import clusters, similarity

    answers = [candidate.artifacts for candidate in candidates]
    return Comparison(
        candidates=candidates,
        values=(None,) * len(candidates),
        clusters=tuple(clusters(answers)),
        similarity=_matrix(len(answers), lambda at, other: similarity(answers[at], answers[other])),
        by_meaning=True,
    )


def _by_behaviour(candidates: tuple[Candidate, ...]) -> Comparison:
    """Compare programs by what they returned for the same inputs; one that was not run takes no side."""
    done = [dict(candidate.assessment.behaviour) if candidate.assessment else {} for candidate in candidates]
    values = tuple(tuple(sorted(entry.items())) or None for entry in done)
    numbers: dict[object, int] = {}
    clusters = tuple(numbers.setdefault(at if value is None else value, len(numbers)) for at, value in enumerate(values))

    def alike(at: int, other: int) -> float:
        calls = done[at].keys() | done[other].keys()
        return sum(done[at].get(call) == done[other].get(call) for call in calls) / len(calls) if done[at] and done[other] else 0.0

    return Comparison(candidates=candidates, values=values, clusters=clusters, similarity=_matrix(len(candidates), alike), by_meaning=False)


def _matrix(size: int, alike: _Alike) -> Matrix:
    rows = [[1.0] * size for _ in range(size)]
    for at in range(size):
        for other in range(at):
            rows[at][other] = rows[other][at] = alike(at, other)
    return tuple(tuple(row) for row in rows)


def _text(candidate: Candidate) -> str:
    return candidate.answer.text if candidate.answer is not None else ""
