"""The architect's answer: profile and words in, artifacts with reasons out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from architect.blueprint import Blueprint, Site
from architect.blueprints import BLUEPRINTS, COMPANIONS
from architect.changes import Changes
from architect.errors import NoPlan, UnknownTarget
from architect.instructions import understand
from architect.plan import ImagePlan
from architect.profile import Component, Profile, Role
from architect.request import Reason, Rendering, Request, Style
from architect.revising import revise, unmet
from architect.stacks import stack
from artifacts.records import Artifact


def plan_for(component: Component, style: Style) -> ImagePlan:
    """Return the image plan of a component in this style, made by the stack that detected it.

    Raises NoPlan when the component has nothing to start, or its stack cannot plan it.
    """
    if component.role is Role.LIBRARY:
        raise NoPlan(f"{component.name} is a library: nothing of it runs, so it gets no image.")
    try:
        plan = stack(component.stack).plan(component, style)
    except (KeyError, ValueError) as error:
        raise NoPlan(f"No image could be planned for {component.name}: {error.args[0] if error.args else error}") from error
    if not plan.start:
        raise NoPlan(f"No start command was found for {component.name}: set one, and its image can be planned.")
    return plan


def plans_for(profile: Profile, style: Style, changes: Changes | None = None) -> tuple[dict[str, ImagePlan], dict[str, str]]:
    """Return the plans of a profile's components by name, and a sentence for each component that has none."""
    plans: dict[str, ImagePlan] = {}
    unplanned: dict[str, str] = {}
    for component in profile.components:
        try:
            plans[component.name] = revise(component, style, plan_for, changes or Changes())
        except NoPlan as error:
            unplanned[component.name] = str(error)
    return plans, unplanned


def blueprints_for(target_id: str) -> tuple[Blueprint, ...]:
    """Return what is drawn for a target, companions included; raises UnknownTarget naming the choices."""
    if target_id not in BLUEPRINTS:
        raise UnknownTarget(f"There is no target '{target_id}'; known are: {', '.join(BLUEPRINTS)}.")
    return tuple(BLUEPRINTS[name] for name in (target_id, *COMPANIONS.get(target_id, ())))


def render(request: Request, style: Style) -> Rendering:
    """Render every target of a request in one house style.

    The user's words are honoured where the architect understands them; what it does not understand, cannot plan or would
    overwrite is a sentence in the notes. Raises UnknownTarget for a target without a blueprint.
    """
    wish = understand(request.instruction, request.profile)
    plans, unplanned = plans_for(wish.profile, style, wish.changes)
    artifacts: dict[str, Artifact] = {}
    reasons: list[Reason] = []
    notes: list[str] = [*wish.notes]
    targets = tuple(target.id for target in request.targets)
    for target in request.targets:
        site = Site(
            profile=wish.profile, style=style, target=target, plans=plans, changes=wish.changes, targets=targets, unplanned=unplanned
        )
        for blueprint in blueprints_for(target.id):
            drawing = blueprint.draw(site)
            for page in drawing.pages:
                if page.path not in artifacts:
                    artifacts[page.path] = page.artifact()
                    reasons.extend(page.reasons())
            notes.extend(drawing.notes)
    notes.extend(unplanned.values())
    notes.extend(_unmet(plans, wish.changes))
    notes.extend(_lost_edits(request, artifacts))
    return Rendering(tuple(artifacts.values()), tuple(reasons), tuple(dict.fromkeys(notes)))


def _unmet(plans: Mapping[str, ImagePlan], changes: Changes) -> list[str]:
    missed = [f"{name}: {reason}" for name, plan in plans.items() if (reason := unmet(plan, changes))]
    return [f"Not honoured by the architect: {reason}." for reason in missed]


def _lost_edits(request: Request, artifacts: dict[str, Artifact]) -> list[str]:
    """Return a sentence for each previous file with lines that the architect did not write and the new file does not hold."""
    previous = [artifact for artifact in request.previous if artifact.path in artifacts]
    if not previous:
        return []
    own: dict[str, set[str]] = {}
    for words in _earlier(request.instruction):
        for style in Style:
            for artifact in render(replace(request, instruction=words, previous=()), style).artifacts:
                own.setdefault(artifact.path, set()).update(_lines(artifact.content))
    notes: list[str] = []
    for artifact in previous:
        known = own.get(artifact.path, set()) | set(_lines(artifacts[artifact.path].content))
        lost = [line for line in _lines(artifact.content) if line not in known]
        if lost:
            shown = "; ".join(f"`{line[:80]}`" for line in lost[:3])
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            notes.append(
                f"{artifact.path}: the previous version has lines that the architect did not write and does not carry over "
                f"({shown}{more}); take them from the comparison."
            )
    return notes


def _earlier(instruction: str) -> list[str]:
    """Return the instruction as it may have stood before: nothing, and what came before each of its last sentences."""
    pieces = re.split(r"(?<=[.;\n])\s+", instruction.strip())
    return list(dict.fromkeys("\n".join(pieces[:count]) for count in [0, *range(max(1, len(pieces) - 4), len(pieces) + 1)]))


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
