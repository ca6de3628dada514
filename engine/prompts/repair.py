"""The prompt that asks a member to repair one file: the file, the remarks with their lines, the facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from architect.request import Request
from artifacts.records import Artifact, Severity
from engine.prompts.build import SYSTEM, environment, fact_rows, longest_fence
from providers.base import Prompt
from workspace.secrets import mask_quick

MOST_HOLES = 40
MOST_TRIED = 6
MOST_BESIDE = 3
LARGEST_BESIDE = 12_000
"""Characters of another file of the answer that is shown for reference; a larger one is left out."""


class Remark(Protocol):
    """One thing to repair."""

    @property
    def text(self) -> str:
        """Return it in words."""

    @property
    def severity(self) -> Severity:
        """Return how much it weighs."""

    @property
    def rule(self) -> str:
        """Return the rule's id, "" for none."""

    @property
    def line(self) -> int | None:
        """Return its line, 1-based."""


def repair_prompt(
    path: str, artifacts: Sequence[Artifact], holes: Sequence[Remark], request: Request | None, tried: Sequence[str] = ()
) -> Prompt:
    """Return the prompt for one file; secrets that slipped into a file or a remark are masked."""
    mine = next((artifact.content for artifact in artifacts if artifact.path == path), None)
    beside = [artifact for artifact in artifacts if artifact.path != path and len(artifact.content) <= LARGEST_BESIDE][:MOST_BESIDE]
    shown = [*([mine] if mine is not None else []), *(artifact.content for artifact in beside)]
    text = (
        environment()
        .get_template("repair.md.j2")
        .render(
            path=path,
            name=request.profile.name if request else "",
            components=[{"name": c.name, "root": c.root, "rows": fact_rows(c)} for c in request.profile.components] if request else [],
            instruction=request.instruction.strip() if request else "",
            holes=holes[:MOST_HOLES],
            tried=tried[-MOST_TRIED:],
            content=mine,
            numbered=_numbered(mine or ""),
            others=beside,
            fence="`" * max(3, longest_fence(shown) + 1),
        )
    )
    return Prompt(text=mask_quick(re.sub(r"\n{3,}", "\n\n", text).strip()) + "\n", system=SYSTEM)


def _numbered(text: str) -> str:
    return "\n".join(f"{number:>4} | {line}" for number, line in enumerate(text.splitlines(), 1))
