"""From what a user wrote to the seats of an ensemble: each member with its weight, its wrapped provider and its retry budget."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from config import Settings
from providers import errors
from providers.accounts import Purse
from providers.base import CallOptions, Provider
from providers.council import Tier, tier_of
from providers.errors import ConfigurationError
from providers.execution.breaker import Break, Breaker
from providers.execution.cache import Cache, Reuse
from providers.execution.cap import Cap
from providers.execution.clean import Clean
from providers.execution.deadline import Deadline
from providers.execution.limit import Limit
from providers.execution.local import limited
from providers.execution.meter import Meter
from providers.execution.retry import OnRetry, Retry, RetryBudget
from providers.execution.spend import Spend
from providers.execution.token_limit import TokenLimit
from providers.records import Member
from providers.shared import UNGUARDED, Guards

RETRIES_OF_AN_ENSEMBLE = 30
"""Retries that an outage of every member may cost, shared out evenly (SECURITY 23: at most 35 for 1,000 calls)."""

MemberSpec = Mapping[str, Any] | Provider
"""`{"name", "model", "config", "label", "weight", "priority", "temperature", "max_tokens", "seed", "fallback"}` with the name of a vendor,
or a Provider, which may also stand under "provider" in place of "name", "model" and "config", with "own" true where the ensemble is to
close it.

`fallback` is another such member, or "vendor/model", that takes the place of this one when it fails; or a mapping of these by the kind of
failure, with "*" for all others: `{"ContextTooLong": "gemini/gemini-2.5-pro", "*": "ollama"}`.
"""

_KEYS = ("name", "provider", "own", "model", "config", "label", "weight", "priority", "temperature", "max_tokens", "seed", "fallback")
LONGEST_CHAIN = 3
"""A member and those that may take its place one after the other (SPEC §7)."""
ANY = "*"
"""Stands for every kind of failure that has no fallback of its own."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A member at its place, with everything that is bound to it: nothing is ever paired up by position again.

    `provider` is wrapped but for retries and the run's purse; `own` tells that the ensemble made it and closes it. `overrides` are
    the member's own call options, None where the run's hold. `substitutes` take the member's place when it fails, by the kind of failure.
    """

    member: Member
    provider: Provider
    budget: RetryBudget
    own: bool
    overrides: Mapping[str, Any]
    substitutes: Mapping[str, Seat] = field(default_factory=dict)

    @property
    def substitute(self) -> Seat | None:
        """Return who takes the member's place whatever the failure."""
        return self.substitutes.get(ANY)

    def stand_in(self, kind: str) -> Seat | None:
        """Return who takes the member's place after this kind of failure: its own or its general kind's fallback, else that of all."""
        for name in errors.lineage(kind):
            if name in self.substitutes:
                return self.substitutes[name]
        return self.substitute

    def options(self, common: CallOptions) -> CallOptions:
        """Return the run's call options with the member's own in their place."""
        return replace(common, **self.overrides) if self.overrides else common

    def calling(self, on_retry: OnRetry, purse: Purse | None = None) -> Provider:
        """Return the member as one run calls it: with its retries, which this run is told of, and paid from this run's purse.

        A stream that breaks is not begun again where a substitute can take over.
        """
        paid = self.provider if purse is None else Spend(self.provider, purse, book=self.member.vendor not in UNGUARDED)
        return Retry(paid, budget=self.budget, on_retry=on_retry, retry_streams=self.stand_in("ConnectionFailed") is None)


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
    tier = tier_of(settings.local_tier if settings is not None else "auto")
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
            priority=_priority(spec, at),
        )
        budget = RetryBudget(share) if provider.id in UNGUARDED else guards.shared.retries(guards.owner, provider, share)
        seats.append(Seat(member, Meter(_guarded(provider, guards, group, tier)), budget, own, overrides))
    for at, spec in enumerate(specs):
        if isinstance(spec, Mapping) and spec.get("fallback") is not None:
            seats[at] = replace(seats[at], substitutes=_substitutes(spec["fallback"], settings, guards, seats[at].member, ids))
    return tuple(seats)


def aggregators(wanted: MemberSpec | str | None, seats: Sequence[Seat], settings: Settings | None, guards: Guards) -> tuple[Seat, ...]:
    """Return the seats of those who may merge answers: the wanted one, or one for each member that can, to take whose answer was best.

    `wanted` is a member's id, "vendor/model", or a member of its own.
    """
    index = max(seat.member.index for seat in everyone(seats)) + 1
    if wanted is None:
        able = {(seat.member.vendor, seat.member.model): seat for seat in reversed(everyone(seats)) if seat.member.vendor != "architect"}
        return tuple(_as_aggregator(seat, index + at, own=False) for at, seat in enumerate(able.values()))
    if isinstance(wanted, str):
        same = next((seat for seat in everyone(seats) if wanted in (seat.member.id, seat.member.label)), None)
        if same is not None:
            return (_as_aggregator(same, index, own=False),)
        vendor, _, model = wanted.partition("/")
        wanted = {"name": vendor, "model": model}
    (seat,) = build([wanted], [1.0], settings, guards=guards)
    return (_as_aggregator(seat, index, own=seat.own),)


def _as_aggregator(seat: Seat, index: int, *, own: bool) -> Seat:
    member = seat.member
    label = f"{member.label}, aggregator"
    aggregator = replace(member, index=index, id=f"{member.vendor}/{member.model}#aggregator", label=label, role="aggregator")
    return replace(seat, member=aggregator, own=own, substitutes={})


def everyone(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """Return the seats with those of their substitutes, each of which comes once."""
    return tuple(link for seat in seats for link in chain(seat))


def chain(seat: Seat) -> tuple[Seat, ...]:
    """Return the seat, its substitutes, and theirs."""
    return (seat, *(link for substitute in seat.substitutes.values() for link in chain(substitute)))


def _substitutes(
    wanted: Mapping[str, Any] | Provider | str, settings: Settings | None, guards: Guards, member: Member, ids: set[str]
) -> Mapping[str, Seat]:
    """Return the seats of those that take a member's place, with its weight, by the kind of failure."""
    found: dict[str, Seat] = {}
    for kind, spec in by_kind(wanted).items():
        if isinstance(spec, str):
            vendor, _, model = spec.partition("/")
            spec = {"name": vendor, "model": model}
        (seat,) = build([spec], [1.0], settings, guards=guards, first_index=len(ids), taken=frozenset(ids))
        if (links := _depth(seat)) >= LONGEST_CHAIN:
            raise ConfigurationError(f"{member.id} has {links} fallbacks one after the other; at most {LONGEST_CHAIN - 1} are asked.")
        ids.update(link.member.id for link in chain(seat))
        found[kind] = _in_place_of(member, seat)
    return MappingProxyType(found)


def by_kind(wanted: Mapping[str, Any] | Provider | str) -> Mapping[str, Any]:
    """Return fallbacks by the kind of failure, one for all under "*"; raises ConfigurationError for a kind that does not exist."""
    kinds = errors.kinds()
    if not isinstance(wanted, Mapping) or not wanted or not all(name == ANY or name[:1].isupper() for name in wanted):
        return {ANY: wanted}
    for name in wanted:
        if name != ANY and name not in kinds:
            raise ConfigurationError(
                f"There is no kind of failure {name[:60]!r}; choose among {', '.join(kinds)}, or {ANY} for all others."
            )
    return wanted


def _depth(seat: Seat) -> int:
    return 1 + max(map(_depth, seat.substitutes.values()), default=0)


def _in_place_of(member: Member, seat: Seat) -> Seat:
    """Return the seat and those behind it with the weight of the member they stand for."""
    substitutes = MappingProxyType({kind: _in_place_of(member, link) for kind, link in seat.substitutes.items()})
    return replace(seat, member=replace(seat.member, weight=member.weight, role="stand_in"), substitutes=substitutes)


def _priority(spec: MemberSpec, at: int) -> int | None:
    value = spec.get("priority") if isinstance(spec, Mapping) else None
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ConfigurationError(f"Member {at + 1}: 'priority' must be a whole number, the lowest being asked first; got {value!r}.")
    return value


def _guarded(provider: Provider, guards: Guards, group: list[Breaker], tier: Tier) -> Provider:
    """Wrap what reaches a vendor: a kept answer goes before everything else, and a member that is left alone waits for no place."""
    whole: Provider = Deadline(Clean(Cap(limited(provider, tier))))
    if provider.id in UNGUARDED:
        return whole
    shared = guards.shared
    if (window := shared.token_window(guards.owner, provider.id)) is not None:
        whole = TokenLimit(whole, window)
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
    given_provider = spec.get("provider")
    if given_provider is not None:
        if not callable(getattr(given_provider, "complete", None)) or spec.keys() & {"name", "model", "config"}:
            raise ConfigurationError(f"Member {at + 1}: 'provider' must be a Provider, without 'name', 'model' and 'config' beside it.")
        own = {key: spec[key] for key in ("temperature", "max_tokens", "seed") if spec.get(key) is not None}
        return given_provider, str(spec.get("label") or given_provider.label), bool(spec.get("own")), own
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
