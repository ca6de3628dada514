"""Passes over files that exist (SPEC §13): each edit is made alone, judged, and kept only where it makes no file worse."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from architect.errors import ArchitectError
from architect.expectations import expectations as expected
from architect.passes import PASSES, TARGETS, Edit, Yard
from architect.profile import Profile
from architect.renderer import plans_for
from architect.request import Request, Style, Target
from artifacts.comparing import comparer_of
from artifacts.judge import assess_artifacts
from artifacts.parse import kind_of
from artifacts.records import Artifact, Assessment, Expectations, Kind, Severity
from engine.refining.deterministic import renderings, replaced
from providers.records import Verdict
from workspace.errors import WorkspaceError
from workspace.files import Workspace

KINDS = frozenset({Kind.DOCKERFILE, Kind.COMPOSE, Kind.KUBERNETES})
MOST_FILES = 40
MOST_EDITS = 400
LARGEST = 200_000
"""Characters of a file that is looked at."""


class NothingToImprove(ValueError):
    """There is no file a pass could work on; the message says what it looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One edit: what it does, why, on which evidence. `kept` tells whether it stands; `note` says why not, or what it changed."""

    path: str
    what: str
    why: str
    evidence: str
    kept: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """What a pass made of the files: those that changed or are new, every edit with its reason, the judge's view before and after."""

    pass_id: str
    before: tuple[Artifact, ...]
    after: tuple[Artifact, ...]
    changes: tuple[Change, ...]
    assessment_before: Assessment
    assessment: Assessment
    expectations: Expectations
    latency_ms: float

    @property
    def changed(self) -> tuple[Artifact, ...]:
        """Return the files that are new or not as they were."""
        return tuple(artifact for artifact in self.after if artifact not in self.before)

    @property
    def kept(self) -> tuple[Change, ...]:
        """Return the edits that stand."""
        return tuple(change for change in self.changes if change.kept)


def existing_files(workspace: Workspace, found: Profile) -> tuple[Artifact, ...]:
    """Read the files of the workspace that a pass can change; what cannot be read or parsed is left out."""
    paths = [path for target in TARGETS for path in found.existing.get(target, ())]
    artifacts: list[Artifact] = []
    for path in list(dict.fromkeys(paths))[:MOST_FILES]:
        try:
            text = workspace.read_text(path)
        except WorkspaceError:
            continue
        kind = kind_of(path, text)
        if kind in KINDS and len(text) <= LARGEST and not comparer_of(kind).faults(text):
            artifacts.append(Artifact(path, text, kind))
    return tuple(artifacts)


async def improve(
    pass_id: str, artifacts: Sequence[Artifact], found: Profile, *, on_event: Callable[[str], None] | None = None
) -> Improvement:
    """Run a pass over files. Raises NothingToImprove where there are none.

    Every edit changes its own lines only. After each the files are judged again, and it is taken back where a file got an
    error, a new warning or a lower score.
    """
    if not artifacts:
        raise NothingToImprove("No Dockerfile, Compose file or Kubernetes manifest was found that could be read. Generate one first.")
    began = time.monotonic()
    chosen = PASSES[pass_id]
    expectations, yard = await asyncio.to_thread(_prepared, tuple(artifacts), found)
    before = now = await assess_artifacts(artifacts, expectations)
    changes: list[Change] = []
    tried: set[tuple[str, str]] = set()
    for step in chosen.steps:
        while len(tried) < MOST_EDITS:
            # an edit may move the lines of others, so the step looks at the files again after every one
            edit = next((item for item in step(yard) if (item.path, item.what) not in tried), None)
            if edit is None:
                break
            tried.add((edit.path, edit.what))
            if on_event is not None:
                on_event(f"{edit.path}: {edit.what}")
            made = _made(yard, edit)
            if made is None:
                continue
            judged = await assess_artifacts(made, expectations)
            against = _worse(judged, now)
            note = against or _told(judged, now)
            changes.append(Change(path=edit.path, what=edit.what, why=edit.why, evidence=edit.evidence, kept=not against, note=note))
            if not against:
                now, yard = judged, Yard(yard.profile, made, yard.models, yard.plans)
    return Improvement(
        pass_id=pass_id,
        before=tuple(artifacts),
        after=yard.artifacts,
        changes=tuple(changes),
        assessment_before=before,
        assessment=now,
        expectations=expectations,
        latency_ms=(time.monotonic() - began) * 1000,
    )


def as_verdict(improvement: Improvement) -> Verdict:
    """Return a pass's result as a verdict, so that it is reviewed, kept and applied like any other."""
    changed = improvement.changed
    reasons = tuple(f"{change.path}: {change.what}, because {change.why} ({change.evidence})." for change in improvement.kept)
    warnings = tuple(f"Left alone: {change.path}: {change.what}; {change.note}." for change in improvement.changes if not change.kept)
    return Verdict(
        run_id=secrets.token_hex(8),
        text="\n\n".join(f"---FILE: {artifact.path}---\n{artifact.content}" for artifact in changed),
        artifacts=changed,
        assessment=replace(
            improvement.assessment,
            artifacts=changed,
            findings=tuple(f for f in improvement.assessment.findings if any(f.path == artifact.path for artifact in changed)),
            decisions=tuple(d for d in improvement.assessment.decisions if any(d.path == artifact.path for artifact in changed)),
        ),
        winner=None,
        strategy=improvement.pass_id.replace("-", "_"),
        execution="sequential",
        consensus=1.0,
        votes=(),
        reasons=reasons,
        candidates=(),
        latency_ms=improvement.latency_ms,
        cost_usd=0.0,
        warnings=warnings,
    )


def _prepared(artifacts: tuple[Artifact, ...], found: Profile) -> tuple[Expectations, Yard]:
    """Return what the files are judged by, and what is known for the edits; an unknown repository gives edits that need no knowledge."""
    request = Request(profile=found, targets=(Target("dockerfile"), Target("compose")))
    known = frozenset(found.files) if found.files and not found.truncated else None
    try:
        facts = expected(request).facts
        models = renderings(request)
        plans, _ = plans_for(found, Style.HARDENED)
    except ArchitectError:
        facts, models, plans = (), {}, {}
    return Expectations(facts=facts, known_paths=known), Yard(found, artifacts, models, plans)


def _made(yard: Yard, edit: Edit) -> tuple[Artifact, ...] | None:
    """Return the files with an edit, None where it cannot be made, changes nothing or breaks the file."""
    old = next((artifact for artifact in yard.artifacts if artifact.path == edit.path), None)
    if old is None and edit.kind is None:
        return None
    text = old.content if old is not None else ""
    endings = "\r\n" in text
    made = edit.apply(text.replace("\r\n", "\n") if endings else text)
    if made is None:
        return None
    made = made.replace("\n", "\r\n") if endings else made
    kind = old.kind if old is not None else edit.kind
    if made == text or kind is None or comparer_of(kind).faults(made):
        return None
    return replaced(yard.artifacts, Artifact(edit.path, made, kind))


def _worse(new: Assessment, old: Assessment) -> str:
    """Return why an edit makes the files worse, "" where it does not."""
    for severity in (Severity.ERROR, Severity.WARNING):
        if new.count(severity) > old.count(severity):
            known = {(finding.path, finding.rule, finding.message) for finding in old.findings}
            fresh = [f for f in new.findings if f.severity is severity and (f.path, f.rule, f.message) not in known]
            return f"it would bring {'an error' if severity is Severity.ERROR else 'a warning'}" + (
                f": {fresh[0].message}" if fresh else ""
            )
    if new.score < old.score - 1e-4:
        return f"the score would fall from {old.score:.2f} to {new.score:.2f}"
    return ""


def _told(new: Assessment, old: Assessment) -> str:
    gone = len(old.findings) - len(new.findings)
    risen = f"score {old.score:.2f} to {new.score:.2f}" if new.score > old.score + 1e-4 else ""
    fewer = f"{gone} finding{'s' * (gone != 1)} fewer" if gone > 0 else ""
    return ", ".join(part for part in (risen, fewer) if part) or "no check found it worse"
