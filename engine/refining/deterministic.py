"""Repairs that need no model: a rule's own fix, one decision of the architect's rendering, or its whole file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from architect import render
from architect.errors import ArchitectError
from architect.request import Request, Style
from artifacts import compare
from artifacts.comparing import comparer_of
from artifacts.errors import DecisionNotTakeable, UnreadableArtifact
from artifacts.records import Artifact, Decision, Severity
from artifacts.rule import Context
from artifacts.rules import RULES
from engine.refining.records import Hole, Lack

ORDER = (Style.HARDENED, Style.LEAN, Style.CACHED)
"""Whose decisions are tried first: the safest, since what is repaired is mostly what was forgotten."""

MOST_DECISIONS = 8
"""Decisions tried for one file in one round."""

_WORDS = {
    "root": "user",
    "dl3002": "user",
    "health": "health_check",
    "dl3055": "health_check",
    "port": "port",
    "expose": "port",
    "start": "start",
    "shell": "start",
    "dl3025": "start",
    "server": "start",
    "loopback": "start",
    "exec": "start",
    "signal": "start",
    "base": "base_image",
    "dl3006": "base_image",
    "dl3007": "base_image",
    "moving": "base_image",
    "runtime": "runtime",
    "restart": "restart",
    "image": "image",
    "published": "ports",
    "condition": "depends_on",
    "dependency": "depends_on",
    "volume": "volumes",
    "mount": "volumes",
    "secret": "environment",
}
"""Words in a rule's id, and the decision with which the repair most likely is."""

Repair = tuple[str, tuple[Artifact, ...]]


def renderings(request: Request | None) -> dict[str, tuple[Artifact, ...]]:
    """Return what the architect would write for each path, the safest style first; empty without a request or where it cannot."""
    found: dict[str, list[Artifact]] = {}
    for style in ORDER if request is not None else ():
        assert request is not None
        try:
            rendering = render(replace(request, previous=()), style)
        except ArchitectError:
            continue
        for artifact in rendering.artifacts:
            held = found.setdefault(artifact.path, [])
            if artifact not in held:
                held.append(artifact)
    return {path: tuple(held) for path, held in found.items()}


def fixes(artifact: Artifact, artifacts: tuple[Artifact, ...], todo: Sequence[Hole]) -> Iterator[Repair]:
    """Yield the fixes that the rules themselves offer, all together first, then one by one."""
    offered = [rule for rule in RULES if rule.fix is not None and any(hole.rule == rule.id for hole in todo)]
    alone: list[Repair] = []
    whole, names = artifact, []
    for rule in offered:
        assert rule.fix is not None
        changed = rule.fix(Context(whole, artifacts))
        if changed is not None and changed != whole.content and not comparer_of(artifact.kind).faults(changed):
            whole = replace(whole, content=changed)
            names.append(rule.title[0].lower() + rule.title[1:])
            if (single := rule.fix(Context(artifact, artifacts))) is not None:
                alone.append((f"mended: {names[-1]}", _with(artifacts, replace(artifact, content=single))))
    if names:
        yield f"mended: {', '.join(names)}", _with(artifacts, whole)
    if len(alone) > 1:
        yield from alone


def single_decisions(
    artifact: Artifact, artifacts: tuple[Artifact, ...], todo: Sequence[Hole], models: Sequence[Artifact]
) -> Iterator[tuple[str, Artifact, Decision]]:
    """Yield (decision, donor) pairs worth taking for these holes, each decision from the first rendering that differs."""
    mine = {decision.name: decision.value for decision in compare.decisions(artifact)}
    tried: set[tuple[str, str]] = set()
    for hole in todo:
        for name in _wanted(hole, mine, models):
            for model in models:
                decision = next((item for item in compare.decisions(model) if item.name == name), None)
                if decision is None or decision.value == mine.get(name) or (name, decision.value) in tried:
                    continue
                if len(tried) == MOST_DECISIONS:
                    return
                tried.add((name, decision.value))
                yield f"took {name.replace('_', ' ')} {decision.value[:80]} from the architect's file", model, decision


def taken(artifact: Artifact, decision: Decision, donor: Artifact) -> Artifact | None:
    """Return the artifact with this decision, None where it cannot be taken alone."""
    try:
        made = compare.take_decision(artifact, decision, donor)
    except (DecisionNotTakeable, UnreadableArtifact):
        return None
    return None if made == artifact else made


def whole_files(path: str, artifacts: tuple[Artifact, ...], todo: Sequence[Hole], models: Sequence[Artifact]) -> Iterator[Repair]:
    """Yield the architect's whole file where the file is missing or has errors that nothing smaller mended."""
    missing = all(artifact.path != path for artifact in artifacts)
    if not missing and not any(hole.severity is Severity.ERROR for hole in todo):
        return
    for model in models:
        yield ("added the architect's file" if missing else "took the architect's whole file"), _with(artifacts, model)


def _wanted(hole: Hole, mine: Mapping[str, str], models: Sequence[Artifact]) -> list[str]:
    """Return the names of the decisions that a hole is about."""
    if hole.lack is Lack.MISSING_DECISION:
        return [hole.rule]
    words = hole.rule.lower().replace("-", "_").split("_")
    about = list(dict.fromkeys(_WORDS[word] for word in words if word in _WORDS))
    known = list(dict.fromkeys([*mine, *(decision.name for model in models for decision in compare.decisions(model))]))
    found = [name for subject in about for name in known if name == subject or name.endswith(f".{subject}")]
    # of several services the one that the remark speaks of comes first
    return sorted(found, key=lambda name: name.rpartition(".")[0] not in hole.text)


def _with(artifacts: tuple[Artifact, ...], changed: Artifact) -> tuple[Artifact, ...]:
    if any(artifact.path == changed.path for artifact in artifacts):
        return tuple(changed if artifact.path == changed.path else artifact for artifact in artifacts)
    return (*artifacts, changed)


replaced = _with
