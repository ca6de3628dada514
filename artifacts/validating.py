"""Runs validators over artifacts side by side within one deadline, and keeps the results of identical files."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from artifacts.comparing import comparer_of
from artifacts.keeping import Kept
from artifacts.records import Artifact, Check, CheckStatus, Finding
from artifacts.validator import NotChecked, Validator

MAX_INPUT = 262_144
_KEPT = 20_000
"""Findings kept for identical files; keys are hashes, so no content stays."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Result:
    """One validator's result on one artifact; `reason` is set when it was not checked."""

    findings: tuple[Finding, ...] = ()
    reason: str = ""


_RESULTS: Kept[str, _Result] = Kept(_KEPT)


async def run_validators(
    validators: Sequence[Validator], artifacts: tuple[Artifact, ...], *, timeout_s: float
) -> tuple[tuple[Check, ...], tuple[Finding, ...]]:
    """Run every validator on every artifact of its kinds, in parallel. Returns within `timeout_s` and a little.

    A validator that did not end, is missing or failed gives a check NOT_CHECKED with the reason; it never counts as a pass.
    """
    deadline = time.monotonic() + timeout_s
    places = asyncio.Semaphore(_AT_ONCE)
    await asyncio.to_thread(_read_once, artifacts)
    outcomes = await asyncio.gather(*(_run(validator, artifacts, deadline, places) for validator in validators))
    checks = tuple(check for check, _ in outcomes if check is not None)
    return checks, tuple(finding for _, findings in outcomes for finding in findings)


def _read_once(artifacts: tuple[Artifact, ...]) -> None:
    """Read every file before the validators do, so that they find it read instead of each reading it at the same time."""
    for artifact in artifacts:
        if len(artifact.content) <= MAX_INPUT:
            comparer_of(artifact.kind).faults(artifact.content)


async def _run(
    validator: Validator, artifacts: tuple[Artifact, ...], deadline: float, places: asyncio.Semaphore
) -> tuple[Check | None, tuple[Finding, ...]]:
    chosen = [artifact for artifact in artifacts if artifact.kind in validator.kinds]
    if not chosen:
        return None, ()
    started = time.monotonic()
    results = await asyncio.gather(*(_one(validator, artifact, artifacts, deadline, places) for artifact in chosen))
    findings = tuple(finding for result in results for finding in result.findings)
    reasons = list(dict.fromkeys(result.reason for result in results if result.reason))
    ended = CheckStatus.FINDINGS if findings else CheckStatus.PASSED
    status = CheckStatus.NOT_CHECKED if reasons else ended
    check = Check(
        validator=validator.id,
        label=validator.label,
        status=status,
        paths=tuple(artifact.path for artifact in chosen),
        reason="; ".join(reasons),
        duration_ms=round((time.monotonic() - started) * 1000, 1),
    )
    return check, findings


async def _one(
    validator: Validator, artifact: Artifact, artifacts: tuple[Artifact, ...], deadline: float, places: asyncio.Semaphore
) -> _Result:
    if len(artifact.content) > MAX_INPUT:
        return _Result(reason=f"{artifact.path} is larger than {MAX_INPUT // 1024} KiB")
    digest = hashlib.sha256(artifact.content.encode("utf-8", "surrogatepass")).hexdigest()
    key = f"{validator.id} {artifact.kind.value} {digest}"
    if not validator.needs_answer and (kept := _RESULTS.get(key)) is not None:
        return _Result(tuple(replace(finding, path=artifact.path) for finding in kept.findings))
    async with places:
        left = deadline - time.monotonic()
        if left <= 0:
            return _Result(reason="there was no time left")
        try:
            async with asyncio.timeout(left):
                findings = await validator.check(artifact, artifacts, left)
        except NotChecked as error:
            return _Result(reason=str(error))
        except TimeoutError:
            return _Result(reason=f"it took longer than {left:.0f} seconds")
        except Exception as error:  # noqa: BLE001 - a fault of a validator must not cost the candidate its judgement
            return _Result(reason=f"the check failed on {artifact.path} ({type(error).__name__})")
    result = _Result(findings)
    if not validator.needs_answer:
        _RESULTS.put(key, result, 1 + len(findings))
    return result
