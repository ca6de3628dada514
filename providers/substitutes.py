"""Fallbacks in words: "vendor/model", or "Kind=vendor/model, *=vendor" for one each kind of failure."""

from __future__ import annotations

from collections.abc import Mapping

from providers import seats
from providers.errors import ConfigurationError


def read(text: str) -> dict[str, tuple[str, str]]:
    """Return vendor and model by the kind of failure, from "vendor/model" or "Kind=vendor/model, *=vendor"."""
    found = {}
    for part in filter(None, (entry.strip() for entry in text.split(","))):
        kind, equals, whose = part.partition("=")
        kind, whose = (kind.strip(), whose.strip()) if equals else (seats.ANY, part)
        if kind in found:
            raise ConfigurationError(f"Two fallbacks are named for {'any failure' if kind == seats.ANY else kind[:60]}; name one.")
        vendor, _, model = whose.partition("/")
        found[kind] = (vendor, model)
    return found


def write(fallbacks: Mapping[str, str]) -> str:
    """Return fallbacks by kind in the form a preset holds."""
    plain = list(fallbacks) == [seats.ANY]
    return ", ".join(whose if plain else f"{kind}={whose}" for kind, whose in fallbacks.items())
