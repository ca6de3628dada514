"""What a pass did, for a terminal as a difference with reasons, and as plain data."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from artifacts.records import Artifact
from engine.passes import Improvement


def improvement_text(improvements: Sequence[Improvement], written: Sequence[str] = ()) -> str:
    """Return the edits with their reasons, the difference of every file, and what was written."""
    lines: list[str] = []
    for done in improvements:
        before, after = done.assessment_before, done.assessment
        lines.append(
            f"{done.pass_id}: {len(done.kept)} changes, score {before.score:.2f} to {after.score:.2f}, "
            f"{len(before.findings)} findings to {len(after.findings)}"
        )
        for change in done.changes:
            if change.kept:
                lines += [f"  {change.path}: {change.what}", f"    because {change.why} ({change.evidence})"]
            else:
                lines.append(f"  left alone: {change.path}: {change.what}; {change.note}")
        lines.append("")
    lines += [difference for path in changed_paths(improvements) if (difference := _difference(improvements, path))]
    lines += [f"wrote {path}" for path in written]
    return "\n".join(lines).rstrip()


def improvement_document(improvements: Sequence[Improvement], written: Sequence[str] = ()) -> dict[str, Any]:
    """Return the passes as plain data."""
    return {
        "passes": [
            {
                "pass": done.pass_id,
                "score_before": done.assessment_before.score,
                "score": done.assessment.score,
                "findings_before": len(done.assessment_before.findings),
                "findings": len(done.assessment.findings),
                "changes": [
                    {
                        "path": change.path,
                        "what": change.what,
                        "why": change.why,
                        "evidence": change.evidence,
                        "kept": change.kept,
                        "note": change.note,
                    }
                    for change in done.changes
                ],
            }
            for done in improvements
        ],
        "artifacts": [
            {"path": path, "kind": _held(improvements[-1].after, path).kind.value, "content": _held(improvements[-1].after, path).content}
            for path in changed_paths(improvements)
        ],
        "written": list(written),
    }


def changed_paths(improvements: Sequence[Improvement]) -> tuple[str, ...]:
    """Return the files that are not as they were before the first pass."""
    if not improvements:
        return ()
    first = {artifact.path: artifact.content for artifact in improvements[0].before}
    return tuple(artifact.path for artifact in improvements[-1].after if first.get(artifact.path) != artifact.content)


def _difference(improvements: Sequence[Improvement], path: str) -> str:
    old = next((artifact.content for artifact in improvements[0].before if artifact.path == path), "")
    new = _held(improvements[-1].after, path).content
    return "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), path if old else "/dev/null", path, lineterm="")) + "\n"


def _held(artifacts: Sequence[Artifact], path: str) -> Artifact:
    return next(artifact for artifact in artifacts if artifact.path == path)
