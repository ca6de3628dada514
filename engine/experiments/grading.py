"""Whether an answer is right: a text against the expected ones after its normalisation, files by the judge's score."""

from __future__ import annotations

from artifacts.records import Assessment
from engine.experiments.records import Outcome, Question
from providers import normalisation

AROUND = " \t\r\n.!\"'`*"
"""What may stand around a plain answer without making it wrong."""
SAY: dict[str, str] = {
    "lowercase_trim": "Answer with the answer alone, in as few words as possible, without a sentence around it.",
    "numeric": "Answer with the number alone.",
    "boolean": "Answer with yes or no alone.",
    "json": "Answer with the JSON value alone.",
}
"""The system prompt of a text question, so that answers can be compared; the same for every configuration."""


def graded(question: Question, text: str, assessment: Assessment | None) -> tuple[Outcome, float]:
    """Return whether the answer is right, and its measure: 1 or 0 for a text, the judge's score for files."""
    if question.of_files:
        if assessment is None:
            return Outcome.WRONG, 0.0
        right = assessment.clean and assessment.score >= question.accept
        return (Outcome.RIGHT if right else Outcome.WRONG), assessment.score
    right = is_right(question, text)
    return (Outcome.RIGHT, 1.0) if right else (Outcome.WRONG, 0.0)


def is_right(question: Question, text: str) -> bool:
    """Tell whether a text means one of the expected answers."""
    reads = normalisation.find(question.normalization)
    bare = question.normalization == "lowercase_trim"
    given = reads(text.strip(AROUND) if bare else text)
    return given is not None and any(given == reads(answer.strip(AROUND) if bare else answer) for answer in question.expect)
