"""From what a user wrote to the seats of an ensemble: each member with its weight, its wrapped provider and its retry budget."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config import Settings
from providers.accounts import Purse
from providers.base import CallOptions, Provider
from providers.errors import ConfigurationError
from providers.execution.breaker import Break, Breaker
from providers.execution.cache import Cache, Reuse
from providers.execution.cap import Cap
from providers.execution.clean import Clean
from providers.execution.deadline import Deadline
from providers.execution.limit import Limit
from providers.execution.meter import Meter
from providers.execution.retry import OnRetry, Retry, RetryBudget
from providers.execution.spend import Spend
from providers.records import Member
from providers.shared import UNGUARDED, Guards

RETRIES_OF_AN_ENSEMBLE = 30
"""Retries that an outage of every member may cost, shared out evenly (SECURITY 23: at most 35 for 1,000 calls)."""

MemberSpec = Mapping[str, Any] | Provider
"""`{"name", "model", "config", "label", "weight", "temperature", "max_tokens", "seed"}` with the name of a vendor, or a Provider."""

_KEYS = ("name", "model", "config", "label", "weight", "temperature", "max_tokens", "seed")


@dataclass(frozen=True, slots=True)
class Seat:
    """A member at its place, with everything that is bound to it: nothing is ever paired up by position again.

    `provider` is wrapped but for retries and the run's purse; `own` tells that the ensemble made it and closes it. `overrides` are
    the member's own call options, None where the run's hold.
    """

    member: Member
    provider: Provider
    budget: RetryBudget
    own: bool
    overrides: Mapping[str, Any]

    def options(self, common: CallOptions) -> CallOptions:
        """Return the run's call options with the member's own in their place."""
        return replace(common, **self.overrides) if self.overrides else common

    def calling(self, on_retry: OnRetry, purse: Purse | None = None) -> Provider:
        """Return the member as one run calls it: with its retries, which this run is told of, and paid from this run's purse."""
        paid = self.provider if purse is None else Spend(self.provider, purse, book=self.member.vendor not in UNGUARDED)
        return Retry(paid, budget=self.budget, on_retry=on_retry)


def build(
    specs: Sequence[MemberSpec],
    weights: Sequence[float] | None,
    settings: Settings | None,
    *,
    guards: Guards | None = None,
    first_index: int = 0,
    taken: frozenset[str] = frozenset(),
) -> tuple[Seat, ...]:
    """Return a seat for every member, ids unique among them and `taken`; raises ConfigurationError with what is wrong."""
    if isinstance(specs, str | bytes | Mapping) or not isinstance(specs, Sequence):
        raise ConfigurationError("`providers` must be a list of members.")
    chosen = _weights(specs, weights)
    share = max(2.0, RETRIES_OF_AN_ENSEMBLE / max(1, len(specs)))
    guards = guards if guards is not None else Guards()
    ids = set(taken)
    group: list[Breaker] = []
    seats = []
    for at, (spec, weight) in enumerate(zip(specs, chosen, strict=True)):
        provider, label, own, overrides = _provider(spec, settings, at)
        member = Member(
            index=first_index + at,
            id=_unique(f"{provider.id}/{provider.model}", ids),
            vendor=provider.id,
            label=label,
            model=provider.model,
            weight=weight,
        )
        budget = RetryBudget(share) if provider.id in UNGUARDED else guards.shared.retries(guards.owner, provider, share)
        seats.append(Seat(member, Meter(_guarded(provider, guards, group)), budget, own, overrides))
    return tuple(seats)


def _guarded(provider: Provider, guards: Guards, group: list[Breaker]) -> Provider:
    """Wrap what reaches a vendor: a kept answer goes before everything else, and a member that is left alone waits for no place."""
    whole: Provider = Deadline(Clean(Cap(provider)))
    if provider.id in UNGUARDED:
        return whole
    shared = guards.shared
    if (turnstile := shared.turnstile(guards.owner, provider.id)) is not None:
        whole = Limit(whole, turnstile)
    breaker = shared.breaker(guards.owner, provider)
    group.append(breaker)
    whole = Break(whole, breaker, group)
    if shared.store is not None and guards.reuse is not Reuse.NEVER:
        whole = Cache(whole, shared.store, guards.reuse, guards.whose(provider))
    return whole


def _provider(spec: MemberSpec, settings: Settings | None, at: int) -> tuple[Provider, str, bool, dict[str, Any]]:
    if not isinstance(spec, Mapping):
        if not callable(getattr(spec, "complete", None)):
            raise ConfigurationError(
                f"Member {at + 1} must be a mapping with 'name' and 'model', or a Provider; got {type(spec).__name__}."
            )
        return spec, spec.label, False, {}
    unknown = [key for key in spec if key not in _KEYS]
    if unknown:
        raise ConfigurationError(f"Member {at + 1} has an unknown entry {unknown[0]!r}; known are: {', '.join(_KEYS)}.")
    name = spec.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(f"Member {at + 1} has no 'name': give a vendor's id or label.")
    config = spec.get("config") or {}
    if not isinstance(config, Mapping):
        raise ConfigurationError(f"Member {at + 1}: 'config' must be a mapping, got {type(config).__name__}.")
    from providers import vendors

    provider = vendors.make(name, model=spec.get("model") or "", config=config, settings=settings)
    given = {**config, **spec}
    overrides = {key: given[key] for key in ("temperature", "max_tokens", "seed", "logprobs") if given.get(key) is not None}
    return provider, str(spec.get("label") or name), True, overrides


def _weights(specs: Sequence[MemberSpec], weights: Sequence[float] | None) -> list[float]:
    if weights is not None and len(weights) != len(specs):
        raise ConfigurationError(f"There are {len(weights)} weights for {len(specs)} members; give one for each.")
    if weights is None:
        weights = [spec.get("weight", 1.0) if isinstance(spec, Mapping) else 1.0 for spec in specs]
    for weight in weights:
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight) or weight < 0:
            raise ConfigurationError(f"A weight must be a number from 0 upwards; got {weight!r}.")
    if weights and not any(weights):
        raise ConfigurationError("All weights are 0; at least one must be greater.")
    return [float(weight) for weight in weights]


def _unique(wanted: str, ids: set[str]) -> str:
    name, number = wanted, 1
    while name in ids:
        number += 1
        name = f"{wanted}#{number}"
    ids.add(name)
    return name
