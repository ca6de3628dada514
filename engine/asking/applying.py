"""From the files of an answer to a verdict, so that they are reviewed as a diff and applied like any other result."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from architect import expectations as expected
from architect.errors import ArchitectError
from architect.profile import Profile
from architect.request import Request, Target
from artifacts.judge import assess_artifacts
from artifacts.parse import parse_answer
from artifacts.records import Artifact, Expectations
from engine.asking.records import Reply
from providers.records import Verdict

STRATEGY = "asked"


def files(reply: Reply) -> tuple[Artifact, ...]:
    """Return the files an answer offers: whole ones, each with a path inside the workspace."""
    return parse_answer(reply.text).artifacts


async def as_verdict(reply: Reply, artifacts: Sequence[Artifact], profile: Profile) -> Verdict:
    """Return the files judged as a verdict; nothing is written."""
    taken = tuple(artifacts)
    assessment = await assess_artifacts(taken, _expectations(profile))
    who = " and ".join(pick.label for pick in reply.picks) or "a plain answer"
    return Verdict(
        run_id=secrets.token_hex(8),
        text="\n\n".join(f"---FILE: {artifact.path}---\n{artifact.content}" for artifact in taken),
        artifacts=taken,
        assessment=assessment,
        winner=None,
        strategy=STRATEGY,
        execution="sequential",
        consensus=1.0,
        votes=(),
        reasons=(f"Taken from the answer of {who} to: {reply.question[:200]}",),
        candidates=(),
        latency_ms=reply.latency_ms,
        cost_usd=reply.cost_usd,
    )


def _expectations(profile: Profile) -> Expectations:
    """Return what the files are held against: the facts alone, since an answer need not hold every file of a target."""
    known = frozenset(profile.files) if profile.files and not profile.truncated else None
    try:
        facts = expected.expectations(Request(profile=profile, targets=(Target("dockerfile"), Target("compose")))).facts
    except ArchitectError:
        facts = ()
    return Expectations(facts=facts, known_paths=known)
