"""What tests ask of image plans."""

from __future__ import annotations

from architect.plan import Copy, Env, ImagePlan, Packages, Run, Stage


def commands(plan: ImagePlan | Stage) -> str:
    """Return every command of a plan or stage, one a line."""
    stages = plan.stages if isinstance(plan, ImagePlan) else (plan,)
    return "\n".join(step.command for stage in stages for step in stage.steps if isinstance(step, Run))


def environment(stage: Stage) -> dict[str, str]:
    """Return the variables a stage sets."""
    return {step.name: step.value for step in stage.steps if isinstance(step, Env)}


def packages(stage: Stage) -> set[str]:
    """Return the Debian packages a stage installs."""
    return {name for step in stage.steps if isinstance(step, Packages) for name in step.debian}


def copies(stage: Stage) -> list[Copy]:
    """Return the copies of a stage in order."""
    return [step for step in stage.steps if isinstance(step, Copy)]


def installs_before_sources(plan: ImagePlan) -> bool:
    """Tell whether no stage copies the whole context before it installs dependencies."""
    for stage in plan.stages:
        whole = False
        for step in stage.steps:
            if isinstance(step, Copy) and step.stage is None and "." in step.sources:
                whole = True
            if isinstance(step, Run) and whole and any(word in step.command for word in (" ci", "install -r", " sync", "frozen-lockfile")):
                return "--prod" in step.command or "prune" in step.command
    return True
