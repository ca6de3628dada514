"""The vendors: one adapter a file, the ordered table, and the ways to find, make and probe them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from config import Settings
from providers.base import Provider
from providers.errors import ConfigurationError, ConnectionFailed, InvalidRequest, ProviderError, VendorTimeout
from providers.vendor import Availability, Connection, VendorSpec
from providers.vendors import architect, gemini, ollama, openai, watsonx

# The order of the sidebar and of the presets: the vendors of the default preset first, local models after the clouds,
# and the architect last because it joins where the others are missing.
VENDORS: tuple[VendorSpec, ...] = (openai.SPEC, gemini.SPEC, watsonx.SPEC, ollama.SPEC, architect.SPEC)


def _not_a_vendor(model: str, connection: Connection) -> Provider:
    raise ConfigurationError(f"An ensemble is no vendor: {model[:60] or 'it'} is made from a preset, as a member of another preset alone.")


ENSEMBLE = VendorSpec(id="ensemble", label="Ensemble", default_model="", factory=_not_a_vendor, built_in=True)
"""Stands where a preset's member is another preset, named as its model; nothing can be called by it."""


def find(name: str) -> VendorSpec:
    """Return the vendor with this id, label or alias, in any case; raises ConfigurationError naming the choices."""
    wanted = " ".join(name.split()).casefold()
    for spec in (*VENDORS, ENSEMBLE):
        if wanted in {entry.casefold() for entry in (spec.id, spec.label, *spec.aliases)}:
            return spec
    choices = ", ".join(f"{spec.id} ({spec.label})" for spec in VENDORS)
    raise ConfigurationError(f"There is no vendor {name[:80]!r}; choose one of: {choices}.")


def make(vendor_id: str, *, model: str = "", config: Mapping[str, object] | None = None, settings: Settings | None = None) -> Provider:
    """Return a Provider of the vendor (id, label or alias) for the model; nothing is contacted or imported yet.

    `config` goes before `settings`; see VendorSpec.connection. Raises ConfigurationError.
    """
    return find(vendor_id).make(model=model, config=config or {}, settings=settings)


def availability(settings: Settings | None, session_keys: Mapping[str, Mapping[str, object]] | None = None) -> tuple[Availability, ...]:
    """Say for every vendor whether it can take part, from settings and one browser session's own values (vendor id -> config)."""
    keys = session_keys or {}
    return tuple(spec.ready(settings, keys.get(spec.id, {})) for spec in VENDORS)


async def probe(provider: Provider, timeout: float = 5.0) -> Availability:  # noqa: ASYNC109 - the deadline is this function's point
    """Ask the vendor for its model list, the cheapest call it has, to tell ready from refused or unreachable."""
    problem: ProviderError
    try:
        async with asyncio.timeout(timeout):
            names = await provider.models()
        if not names or provider.model in names:
            return Availability(provider.id, provider.label, True, "Ready: the vendor answers.")
        return Availability(provider.id, provider.label, True, f"Ready: the vendor answers, but does not list {provider.model}.")
    except TimeoutError:
        problem = VendorTimeout("no answer", vendor=provider.id)
    except ProviderError as error:
        problem = error
    if isinstance(problem, InvalidRequest) and problem.status == 404:
        return Availability(provider.id, provider.label, True, f"Ready: {problem.message}")
    if isinstance(problem, ConnectionFailed | VendorTimeout):
        return Availability(provider.id, provider.label, False, f"{provider.label} is unreachable. {problem.advice}")
    return Availability(provider.id, provider.label, False, f"{problem.message} {problem.advice}".strip())
