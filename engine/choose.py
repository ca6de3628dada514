"""What a user may change about a verdict: take another candidate, or one decision from one; the result is judged again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from architect import render
from architect.request import Reason, Request, Style
from artifacts import compare
from artifacts.errors import DecisionNotTakeable, UnreadableArtifact
from artifacts.judge import assess_artifacts
from artifacts.records import Artifact, Assessment, Decision, Expectations
from providers import pricing
from providers.outcomes import NOBODY_PASSED
from providers.records import Candidate, Member, Status, Verdict

ARCHITECT = "architect"
NOTHING = "none"
"""The value of a decision to have none of something; also taken over where a candidate leaves a question open."""

TOOK, REPAIRED = "You took ", "Repaired: "
"""How a reason begins that stays true when the verdict changes again."""

COMPOSED = "verdict"
"""The id under which a verdict that is nobody's answer as a whole stands among the candidates; members' ids hold a slash."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One question and what each candidate decided, by member id; a candidate that decided nothing there is absent.

    `chosen` is what the verdict holds, "" where it decides nothing; `agreed` tells that all candidates say the same.
    """

    key: str
    path: str
    name: str
    blocking: bool
    values: dict[str, str]
    chosen: str
    agreed: bool


class CannotTake(ValueError):
    """The wanted candidate or decision cannot become part of the verdict; the message says why."""


def ranked(verdict: Verdict) -> tuple[Candidate, ...]:
    """Return the candidates, the verdict's first, then clean before not, by score, those without an answer last."""

    def place(candidate: Candidate) -> tuple[bool, bool, bool, float, int]:
        clean = candidate.assessment is not None and candidate.assessment.clean
        answered = candidate.status is Status.SUCCESS
        return candidate.member.id != verdict.winner, not answered, not clean, -(candidate.score or 0.0), candidate.member.index

    return tuple(sorted(verdict.candidates, key=place))


def composed(verdict: Verdict) -> Candidate | None:
    """Return a verdict made of several answers as if it were a candidate, so that it can be looked at like one; else None."""
    if verdict.winner is not None or not verdict.artifacts:
        return None
    nobody = Member(index=-1, id=COMPOSED, vendor="", label="The verdict, composed", model="")
    score = verdict.assessment.score if verdict.assessment else None
    return Candidate(member=nobody, status=Status.SUCCESS, assessment=verdict.assessment, score=score)


def undecided(run_id: str, candidates: Sequence[Candidate], strategy: str, execution: str, why: str, latency_ms: float) -> Verdict:
    """Return what the members gave in a run that ended without a verdict, so that the user can look and take one."""
    return Verdict(
        run_id=run_id,
        text="",
        artifacts=(),
        assessment=None,
        winner=None,
        strategy=strategy,
        execution=execution,
        consensus=0.0,
        votes=(),
        reasons=(),
        candidates=tuple(candidates),
        latency_ms=latency_ms,
        cost_usd=pricing.total(tuple(candidate.cost_usd for candidate in candidates)),
        warnings=(why,),
    )


def decision_rows(verdict: Verdict) -> tuple[DecisionRow, ...]:
    """Return every question any candidate decides, in the order of the files, disagreements on blocking ones marked by the caller."""
    chosen = {decision.key: decision.value for decision in verdict.assessment.decisions} if verdict.assessment else {}
    order: dict[str, Decision] = {}
    values: dict[str, dict[str, str]] = {}
    judged = [candidate for candidate in verdict.candidates if candidate.assessment and candidate.assessment.decisions]
    for candidate in judged:
        assert candidate.assessment is not None
        for decision in candidate.assessment.decisions:
            order.setdefault(decision.key, decision)
            values.setdefault(decision.key, {})[candidate.member.id] = decision.value
    return tuple(
        DecisionRow(
            key=key,
            path=decision.path,
            name=decision.name,
            blocking=decision.blocking,
            values=values[key],
            chosen=chosen.get(key, ""),
            agreed=len(values[key]) == len(judged) and len(set(values[key].values())) == 1,
        )
        for key, decision in order.items()
    )


def agreement(verdict: Verdict) -> tuple[int, int] | None:
    """Return on how many decisions all candidates say the same, and how many there are; None with fewer than two to compare."""
    if sum(bool(candidate.assessment and candidate.assessment.decisions) for candidate in verdict.candidates) < 2:
        return None
    rows = decision_rows(verdict)
    return sum(row.agreed for row in rows), len(rows)


def take_candidate(verdict: Verdict, member_id: str) -> Verdict:
    """Return the verdict with this member's answer in place of the chosen one. Raises CannotTake where it has no files."""
    candidate = _candidate(verdict, member_id)
    if not candidate.artifacts or candidate.answer is None:
        raise CannotTake(f"{candidate.member.label} gave no file that could be taken.")
    return replace(
        verdict,
        text=candidate.answer.text,
        artifacts=candidate.artifacts,
        assessment=candidate.assessment,
        winner=candidate.member.id,
        reasons=(f"{TOOK}the answer of {candidate.member.label}.",),
        warnings=(),
    )


async def take_decision(verdict: Verdict, member_id: str, key: str, expectations: Expectations | None) -> Verdict:
    """Return the verdict with one decision as this member has it; the files are rebuilt, validated and scored again.

    Raises CannotTake where the decision depends on more than can be carried over alone.
    """
    donor = _candidate(verdict, member_id)
    path, _, name = key.rpartition("#")
    decided = donor.assessment.decisions if donor.assessment else ()
    wanted = next((decision for decision in decided if decision.key == key), Decision(path, name, NOTHING))
    mine = next((artifact for artifact in verdict.artifacts if artifact.path == path), None)
    theirs = next((artifact for artifact in donor.artifacts if artifact.path == path), None)
    if not verdict.artifacts:
        raise CannotTake(
            f"There is no verdict yet that could hold one decision. Take the answer of {donor.member.label} or of another first."
        )
    if mine is None:
        raise CannotTake(f"The verdict has no file {path} to put this decision into.")
    if theirs is None:
        raise CannotTake(f"{donor.member.label} gave no file {path}.")
    try:
        taken = compare.take_decision(mine, wanted, theirs)
    except DecisionNotTakeable as error:
        raise CannotTake(str(error)) from error
    except UnreadableArtifact as error:
        raise CannotTake(f"Taking {name.replace('_', ' ')} alone would break {path}: {error}. Take the whole answer instead.") from error
    if taken == mine:
        raise CannotTake(f"The verdict has {name.replace('_', ' ')} {wanted.value} already.")
    artifacts = tuple(taken if artifact.path == path else artifact for artifact in verdict.artifacts)
    return await rejudged(
        verdict, artifacts, expectations, f"{TOOK}{name.replace('_', ' ')} {wanted.value} in {path} from {donor.member.label}."
    )


async def rejudged(verdict: Verdict, artifacts: tuple[Artifact, ...], expectations: Expectations | None, reason: str) -> Verdict:
    """Return the verdict with these files, validated and scored again; nobody's answer as a whole any more."""
    assessment = await assess_artifacts(artifacts, expectations)
    return recomposed(verdict, artifacts, assessment, (reason, *_earlier(verdict)))


def recomposed(verdict: Verdict, artifacts: tuple[Artifact, ...], assessment: Assessment, reasons: tuple[str, ...]) -> Verdict:
    """Return the verdict with other files and what the judge says of them; nobody's answer as a whole any more.

    That it needs repair is said no longer where the judge finds no error in it.
    """
    return replace(
        verdict,
        text="\n\n".join(f"---FILE: {artifact.path}---\n{artifact.content}" for artifact in artifacts),
        artifacts=artifacts,
        assessment=assessment,
        winner=None,
        reasons=reasons,
        warnings=tuple(warning for warning in verdict.warnings if not (assessment.clean and warning == NOBODY_PASSED)),
    )


def line_reasons(request: Request, artifacts: tuple[Artifact, ...], member_id: str) -> tuple[Reason, ...]:
    """Return why each line is as it is, for files the architect wrote; empty for any other member or an edited file.

    The architect is deterministic, so its reasons come from writing the same request again.
    """
    vendor, _, model = member_id.partition("/")
    if vendor != ARCHITECT or model not in {style.value for style in Style}:
        return ()
    rendering = render(request, Style(model))
    same = {artifact.path for artifact in rendering.artifacts if artifact in artifacts}
    return tuple(reason for reason in rendering.reasons if reason.path in same)


def _candidate(verdict: Verdict, member_id: str) -> Candidate:
    for candidate in verdict.candidates:
        if candidate.member.id == member_id:
            return candidate
    raise CannotTake(f"There is no member {member_id} in this run.")


def _earlier(verdict: Verdict) -> tuple[str, ...]:
    """Keep what the user did before, drop what spoke of the answer that was replaced."""
    return tuple(reason for reason in verdict.reasons if reason.startswith((TOOK, REPAIRED)))
