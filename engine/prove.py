"""The use case of proof: build the images a set of files describes, start them shut off, look at what they do, and leave nothing behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from architect.profile import Profile
from artifacts.judge import add_evidence
from artifacts.records import Artifact, Expectations
from engine.proving.evidence import SOURCE, checks_of, findings_of, not_checked
from engine.proving.image import ImageProver
from engine.proving.needs import needs
from engine.proving.plan import Task, tasks
from engine.proving.records import DoneEvent, ImageProof, Outcome, Proof, ProofEvent, Step, StepEvent
from providers.records import Verdict
from workspace.containers import BuildMount, ContainerEngine, Sandbox, copy_workspace, find_engine, open_sandbox, sweep
from workspace.errors import EngineFailed, NoEngine, Restricted, WorkspaceError
from workspace.files import Workspace
from workspace.trust import Act

TIMEOUT_S = 1_800.0
"""Seconds a proof may take unless told otherwise: first pulls and installs are slow."""


async def prove(
    workspace: Workspace,
    artifacts: Sequence[Artifact],
    profile: Profile | None = None,
    *,
    engine: ContainerEngine | None = None,
    on_event: Callable[[ProofEvent], None] | None = None,
    timeout: float = TIMEOUT_S,  # noqa: ASYNC109 - a budget shared out among many steps, not one wait
    mounts: Sequence[BuildMount] = (),
) -> Proof:
    """Prove every Dockerfile among the artifacts, one after the other, in a copy of the workspace.

    Building runs what the files say, with the network the engine gives builds: ask the user first. `mounts` are seen by build steps
    only. Cancelling stops the build or container at once and removes what was made. Without an engine, or where this machine cannot
    give what a build needs, the proof says so and is no verdict on the files.
    """
    began = time.monotonic()
    tell = on_event or _nobody
    wanted = tasks(artifacts, profile)
    proof = await _prove(workspace, artifacts, profile, wanted, engine, tell, began + timeout, tuple(mounts))
    proof = _with_evidence(proof, wanted, time.monotonic() - began)
    tell(DoneEvent(proof))
    return proof


async def watch(
    workspace: Workspace,
    artifacts: Sequence[Artifact],
    profile: Profile | None = None,
    *,
    engine: ContainerEngine | None = None,
    timeout: float = TIMEOUT_S,  # noqa: ASYNC109 - as in prove
    mounts: Sequence[BuildMount] = (),
) -> AsyncIterator[ProofEvent]:
    """Prove as `prove` does and yield what happens; the last event carries the proof. Closing the iterator cancels and cleans up."""
    events: asyncio.Queue[ProofEvent] = asyncio.Queue()
    work = asyncio.create_task(
        prove(workspace, artifacts, profile, engine=engine, on_event=events.put_nowait, timeout=timeout, mounts=mounts)
    )
    try:
        while True:
            following = asyncio.create_task(events.get())
            await asyncio.wait((following, work), return_when=asyncio.FIRST_COMPLETED)
            if not following.done() and events.empty():
                following.cancel()
                await work
                return
            event = await following
            yield event
            if isinstance(event, DoneEvent):
                return
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


def with_proof(verdict: Verdict, proof: Proof, expectations: Expectations | None) -> Verdict:
    """Return the verdict with the proof in its evidence: checks and findings added, score and cleanness weighed again."""
    if verdict.assessment is None:
        return verdict
    assessed = add_evidence(verdict.assessment, expectations, proof.checks, proof.findings, SOURCE)
    return replace(verdict, assessment=assessed)


async def _prove(
    workspace: Workspace,
    artifacts: Sequence[Artifact],
    profile: Profile | None,
    wanted: Sequence[Task],
    engine: ContainerEngine | None,
    tell: Callable[[ProofEvent], None],
    deadline: float,
    mounts: tuple[BuildMount, ...],
) -> Proof:
    if not wanted:
        return Proof(not_proved="there is no Dockerfile among the files")
    try:
        workspace.allow(Act.PROVE)
        engine = engine or await find_engine()
    except (NoEngine, Restricted) as error:
        return Proof(not_proved=error.message)
    images: list[ImageProof] = []
    notes: list[str] = []
    try:
        notes += [f"Left by an earlier proof that was killed, removed now: {thing}." for thing in await sweep(engine)]
        async with open_sandbox(engine) as box:
            notes += await _copy(box, workspace, {artifact.path: artifact.content for artifact in artifacts}, tell)
            for task in wanted:
                given = await asyncio.to_thread(needs, task, artifacts, profile)
                images.append(await ImageProver(box, task, given, tell, deadline, mounts).prove())
            tell(StepEvent("", Step.CLEAN, Outcome.RUNNING))
        tell(StepEvent("", Step.CLEAN, Outcome.PASSED, "nothing is left behind"))
    except EngineFailed as error:
        tell(StepEvent("", Step.CLEAN, Outcome.FAILED, error.message))
        notes.append(error.message)
    except WorkspaceError as error:
        return Proof(engine=engine.label, images=tuple(images), notes=tuple(notes), not_proved=error.message)
    return Proof(engine=engine.label, images=tuple(images), notes=tuple(notes), not_proved="" if images else " ".join(notes))


async def _copy(box: Sandbox, workspace: Workspace, written: Mapping[str, str], tell: Callable[[ProofEvent], None]) -> list[str]:
    tell(StepEvent("", Step.COPY, Outcome.RUNNING))
    began = time.monotonic()
    copied = await asyncio.to_thread(copy_workspace, workspace, box.context, written)
    took = time.monotonic() - began
    tell(StepEvent("", Step.COPY, Outcome.PASSED, f"{copied.files:,} files, {copied.size / 1e6:.1f} MB; your folder is only read", took))
    return [f"Not in the copy: {text}" for text in copied.left_out]


def _with_evidence(proof: Proof, wanted: Sequence[Task], seconds: float) -> Proof:
    checks = checks_of(proof.images)
    if proof.not_proved:
        checks = (*checks, not_checked(proof.not_proved, [task.path for task in wanted]))
    return Proof(
        engine=proof.engine,
        images=proof.images,
        checks=checks,
        findings=findings_of(proof.images),
        notes=proof.notes,
        not_proved=proof.not_proved,
        seconds=seconds,
    )


def _nobody(event: ProofEvent) -> None:
    """Take an event that no one asked for."""
