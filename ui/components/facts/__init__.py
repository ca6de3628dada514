"""What the architect found: rows of fact and proof, each correctable in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from architect.profile import Override
from ui.components import mounted


@dataclass(frozen=True, slots=True)
class FactRow:
    """One line. `field` is what an Override may correct, "" where nothing can; `value` is what its editor starts with.

    `sure` is False for a convention or a default, `corrected` True for what the user said.
    """

    component: str
    text: str
    where: str
    field: str = ""
    value: str = ""
    sure: bool = True
    corrected: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The rows of one component; `title` is "" when there is only one."""

    title: str
    rows: tuple[FactRow, ...]


def facts(*, key: str, groups: Sequence[FactGroup], on_change: Callable[[], None]) -> None:
    """Show the groups; a correction arrives in `corrections(key)` when `on_change` is called."""
    mounted("facts")(key=key, data={"groups": [asdict(group) for group in groups]}, on_correction_change=on_change)


def correction(result: object) -> Override | None:
    """Read the correction out of the component's state; None where there is none or it is not one."""
    match result:
        case {"correction": {"component": str(component), "field": str(field), "value": str(value)}}:
            return Override(component, field, value[:500])
        case _:
            return None
