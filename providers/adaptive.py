"""Adaptive choice (SPEC §7): what a run says about itself decides members, strategy and execution, with the reason in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from providers.errors import ConfigurationError
from providers.routing import Capability, Routable

USUAL_TOKENS = 6_000
"""Tokens of prompt and answer together that a member's cost is judged by, where the run does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a run says about itself. `budget_usd` is dollars for all members, `latency_s` seconds until the answer; None for no bound."""

    high_stakes: bool = False
    budget_usd: float | None = None
    latency_s: float | None = None
    busy: bool = False
    tokens: int = USUAL_TOKENS

    def __post_init__(self) -> None:
        """Refuse bounds that cannot hold."""
        for name, value in (("budget", self.budget_usd), ("latency", self.latency_s)):
            if value is not None and (
                isinstance(value, bool) or not math.isfinite(value) or value < 0 or (name == "latency" and value == 0)
            ):
                raise ConfigurationError(f"The {name} of a run must be a number above 0; got {value!r}.")

    @property
    def any(self) -> bool:
        """Tell whether the run says anything."""
        return self.high_stakes or self.busy or self.budget_usd is not None or self.latency_s is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What follows: the places of those who are asked, in the order of asking. None keeps what the preset says."""

    places: tuple[int, ...]
    strategy: str | None = None
    execution: str | None = None
    timeout: float | None = None
    reason: str = ""


def adapt(needs: Needs, members: Sequence[Routable], *, differ_on_purpose: bool = False) -> Plan:
    """Return who is asked and how for these needs. A budget bounds everything; then high stakes go before speed.

    High stakes: everyone, in parallel, unanimous. A budget: the cheapest that fit, one after another. A latency bound or a busy machine:
    one fast member. `differ_on_purpose` marks members that cannot be unanimous, the architect's styles: then consensus is asked for.
    Raises ConfigurationError where no member fits the budget.
    """
    places, why = tuple(range(len(members))), []
    if needs.budget_usd is not None:
        places, told = _affordable(needs, members)
        why.append(told)
    if needs.high_stakes:
        alone = len(places) == 1
        strategy = None if alone else "consensus" if differ_on_purpose else "unanimous"
        ordered = tuple(sorted(places))
        told = (
            f"high stakes, but only {members[places[0]].label} can take part, so nobody can disagree"
            if alone
            else f"high stakes: {_names(members, ordered)} answer in parallel and must agree"
            + (" on what could break the service, since they differ on purpose in the rest" if differ_on_purpose else " on everything")
        )
        if needs.latency_s is not None:
            told += f", within {needs.latency_s:g} s"
        elif needs.busy:
            told += "; the busy machine has to wait for it"
        return Plan(places=ordered, strategy=strategy, execution="parallel", timeout=needs.latency_s, reason=_sentence([*why, told]))
    if needs.latency_s is not None or needs.busy:
        fast = [place for place in places if Capability.FAST in members[place].strengths.capabilities]
        chosen = min(fast or places, key=lambda place: (members[place].strengths.priority, place))
        cause = f"an answer within {needs.latency_s:g} s" if needs.latency_s is not None else "a busy machine"
        known = "is known to be fast" if fast else "is first by priority, since nobody ready is known to be fast"
        told = f"{cause}: {members[chosen].label} answers alone, it {known}"
        return Plan(places=(chosen,), execution="sequential", timeout=needs.latency_s, reason=_sentence([*why, told]))
    if needs.budget_usd is not None:
        return Plan(places=places, execution="sequential", reason=_sentence([f"{why[0]}, one after another until they agree"]))
    return Plan(places=places)


def _affordable(needs: Needs, members: Sequence[Routable]) -> tuple[tuple[int, ...], str]:
    budget = needs.budget_usd or 0.0
    costs = [(cost * needs.tokens / 1e6, place) for place, member in enumerate(members) if (cost := member.strengths.cost) is not None]
    unknown = [member.label for member in members if member.strengths.cost is None]
    taken: list[int] = []
    spent = 0.0
    for cost, place in sorted(costs):
        if spent + cost > budget:
            break
        taken.append(place)
        spent += cost
    if not taken:
        cheapest = f" The cheapest, {members[min(costs)[1]].label}, takes about ${min(costs)[0]:.4f}." if costs else ""
        raise ConfigurationError(f"No member of known price fits a budget of ${budget:g}.{cheapest} Raise it, or choose another preset.")
    told = f"a budget of ${budget:g}: {_names(members, taken)} {'fits' if len(taken) == 1 else 'fit'}, about ${spent:.4f}"
    return tuple(taken), f"{told}; of unknown price and left out: {', '.join(unknown)}" if unknown else told


def _names(members: Sequence[Routable], places: Sequence[int]) -> str:
    names = [members[place].label for place in places]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."
