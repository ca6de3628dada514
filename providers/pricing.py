"""What a call costs: a public price list, our overlay for what it lacks, and None wherever no price is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from providers.base import Usage


class Basis(StrEnum):
    """What kind of price it is, as a word for the page."""

    LIST = "list price"
    LOCAL = "local"
    BUILT_IN = "built in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars for a million tokens in and out. `source` says who lists it, `as_of` the date or release it is from."""

    input_usd: float
    output_usd: float
    basis: Basis
    source: str
    as_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEstimate:
    """What one member would cost; None where no price is known."""

    member: str
    cost_usd: float | None
    price: Price | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run would cost, before it is made.

    `cost_usd` adds up the members with a known price and is None when there is none; `unknown` names the others.
    `members` ends with the aggregator where the strategy has one. `standby` are those that are asked only in the place of one that
    failed: they are not in `cost_usd`. Token counts are estimates for one member; retries are not included.
    """

    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    members: tuple[MemberEstimate, ...]
    standby: tuple[MemberEstimate, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the members without a known price."""
        return tuple(entry.member for entry in self.members if entry.cost_usd is None)


class Priced(Protocol):
    """What a price is looked up by; `own_endpoint` marks a server that is not the vendor's own, which sets its own prices."""

    id: str
    model: str


_LOCAL = Price(input_usd=0.0, output_usd=0.0, basis=Basis.LOCAL, source="runs on your own machine", as_of="")
_BUILT_IN = Price(input_usd=0.0, output_usd=0.0, basis=Basis.BUILT_IN, source="part of this program", as_of="")
_FREE: Mapping[str, Price] = MappingProxyType({"ollama": _LOCAL, "architect": _BUILT_IN})

FREE_VENDORS = frozenset(_FREE)
"""Vendors whose calls cost nothing wherever they end."""

_LISTED_AS: Mapping[str, str] = MappingProxyType({"openai": "openai", "gemini": "google"})
"""Vendor id -> provider id of the public list."""

_WATSONX_SOURCE = "IBM's table of supported foundation models, as recorded by LiteLLM 1.106"
_WATSONX_AS_OF = "2026-11"
_WATSONX: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "meta-llama/llama-3-3-70b-instruct": (0.7526, 0.7526),
        "meta-llama/llama-4-maverick-17b-128e-instruct-fp8": (0.371, 1.484),
        "ibm/granite-4-h-small": (0.0636, 0.265),
        "openai/gpt-oss-120b": (0.159, 0.636),
        "mistralai/mistral-small-3-1-24b-instruct-2503": (0.106, 0.318),
    }
)


@lru_cache(maxsize=512)
def price_of(vendor: str, model: str) -> Price | None:
    """Return the price of a vendor's model (vendor by id), None where none is known."""
    if vendor in _FREE:
        return _FREE[vendor]
    if vendor == "watsonx":
        listed = _WATSONX.get(model)
        if listed is None:
            return None
        return Price(input_usd=listed[0], output_usd=listed[1], basis=Basis.LIST, source=_WATSONX_SOURCE, as_of=_WATSONX_AS_OF)
    return _listed(_LISTED_AS[vendor], model) if vendor in _LISTED_AS and model else None


def price_of_provider(provider: Priced, answered_as: str = "") -> Price | None:
    """Return the price of what a provider calls, first by the model's name in its answer, then by the one asked for."""
    if getattr(provider, "own_endpoint", False) and provider.id not in _FREE:
        return None
    return (price_of(provider.id, answered_as) if answered_as else None) or price_of(provider.id, provider.model)


def cost_of(price: Price | None, usage: Usage) -> float | None:
    """Return dollars for the tokens used, None where the price or the count is unknown."""
    if price is None:
        return None
    if price.basis is not Basis.LIST:
        return 0.0
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return (usage.input_tokens * price.input_usd + usage.output_tokens * price.output_usd) / 1_000_000


def total(costs: tuple[float | None, ...]) -> float | None:
    """Add up the known costs; None when none is known."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def _listed(list_id: str, model: str) -> Price | None:
    import genai_prices  # 0.1 s and two megabytes of tables: on first use

    usage = genai_prices.Usage(input_tokens=1_000, output_tokens=1_000)  # small, so that the first tier of a tiered price is taken
    try:
        found = genai_prices.calc_price(usage, model, provider_id=list_id)
    except LookupError:
        return None
    return Price(
        input_usd=float(found.input_price) * 1_000,
        output_usd=float(found.output_price) * 1_000,
        basis=Basis.LIST,
        source="genai-prices",
        as_of=f"release {genai_prices.__version__}",
    )
