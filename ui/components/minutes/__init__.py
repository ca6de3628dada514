"""The picture of a council that is over: the same as while it streamed, from what was kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ui.components import mounted


def minutes(*, key: str, moments: Sequence[dict[str, Any]], told: dict[str, str]) -> None:
    """Show these moments; `told` has the words for `energy`, `diversity` and `resonance`."""
    mounted("minutes")(key=key, data={"moments": moments, "told": told})
