"""Questions about judgements: what a rule means, what the last run found and why it came out as it did."""

from __future__ import annotations

import re

from artifacts.records import Severity
from artifacts.rule import Rule
from artifacts.rules import RULES
from engine.asking.records import Source
from engine.asking.topic import Matter, Said, Topic, code, words

MOST_FINDINGS = 12
MIN_SHARE = 0.6
_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    ["the", "and", "for", "with", "what", "does", "this", "that", "rule", "mean", "explain", "why", "not", "its", "has", "are", "from"]
)


def rule_asked(question: str) -> Rule | None:
    """Return the rule a question names, by its id or by most words of its title."""
    lowered = question.lower()
    flat = lowered.replace("-", "_")
    named = [rule for rule in RULES if rule.id in flat or rule.id.replace("_", " ") in lowered]
    if named:
        return max(named, key=lambda rule: len(rule.id))
    asked = set(_WORD.findall(lowered)) - _COMMON
    best, share = None, MIN_SHARE
    for rule in RULES:
        title = set(_WORD.findall(rule.title.lower())) - _COMMON
        hit = len(title & asked) / len(title) if len(title) > 1 else 0.0
        if hit > share:
            best, share = rule, hit
    return best


def _rule(matter: Matter) -> Said | None:
    rule = rule_asked(matter.question)
    if rule is None:
        return None
    language = {"dockerfile": "dockerfile", "terraform": "hcl"}.get(rule.kind.value, "yaml")
    found = _findings_of(matter, rule.id)
    here = "\n\nIn the last run it was reported for " + ", ".join(f"`{where}`" for where in found) + "." if found else ""
    text = (
        f"**{rule.title}** ({code(rule.id)}, {rule.severity.value})\n\n{rule.why}\n\n"
        f"Good:\n\n```{language}\n{rule.good.rstrip()}\n```\n\nBad:\n\n```{language}\n{rule.bad.rstrip()}\n```{here}"
    )
    return Said(text)


def _last_run(matter: Matter) -> Said | None:
    verdict = matter.verdict
    if verdict is None:
        return Said("There is no run of this workspace to speak of yet. Press Generate on the Generate page, then ask again.")
    assessment = verdict.assessment
    lines = []
    if assessment is not None:
        counts = ", ".join(
            f"{assessment.count(severity)} {severity.value}{'s' * (assessment.count(severity) != 1)}" for severity in Severity
        )
        lines.append(f"The last run gave {', '.join(f'`{artifact.path}`' for artifact in verdict.artifacts) or 'no file'} with {counts}.")
    if verdict.reasons:
        lines.append("Why it came out so:\n\n" + "\n".join(f"- {reason}" for reason in verdict.reasons[:6]))
    findings = assessment.findings if assessment else ()
    if findings:
        ordered = sorted(findings, key=lambda entry: tuple(Severity).index(entry.severity))
        rows = [f"- {entry.severity.value}, `{Source(entry.path, entry.line)}`: {entry.message} ({code(entry.rule)})" for entry in ordered]
        more = f"\n- and {len(rows) - MOST_FINDINGS} more on the Review page" if len(rows) > MOST_FINDINGS else ""
        lines.append("Findings:\n\n" + "\n".join(rows[:MOST_FINDINGS]) + more)
    elif assessment is not None:
        lines.append("The validators found nothing to remark.")
    missing = [check.label for check in assessment.checks if check.status.value == "not_checked"] if assessment else []
    if missing:
        lines.append(f"Not checked: {', '.join(dict.fromkeys(missing))}.")
    return Said("\n\n".join(lines) or "The last run ended without a result.")


def _findings_of(matter: Matter, rule: str) -> list[str]:
    assessment = matter.verdict.assessment if matter.verdict else None
    return [str(Source(entry.path, entry.line)) for entry in (assessment.findings if assessment else ()) if entry.rule == rule]


_IDS = "|".join(sorted({rule.id.split("_")[0] for rule in RULES}))
TOPICS = (
    Topic(
        id="rule",
        label="A rule",
        pattern=words(rf"(?:{_IDS})_[a-z_]+", r"what does (?:the rule|rule)\b.*?\bmean", r"(?:the|this|which) rule\b", r"rule\b"),
        examples=("What does dockerfile_root_user mean?",),
        answer=_rule,
        expert="security",
    ),
    Topic(
        id="last_run",
        label="The last run",
        pattern=words(
            r"(?:last|latest|previous) (?:run|result|verdict)",
            r"findings?\b",
            r"verdict",
            r"why did .*? win",
            r"what did (?:you|the validators) find",
        ),
        examples=("What did the last run find?",),
        answer=_last_run,
    ),
)
