"""The drawings of three hand-written plans, as recorded beside this file: a change in the drawing shows in review."""

from __future__ import annotations

from pathlib import Path

import pytest

from architect.blueprint import Site
from architect.blueprints import BLUEPRINTS
from architect.profile import Basis, Component, Evidence, Fact
from architect.request import Style, Target
from tests.support.plans import express, flask, go_plan, node_plan, profile_of, python_plan

DRAWN = Path(__file__).parent / "drawn"
TOOL = Component(name="tool", stack="go", root="tool", language=Fact("go", Basis.DECLARED, (Evidence("tool/go.mod", 1),)))


def draw(style: Style) -> str:
    """Return every file of the three components, one after the other."""
    plans = {"shop": python_plan(flask(), style), "api": node_plan(express(), style), "tool": go_plan(style)}
    site = Site(profile=profile_of(flask(), express(), TOOL), style=style, target=Target("compose"), plans=plans)
    pages = [
        page
        for blueprint in BLUEPRINTS.values()
        if blueprint.id in ("dockerfile", "dockerignore", "compose")
        for page in blueprint.draw(site).pages
    ]
    return "\n".join(f"==> {page.path}\n{page.text()}" for page in pages)


def record() -> None:
    """Record the drawings anew: `python -c "from tests.architect.blueprints.test_drawn import record; record()"`."""
    DRAWN.mkdir(exist_ok=True)
    for style in Style:
        (DRAWN / f"{style}.txt").write_text(draw(style))


@pytest.mark.parametrize("style", Style)
def test_the_drawing_is_as_recorded(style: Style) -> None:
    """Same plans, same text; after a wanted change, record it anew and read the difference."""
    assert draw(style) == (DRAWN / f"{style}.txt").read_text()
