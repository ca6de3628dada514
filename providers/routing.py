"""Capability routing (SPEC §7): which member a request goes to first, who comes after it, and why, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from providers import pricing
from providers.errors import ConfigurationError

MAX_ATTEMPTS = 3
"""Members asked one after another for one request, the primary among them."""
MANY_CONSTRAINTS = 10
"""More constraints than this want a member that keeps to them."""
SIMPLE, HARD = 0.3, 0.7
"""Below the first complexity (0..1) speed matters, above the second quality does."""
LONG_TOKENS = 100_000
"""A prompt longer than this goes to members with a long context before others of the same kind."""


class Capability(StrEnum):
    """What a member is good at."""

    CODE = "code"
    LONG_CONTEXT = "long_context"
    CONSTRAINED = "constrained"
    FAST = "fast"
    HIGH_QUALITY = "high_quality"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Strengths:
    """What a member declares. A lower `priority` is asked earlier; `cost` is dollars per million tokens, None where unknown."""

    capabilities: frozenset[Capability]
    priority: int
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """The strengths of a vendor's models whose name matches."""

    vendor: str
    pattern: re.Pattern[str]
    capabilities: frozenset[Capability]
    priority: int


@dataclass(frozen=True, slots=True)
class Routable:
    """A member that can be routed to."""

    id: str
    label: str
    strengths: Strengths


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a request asks for. `constraints` are conditions the answer must meet; `complexity` 0..1; `tokens` the prompt's length.

    `security` says that a constraint is about security; `grammar` that the answer must follow a grammar or a schema.
    """

    constraints: tuple[str, ...] = ()
    security: bool = False
    grammar: bool = False
    complexity: float = 0.5
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: the primary, then who is asked if it fails; `wanted` is None where nothing special was asked for."""

    primary: Routable
    fallback: tuple[Routable, ...]
    wanted: Capability | None
    reason: str

    @property
    def chain(self) -> tuple[Routable, ...]:
        """Return everyone in the order of asking, MAX_ATTEMPTS at most."""
        return (self.primary, *self.fallback)


def _family(vendor: str, pattern: str, priority: int, *capabilities: Capability) -> Family:
    return Family(vendor, re.compile(pattern, re.IGNORECASE), frozenset(capabilities), priority)


_C = Capability
# The first that matches counts, so small siblings stand before the family they are named after; a vendor's last line is for the rest.
FAMILIES: tuple[Family, ...] = (
    _family("openai", r"mini|nano", 30, _C.FAST, _C.CODE, _C.CONSTRAINED),
    _family("openai", r"^o\d|^gpt-5", 10, _C.HIGH_QUALITY, _C.CODE, _C.CONSTRAINED, _C.SECURITY, _C.LONG_CONTEXT),
    _family("openai", r"^gpt-4\.1", 10, _C.HIGH_QUALITY, _C.CODE, _C.CONSTRAINED, _C.SECURITY, _C.LONG_CONTEXT),
    _family("openai", r"^gpt-4o", 10, _C.HIGH_QUALITY, _C.CODE, _C.CONSTRAINED, _C.SECURITY),
    _family("openai", r"^gpt-4", 15, _C.HIGH_QUALITY, _C.CODE, _C.SECURITY),
    _family("openai", r"", 30, _C.CODE),
    _family("gemini", r"flash|lite", 20, _C.FAST, _C.CODE, _C.CONSTRAINED, _C.LONG_CONTEXT),
    _family("gemini", r"pro", 10, _C.HIGH_QUALITY, _C.CODE, _C.CONSTRAINED, _C.SECURITY, _C.LONG_CONTEXT),
    _family("gemini", r"", 30, _C.CODE),
    _family("watsonx", r"granite.*(small|8b|3b|2b)", 35, _C.FAST, _C.CODE),
    _family("watsonx", r"gpt-oss|llama-4|mistral-large", 20, _C.HIGH_QUALITY, _C.CODE, _C.CONSTRAINED),
    _family("watsonx", r"70b|405b", 25, _C.CODE, _C.HIGH_QUALITY),
    _family("watsonx", r"", 35, _C.CODE),
    _family("ollama", r"70b|72b|120b|405b", 35, _C.CODE, _C.HIGH_QUALITY),
    _family("ollama", r"", 40, _C.FAST, _C.CODE),
    _family("architect", r"hardened", 90, _C.FAST, _C.CONSTRAINED, _C.SECURITY),
    _family("architect", r"", 91, _C.FAST, _C.CONSTRAINED),
)
_UNKNOWN = Strengths(frozenset({_C.CODE}), 50)

_WORDS = {
    _C.SECURITY: "a constraint is about security",
    _C.CONSTRAINED: "the answer is tightly constrained",
    _C.FAST: "the request is simple",
    _C.HIGH_QUALITY: "the request is hard",
}


def strengths(
    vendor: str,
    model: str,
    *,
    capabilities: Sequence[str] | None = None,
    priority: int | None = None,
    cost: float | None = None,
) -> Strengths:
    """Return what a member is good at: what the preset declares, else what its vendor and model family are known for."""
    known = next((entry for entry in FAMILIES if entry.vendor == vendor and entry.pattern.search(model)), None)
    chosen = (known.capabilities if known else _UNKNOWN.capabilities) if capabilities is None else capabilities_of(capabilities)
    first = (known.priority if known else _UNKNOWN.priority) if priority is None else priority
    return Strengths(chosen, first, _listed_cost(vendor, model) if cost is None else cost)


def capabilities_of(names: Sequence[str]) -> frozenset[Capability]:
    """Read capabilities by name; raises ConfigurationError naming the choices."""
    known = {entry.value: entry for entry in Capability}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"There is no capability {str(name)[:40]!r}; choose from {', '.join(known)}.")
    return frozenset(known[name] for name in names)


def wanted(demand: Demand) -> tuple[Capability | None, str]:
    """Return the capability a request asks for, None for the default, and the reason. The first rule that holds decides."""
    if demand.security:
        return _C.SECURITY, _WORDS[_C.SECURITY]
    if demand.grammar:
        return _C.CONSTRAINED, "the answer must follow a grammar or schema"
    if len(demand.constraints) > MANY_CONSTRAINTS:
        return _C.CONSTRAINED, f"there are {len(demand.constraints)} constraints, more than {MANY_CONSTRAINTS}"
    if demand.complexity < SIMPLE:
        return _C.FAST, f"{_WORDS[_C.FAST]} (complexity {demand.complexity:.2f}, under {SIMPLE})"
    if demand.complexity > HARD:
        return _C.HIGH_QUALITY, f"{_WORDS[_C.HIGH_QUALITY]} (complexity {demand.complexity:.2f}, over {HARD})"
    return None, "nothing special is asked for"


def route(demand: Demand, members: Sequence[Routable], *, default: str = "") -> Route:
    """Return who is asked first and who if that fails, at most MAX_ATTEMPTS in all.

    Members with the wanted capability come first, then by priority, then the cheaper one, then by place. `default` is the id of who
    is asked first where nothing special is wanted. Raises ConfigurationError without members.
    """
    if not members:
        raise ConfigurationError("There is no member to route to. Set up a vendor on the Settings page.")
    capability, why = wanted(demand)
    long = demand.tokens > LONG_TOKENS

    def order(place: int) -> tuple[bool, bool, bool, int, float, int]:
        member = members[place]
        has = member.strengths.capabilities
        cost = member.strengths.cost
        return (
            capability is not None and capability not in has,
            capability is None and bool(default) and member.id != default,
            long and _C.LONG_CONTEXT not in has,
            member.strengths.priority,
            float("inf") if cost is None else cost,
            place,
        )

    chain = tuple(members[place] for place in sorted(range(len(members)), key=order)[:MAX_ATTEMPTS])
    return Route(chain[0], chain[1:], capability, _reason(chain, capability, why, default, long))


def security_related(text: str) -> bool:
    """Tell whether a constraint or an instruction is about security."""
    return bool(_SECURITY.search(text))


def complexity(*, files: int, constraints: int, words: int, components: int = 1) -> float:
    """Return how hard a request is, 0..1: files to write, conditions to meet, words of instruction, parts of the repository.

    A single file without a wish is 0.15; each of the four adds up to its share as it grows.
    """
    parts = ((files - 1) / 8, 0.35), (constraints / 20, 0.25), (words / 120, 0.2), ((components - 1) / 6, 0.2)
    return min(1.0, 0.15 + 0.85 * sum(min(1.0, max(0.0, value)) * share for value, share in parts))


_SECURITY = re.compile(
    r"\b(secur\w*|harden\w*|non-?root|root user|runs? as root|privileg\w*|capabilit(?:y|ies)|read-only|secrets?|credentials?|passwords?"
    r"|vulnerab\w*|cves?|tls|rbac|network polic\w*|seccomp|least[- ]privilege|encrypt\w*)\b",
    re.IGNORECASE,
)


def _reason(chain: Sequence[Routable], capability: Capability | None, why: str, default: str, long: bool) -> str:
    first = chain[0]
    if capability is not None and capability not in first.strengths.capabilities:
        told = f"{first.label}: {why}, but nobody ready is known for {capability.value}; it is next by priority"
    elif capability is not None:
        told = f"{first.label}: {why}, and it is known for {capability.value}"
    elif default and first.id == default:
        told = f"{first.label}: {why}, so the default answers"
    else:
        told = f"{first.label}: {why}, and it is first by priority"
    if long:
        told += f"; the prompt is longer than {LONG_TOKENS:,} tokens"
    return f"{told}. If it fails: {', then '.join(member.label for member in chain[1:])}." if chain[1:] else f"{told}."


def _listed_cost(vendor: str, model: str) -> float | None:
    price = pricing.price_of(vendor, model)
    return None if price is None else (3 * price.input_usd + price.output_usd) / 4
