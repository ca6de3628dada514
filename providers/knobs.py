"""The options of strategies and executions as a table, from which the page, the command line, presets and checks all read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.errors import ConfigurationError
from providers.schedule import CONFIDENCE_THRESHOLD, MAX_HEDGES, MIN_CONSENSUS
from providers.strategy import AGREEMENT_THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """A number that a user may set. `default` None leaves it to the program, as `unset` says; `open_low` leaves `low` itself out.

    Which strategies and executions it has an effect on stands in their `options`.
    """

    name: str
    label: str
    help: str
    low: float
    high: float
    step: float
    default: float | None = None
    whole: bool = False
    open_low: bool = False
    unset: str = ""

    @property
    def flag(self) -> str:
        """Return its name on the command line."""
        return f"--{self.name.replace('_', '-')}"

    def check(self, value: Any) -> float | int | None:
        """Return the value, or the default for None; raises ConfigurationError saying what would be right."""
        if value is None:
            return self.default
        kind = int if self.whole else (int, float)
        right = not isinstance(value, bool) and isinstance(value, kind) and math.isfinite(value) and self.low <= value <= self.high
        if not right or (self.open_low and value == self.low):
            what = "a whole number" if self.whole else "a number"
            floor = f"above {self.low:g}" if self.open_low else f"from {self.low:g}"
            raise ConfigurationError(f"`{self.name}` must be {what} {floor} and at most {self.high:g}; got {value!r}.")
        return int(value) if self.whole else float(value)


# The order of the page: those of strategies, then those of executions as these are listed.
KNOBS: tuple[Knob, ...] = (
    Knob(
        name="consensus_threshold",
        label="Agreement asked for",
        help="How far the members must agree overall, beside everything that could break the service.",
        low=0,
        high=1,
        step=0.05,
        default=AGREEMENT_THRESHOLD,
        open_low=True,
    ),
    Knob(
        name="early_stop_threshold",
        label="Stop early at",
        help="Once this share of all members stands behind one answer, the others are cancelled, also while they stream.",
        low=0,
        high=1,
        step=0.05,
        open_low=True,
        unset="never",
    ),
    Knob(
        name="quorum",
        label="Answers that must agree",
        help="As soon as so many answers agree, nobody else is waited for.",
        low=1,
        high=12,
        step=1,
        whole=True,
        unset="more than half",
    ),
    Knob(
        name="hedge_delay_ms",
        label="Delay, milliseconds",
        help="How long the first member may take before the next one is asked too. Left empty, it is what 95 of 100 of its calls take.",
        low=0,
        high=3_600_000,
        step=100,
        unset="measured",
    ),
    Knob(
        name="max_hedges",
        label="Further calls at most",
        help="How many members are asked on top because those before them are slow.",
        low=0,
        high=11,
        step=1,
        default=MAX_HEDGES,
        whole=True,
    ),
    Knob(
        name="min_consensus",
        label="Agreement to stop at",
        help="Nobody else is asked or waited for once the answers agree so far.",
        low=0,
        high=1,
        step=0.05,
        default=MIN_CONSENSUS,
        open_low=True,
    ),
    Knob(
        name="confidence_threshold",
        label="Good enough at",
        help="The score of an answer with files, or the confidence of a text, at which no further member is asked.",
        low=0,
        high=1,
        step=0.05,
        default=CONFIDENCE_THRESHOLD,
        open_low=True,
    ),
)


def find(name: str) -> Knob:
    """Return the option of this name."""
    return next(knob for knob in KNOBS if knob.name == name)


def check(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every option with its value or default; raises ConfigurationError for a wrong value."""
    return {knob.name: knob.check(given.get(knob.name)) for knob in KNOBS}
