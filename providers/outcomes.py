"""What becomes of the members' outcomes: who may vote, how sure each is, what is told when too few answered."""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace

from providers import pricing
from providers.comparison import Comparison, Matrix
from providers.errors import EnsembleError, NotEnoughAnswers, ProviderError, RunTimedOut
from providers.records import Candidate, Member, MemberError, Status
from providers.strategy import Ballot
from providers.votes import shorten

_LONGEST_MESSAGE = 500

NOBODY_PASSED = "No answer passed the validators; the result has errors that need repair."
"""The warning that no longer holds once the result was repaired."""


def successes(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates that answered, in member order."""
    answered = [candidate for candidate in candidates if candidate.status is Status.SUCCESS]
    answered.sort(key=lambda candidate: candidate.member.index)
    return answered


def split(answered: Sequence[Candidate]) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """Return who may vote and who is barred: validators come first, but when nobody is clean everybody votes (SPEC §5)."""
    clean = tuple(candidate for candidate in answered if candidate.assessment is None or candidate.assessment.clean)
    if not clean or len(clean) == len(answered):
        return tuple(answered), ()
    return clean, tuple(candidate for candidate in answered if candidate not in clean)


def enriched(candidate: Candidate, at: int, comparison: Comparison) -> Candidate:
    """Fill in what follows from the comparison: cluster, confidence, and the score of a text that no validator judged."""
    others = [other for other in range(len(comparison.candidates)) if other != at]
    alike = comparison.closeness(at, others) if others else None
    score = candidate.score
    if score is None and alike is not None and not comparison.by_meaning:
        score = text_evidence(at, others, alike, comparison)
    return replace(candidate, cluster=comparison.clusters[at], confidence=_confidence(candidate, alike), score=score)


def text_evidence(at: int, others: Sequence[int], alike: float, comparison: Comparison) -> float:
    """Return 0..1 for a plain text: half the share of the others that say the same, half how alike theirs are; never its length."""
    same = sum(comparison.clusters[other] == comparison.clusters[at] for other in others) / len(others)
    return 0.5 * same + 0.5 * alike


def whole_matrix(everyone: Sequence[Candidate], comparison: Comparison) -> Matrix:
    """Return the similarity of all members in member order; rows and columns of those without an answer are 0."""
    place = {candidate.member.id: at for at, candidate in enumerate(comparison.candidates)}
    positions = [place.get(candidate.member.id) for candidate in everyone]
    return tuple(
        tuple(0.0 if row is None or column is None else comparison.similarity[row][column] for column in positions) for row in positions
    )


def about_barred(ballot: Ballot) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return reasons and warnings about candidates that the validators did not let pass."""
    if ballot.barred:
        return tuple(f"{candidate.member.id} has no vote: {_what_barred(candidate)}" for candidate in ballot.barred), ()
    unclean = [candidate for candidate in ballot.candidates if candidate.assessment is not None and not candidate.assessment.clean]
    if unclean and len(unclean) == len(ballot.candidates):
        return (), (NOBODY_PASSED,)
    return (), ()


def about_cost(everyone: Iterable[Candidate]) -> tuple[str, ...]:
    """Warn where the total leaves members out."""
    candidates = tuple(everyone)
    unknown = [candidate.member.id for candidate in candidates if candidate.status is Status.SUCCESS and candidate.cost_usd is None]
    cut = [
        candidate.member.id
        for candidate in candidates
        if candidate.status is Status.CANCELLED and candidate.member.vendor not in pricing.FREE_VENDORS
    ]
    warnings = (f"The cost of {', '.join(unknown)} is not known and not in the total.",) if unknown else ()
    return (*warnings, f"What {', '.join(cut)} had cost when cancelled is not in the total.") if cut else warnings


def reason(error: ProviderError) -> MemberError:
    """Return a member's error as it is kept and shown."""
    cause = error.__cause__
    kind = type(cause if isinstance(cause, EnsembleError) else error).__name__
    return MemberError(kind, shorten(error.message, _LONGEST_MESSAGE), error.advice)


def inner_of(error: ProviderError) -> tuple[Candidate, ...]:
    """Return what the members of a nested ensemble gave that failed as a whole."""
    cause = error.__cause__
    return tuple(entry for entry in cause.candidates if isinstance(entry, Candidate)) if isinstance(cause, EnsembleError) else ()


def cost_of(error: ProviderError) -> float | None:
    """Return what a failed nested ensemble's calls cost all the same; None where that is not known."""
    return pricing.total(tuple(candidate.cost_usd for candidate in inner_of(error)))


def fault(member: Member, error: BaseException) -> MemberError:
    """Return what is shown for an exception that no member should raise; its text may hold anything and is not shown."""
    message = f"{member.label} failed with an unexpected {type(error).__name__}; this is a fault of the program, not of your settings."
    return MemberError("ProviderError", message)


def where(error: BaseException) -> str:
    """Return an exception's class and place for the log, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


def too_few(candidates: Sequence[Candidate], required: int, *, deadline_passed: bool) -> EnsembleError:
    """Return the error that lists every member's reason; RunTimedOut where only time was missing."""
    answered = len(successes(candidates))
    late = sum(candidate.error is not None and candidate.error.kind == "VendorTimeout" for candidate in candidates)
    reasons = "; ".join(f"{candidate.member.id}: {candidate.error.message}" for candidate in candidates if candidate.error is not None)
    message = f"{answered} of {len(candidates)} members answered; the run needs {required}. {reasons}"
    if deadline_passed and late and answered + late >= required:
        return RunTimedOut(message, candidates=candidates)
    return NotEnoughAnswers(message, candidates=candidates)


def _confidence(candidate: Candidate, alike: float | None) -> float | None:
    mean = candidate.answer.mean_logprob if candidate.answer else None
    if mean is not None and not math.isnan(mean):
        return min(1.0, math.exp(min(0.0, mean)))
    return alike


def _what_barred(candidate: Candidate) -> str:
    assessment = candidate.assessment
    if assessment is None:
        return "it was not judged."
    errors = [finding.message for finding in assessment.findings if finding.severity == "error"]
    notes = [*assessment.problems, *errors]
    first = shorten(notes[0], 160).rstrip(".") if notes else "it did not pass the validators"
    return f"{first}{f' and {len(notes) - 1} more' if len(notes) > 1 else ''}."
