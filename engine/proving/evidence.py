"""Turns a proof into evidence: a check for every fact that was tried, a finding for every one that failed."""

from __future__ import annotations

from collections.abc import Sequence

from artifacts.records import Check, CheckStatus, Finding, Severity
from engine.proving.records import STEP_LABELS, ImageProof, Outcome

SOURCE = "proof"
_STATUS = {Outcome.PASSED: CheckStatus.PASSED, Outcome.FAILED: CheckStatus.FINDINGS, Outcome.NOT_CHECKED: CheckStatus.NOT_CHECKED}
_SEVERITY = {
    "proof_root": Severity.WARNING,
    "proof_stop": Severity.WARNING,
    "proof_answer": Severity.WARNING,
    "proof_read_only": Severity.HINT,
}


def checks_of(images: Sequence[ImageProof]) -> tuple[Check, ...]:
    """Return one check for every fact; its reason is the fact's sentence."""
    return tuple(
        Check(f"{SOURCE}_{fact.step.value}", f"Proof: {STEP_LABELS[fact.step].lower()}", _STATUS[fact.outcome], (image.path,), fact.text,
              fact.seconds * 1000)
        for image in images
        for fact in image.facts
        if fact.outcome is not Outcome.RUNNING
    )  # fmt: skip


def findings_of(images: Sequence[ImageProof]) -> tuple[Finding, ...]:
    """Return one finding for every fact that failed."""
    return tuple(
        Finding(fact.rule, _SEVERITY.get(fact.rule, Severity.ERROR), f"Proved: {fact.text}", image.path, fact.line, source=SOURCE)
        for image in images
        for fact in image.facts
        if fact.outcome is Outcome.FAILED
    )


def not_checked(reason: str, paths: Sequence[str] = ()) -> Check:
    """Return the check of a proof that could not be made."""
    return Check(SOURCE, "Proof by building", CheckStatus.NOT_CHECKED, tuple(paths), reason)
