"""Files that came from a colleague, or were merged by hand, as a verdict: validated here, and reviewed and applied like any other."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

from artifacts.judge import assess_artifacts
from artifacts.kinds import kind_of
from artifacts.records import Artifact, Expectations
from providers.records import Verdict

STRATEGY = "taken_over"


async def taken_over(
    files: Mapping[str, str], expectations: Expectations | None, reasons: tuple[str, ...], before: Verdict | None = None
) -> Verdict:
    """Return a verdict of these files, path to text, in the place of those of `before` with the same paths; its other files stay.

    A colleague's validation is not taken on trust: all files are judged again.
    """
    began = time.monotonic()
    kept = {artifact.path: artifact for artifact in (before.artifacts if before is not None else ())}
    for path, text in files.items():
        known = kept.get(path)
        kept[path] = Artifact(path, text, known.kind if known is not None else kind_of(path, text))
    artifacts = tuple(kept.values())
    assessment = await assess_artifacts(artifacts, expectations)
    return Verdict(
        run_id=secrets.token_hex(8),
        text="\n\n".join(f"---FILE: {artifact.path}---\n{artifact.content}" for artifact in artifacts),
        artifacts=artifacts,
        assessment=assessment,
        winner=None,
        strategy=STRATEGY,
        execution="sequential",
        consensus=1.0,
        votes=(),
        reasons=reasons,
        candidates=(),
        latency_ms=(time.monotonic() - began) * 1000,
        cost_usd=0.0,
        warnings=(),
    )
