"""Bringing a plan into the shape of instructions: grouped steps, an init, folders for images without a shell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from architect.plan import Copy, Env, Family, ImagePlan, Packages, Run, Step
from architect.syntax import layers, shell, users

TINI = {Family.DEBIAN: "/usr/bin/tini", Family.ALPINE: "/sbin/tini"}
"""Where the package tini puts its program."""


def grouped(steps: Iterable[Step]) -> tuple[Step | tuple[Env, ...], ...]:
    """Gather neighbouring variables into one instruction, and neighbouring single commands into one layer."""
    found: list[Step | tuple[Env, ...]] = []
    for step in steps:
        last = found[-1] if found else None
        if isinstance(step, Env):
            if isinstance(last, tuple):
                found[-1] = (*last, step)
            else:
                found.append((step,))
        elif isinstance(step, Run) and isinstance(last, Run) and _single(step) and _single(last):
            found[-1] = layers.merged(last, step)
        elif isinstance(step, Packages) and isinstance(last, Packages):
            found[-1] = _more(last, step)
        else:
            found.append(step)
    return tuple(found)


def _single(step: Run) -> bool:
    return len(shell.commands(step.command)) == 1


def _more(first: Packages, second: Packages) -> Packages:
    return Packages(
        (*first.debian, *second.debian),
        (*first.alpine, *second.alpine),
        "; ".join(dict.fromkeys(why for why in (first.why, second.why) if why)),
        (*first.evidence, *second.evidence),
    )


def split(steps: Sequence[Step | tuple[Env, ...]]) -> tuple[Sequence[Step | tuple[Env, ...]], Sequence[Step | tuple[Env, ...]]]:
    """Divide the last stage's steps: what prepares the system, and what begins with the first file or command."""
    for position, step in enumerate(steps):
        if isinstance(step, Copy | Run):
            return steps[:position], steps[position:]
    return steps, ()


def with_tini(plan: ImagePlan) -> ImagePlan:
    """Return the plan with tini among the last stage's packages where an init is asked for."""
    if not plan.init or users.final_image(plan).family not in TINI:
        return plan
    last = plan.stages[-1]
    step = Packages(("tini",), ("tini",), "tini forwards signals and reaps children")
    place = next((position for position, other in enumerate(last.steps) if isinstance(other, Packages)), None)
    steps: tuple[Step, ...] = (step, *last.steps)
    if place is not None and isinstance(found := last.steps[place], Packages):
        steps = (*last.steps[:place], _more(found, step), *last.steps[place + 1 :])
    return replace(plan, stages=(*plan.stages[:-1], replace(last, steps=steps)))


def with_folders(plan: ImagePlan, account: users.Account) -> ImagePlan:
    """Return the plan with the writable folders made in an earlier stage where the last image has no shell to make them."""
    family = users.final_image(plan).family
    if family not in (Family.DISTROLESS, Family.SCRATCH):
        return plan
    there = {"/tmp"} if family is Family.DISTROLESS else set()  # noqa: S108 - a path inside the container
    folders = [folder for folder in plan.writable if folder.strip("/") and folder.rstrip("/") not in there]
    donors = [stage for stage in plan.stages[:-1] if stage.image.family in (Family.DEBIAN, Family.ALPINE)]
    if not folders or not donors:
        return plan
    donor, last = donors[-1], plan.stages[-1]
    made = [f"/writable{folder}" for folder in folders]
    command = "mkdir -p " + " ".join(shell.word(path) for path in made) + " && chmod 1777 " + " ".join(shell.word(path) for path in made)
    why = "the only folders the process may write; the last image has no shell to make them"
    stages = tuple(replace(stage, steps=(*stage.steps, Run(command, why=why))) if stage is donor else stage for stage in plan.stages[:-1])
    copied = Copy(("/writable/",), "/", stage=donor.name, owned=True, why=why)
    return replace(plan, stages=(*stages, replace(last, steps=(*last.steps, copied))))
