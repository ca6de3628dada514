"""Bringing the user's wishes into an image plan: another kind of base image, another account, further packages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from architect.changes import Changes
from architect.errors import NoPlan
from architect.plan import Family, Image, ImagePlan, Packages
from architect.profile import Component
from architect.request import Style
from architect.syntax.users import final_image

Planner = Callable[[Component, Style], ImagePlan]

_ALPINE = "alpine3.22"
_TO_ALPINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"^(python|node|ruby|golang|rust|php):([\d.]+(?:-(?:fpm|cli|zts))?)(?:-slim)?(?:-(?:bookworm|trixie|bullseye))?$"),
        rf"\1:\2-{_ALPINE}",
    ),
    (re.compile(r"^(eclipse-temurin):(\d+-(?:jre|jdk))(?:-(?:noble|jammy))?$"), r"\1:\2-alpine"),
    (re.compile(r"^(mcr\.microsoft\.com/dotnet/(?:aspnet|runtime|sdk|runtime-deps)):([\d.]+)(?:-[a-z-]+)?$"), r"\1:\2-alpine"),
    (re.compile(r"^(nginxinc/nginx-unprivileged):([\d.]+)(?:-bookworm)?$"), rf"\1:\2-{_ALPINE}"),
)
_TO_DEBIAN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(python|node|ruby|rust):([\d.]+)-alpine[\d.]*$"), r"\1:\2-slim-bookworm"),
    (re.compile(r"^(golang):([\d.]+)-alpine[\d.]*$"), r"\1:\2-bookworm"),
    (re.compile(r"^(php):([\d.]+(?:-(?:fpm|cli|zts))?)-alpine[\d.]*$"), r"\1:\2-bookworm"),
    (re.compile(r"^(eclipse-temurin):(\d+-(?:jre|jdk))-alpine[\d.]*$"), r"\1:\2"),
    (re.compile(r"^(nginxinc/nginx-unprivileged):([\d.]+)-alpine[\w.-]*$"), r"\1:\2-bookworm"),
    (re.compile(r"^alpine:[\d.]+$"), "debian:bookworm-slim"),
)


def revise(component: Component, style: Style, planner: Planner, changes: Changes) -> ImagePlan:
    """Return the component's plan with the wishes about the image brought in.

    Raises NoPlan when there is no plan at all. A wish for a kind of base image that cannot be met leaves the plan as it is;
    `unmet` tells.
    """
    plan = planner(component, style)
    if changes.family is not None and final_image(plan).family is not changes.family:
        plan = _in_family(component, style, planner, changes.family) or _substituted(plan, changes.family) or plan
    if changes.init is not None:
        plan = replace(plan, init=changes.init)
    if changes.packages:
        last = plan.stages[-1]
        step = Packages(changes.packages, changes.packages, "asked for in the instruction")
        plan = replace(plan, stages=(*plan.stages[:-1], replace(last, steps=(step, *last.steps))))
    return plan


def unmet(plan: ImagePlan, changes: Changes) -> str:
    """Return a sentence when the plan's last image is not of the family asked for, else ""."""
    image = final_image(plan)
    if changes.family is None or image.family is changes.family:
        return ""
    return f"a {changes.family.value} base image: what {image.reference} runs has no such variant that is known to work"


def _in_family(component: Component, style: Style, planner: Planner, family: Family) -> ImagePlan | None:
    """Return the plan of the house style that already uses this family, if any does."""
    for other in Style:
        if other is style:
            continue
        try:
            plan = planner(component, other)
        except NoPlan:
            continue
        if final_image(plan).family is family:
            return plan
    return None


def _substituted(plan: ImagePlan, family: Family) -> ImagePlan | None:
    """Return the plan with every image exchanged for its variant; None when one of them has none."""
    table = {Family.ALPINE: _TO_ALPINE, Family.DEBIAN: _TO_DEBIAN}.get(family)
    if table is None:
        return None
    stages = []
    for stage in plan.stages:
        image = stage.image
        if stage.base is None and image.family is not family and image.family in (Family.ALPINE, Family.DEBIAN):
            variant = _variant(image, family, table)
            if variant is None:
                return None
            image = variant
        stages.append(replace(stage, image=image))
    result = replace(plan, stages=tuple(stages))
    return result if final_image(result).family is family else None


def _variant(image: Image, family: Family, table: tuple[tuple[re.Pattern[str], str], ...]) -> Image | None:
    for pattern, text in table:
        reference, count = pattern.subn(text, image.reference)
        if count:
            probe = ("wget" if family is Family.ALPINE else "bash") if image.probe in ("bash", "wget", "curl", None) else image.probe
            return replace(image, reference=reference, family=family, probe=probe, why=f"{family.value} was asked for")
    return None
