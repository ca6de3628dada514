"""Presets: named lists of members with a strategy and an execution; the four built in, and the user's own in a YAML file."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from providers import execution as executions
from providers import knobs, nesting, normalisation, routing, seats, strategies, substitutes, textfile, vendors
from providers.errors import ConfigurationError
from providers.routing import Capability, Strengths
from providers.schedule import CONFIDENCE_THRESHOLD, MAX_HEDGES, MIN_CONSENSUS
from providers.strategy import AGREEMENT_THRESHOLD
from providers.vendor import Availability

MAX_FILE_BYTES = 128 * 1024
MAX_PRESETS = 100
STAND_IN_AGREEMENT = 0.5
"""What `consensus` asks of the architect's styles beside all that blocks: they differ on purpose in what breaks nothing."""
_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)


class PresetMember(BaseModel):
    """One member. An empty model is the vendor's default; keys never stand in a preset.

    The vendor `ensemble` with the id of another preset as its model makes that preset a member, as it stands.

    `capabilities`, `priority` (lower is asked earlier) and `cost` (dollars per million tokens) go before its model family's. `fallback` is
    the "vendor/model" that takes this member's place when it fails, with the vendor's default where it names no model; or several by the
    kind of failure, "ContextTooLong=gemini/gemini-2.5-pro, *=ollama", with * for all others.
    """

    model_config = _STRICT

    vendor: str
    model: str = Field("", max_length=200)
    label: str = Field("", max_length=80)
    weight: float = Field(1.0, ge=0, allow_inf_nan=False)
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    capabilities: Annotated[tuple[Annotated[Capability, Field(strict=False)], ...] | None, Field(strict=False, max_length=6)] = None
    priority: int | None = Field(None, ge=0, le=1_000)
    cost: float | None = Field(None, ge=0, allow_inf_nan=False)
    fallback: str = Field("", max_length=600)

    @field_validator("vendor")
    @classmethod
    def _known_vendor(cls, name: str) -> str:
        return vendors.find(name).id

    @model_validator(mode="after")
    def _names_a_preset(self) -> Self:
        if self.nested and not self.model:
            raise ValueError("an ensemble as a member needs the id of its preset as `model`")
        if self.nested and (self.temperature is not None or self.max_tokens is not None):
            raise ValueError("`temperature` and `max_tokens` are those of the members of the preset it names; set them there")
        return self

    @field_validator("fallback")
    @classmethod
    def _known_fallback(cls, name: str) -> str:
        found = substitutes.read(name)
        seats.by_kind(found or name)
        if any(vendors.find(vendor) is vendors.ENSEMBLE for vendor, _ in found.values()):
            raise ValueError("an ensemble cannot be a fallback")
        return substitutes.write({kind: f"{vendors.find(vendor).id}/{model}".rstrip("/") for kind, (vendor, model) in found.items()})

    def answered_for_by(self, able: Collection[str]) -> PresetMember:
        """Return the member with those of its fallbacks alone whose vendor is one of `able`."""
        kept = {
            kind: f"{vendor}/{model}".rstrip("/") for kind, (vendor, model) in substitutes.read(self.fallback).items() if vendor in able
        }
        return self.model_copy(update={"fallback": substitutes.write(kept)})

    @property
    def nested(self) -> bool:
        """Tell whether this member is another preset."""
        return self.vendor == vendors.ENSEMBLE.id

    @property
    def title(self) -> str:
        """Return what the page calls this member."""
        spec = vendors.find(self.vendor)
        return self.label or f"{spec.label} {self.model or spec.default_model}"

    @property
    def strengths(self) -> Strengths:
        """Return what this member is good at, for routing."""
        model = self.model or vendors.find(self.vendor).default_model
        return routing.strengths(self.vendor, model, capabilities=self.capabilities, priority=self.priority, cost=self.cost)

    def spec(self, configs: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
        """Return the member as EnsembleProvider takes it; `configs` holds this session's configuration by vendor id."""
        known_configs = configs or {}
        given: dict[str, Any] = {"label": self.title, "temperature": self.temperature, "max_tokens": self.max_tokens}
        given["priority"] = self.priority
        if self.fallback:
            given["fallback"] = {
                kind: {"name": vendor, "model": model, "config": dict(known_configs.get(vendor) or {})}
                for kind, (vendor, model) in substitutes.read(self.fallback).items()
            }
        known = {key: value for key, value in given.items() if value is not None}
        config = dict(known_configs.get(self.vendor) or {})
        return {"name": self.vendor, "model": self.model, "config": config, "weight": self.weight, **known}


class Preset(BaseModel):
    """A named ensemble. `description` says in a line what it is for.

    `weights` are the members' own, or what the record of earlier runs says.
    """

    model_config = _STRICT

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    label: str = Field("", max_length=60)
    description: str = Field("", max_length=200)
    members: Annotated[tuple[PresetMember, ...], Field(strict=False, min_length=1, max_length=12)]
    strategy: str = "best_of_n"
    execution: str = "parallel"
    min_responses: int | None = Field(None, ge=1)
    consensus_threshold: float = AGREEMENT_THRESHOLD
    min_consensus: float = MIN_CONSENSUS
    confidence_threshold: float = CONFIDENCE_THRESHOLD
    early_stop_threshold: float | None = None
    quorum: int | None = None
    hedge_delay_ms: float | None = None
    max_hedges: int = MAX_HEDGES
    aggregator: str = Field("", max_length=220)
    weights: Literal["members", "record"] = "members"
    normalization: str = "lowercase_trim"

    @field_validator("strategy")
    @classmethod
    def _known_strategy(cls, name: str) -> str:
        return strategies.find(name).id

    @field_validator("execution")
    @classmethod
    def _known_execution(cls, name: str) -> str:
        return executions.find(name).id

    @field_validator(*(knob.name for knob in knobs.KNOBS))
    @classmethod
    def _right_number(cls, value: float | None, info: ValidationInfo) -> float | int | None:
        return knobs.find(info.field_name or "").check(value)

    @field_validator("normalization")
    @classmethod
    def _known_normalization(cls, name: str) -> str:
        normalisation.find(name)
        return name

    @field_validator("aggregator")
    @classmethod
    def _known_aggregator(cls, name: str) -> str:
        if name and vendors.find(name.partition("/")[0]) is vendors.ENSEMBLE:
            raise ValueError("an ensemble cannot be the aggregator")
        return name

    @property
    def title(self) -> str:
        """Return what the page calls this preset."""
        return self.label or self.id.replace("-", " ").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A member that cannot take part now, and the sentence that says why and how to enable it."""

    member: PresetMember
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A preset with the members that can answer now. `stands_in` says that the architect answers for all of them."""

    preset: Preset
    members: tuple[PresetMember, ...]
    left_out: tuple[LeftOut, ...]
    stands_in: bool
    sentence: str

    def specs(self, configs: Mapping[str, Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Return the members as EnsembleProvider takes them; `configs` holds a session's values by vendor id."""
        return [member.spec(configs) for member in self.members]

    def options(self) -> dict[str, Any]:
        """Return the preset's options as EnsembleProvider takes them; `min_responses` never asks for more than there are members."""
        wanted = self.preset.min_responses
        numbers = {knob.name: getattr(self.preset, knob.name) for knob in knobs.KNOBS}
        numbers["consensus_threshold"] = min(self.preset.consensus_threshold, STAND_IN_AGREEMENT if self.stands_in else 1.0)
        return {
            **numbers,
            "strategy": self.preset.strategy,
            "execution": self.preset.execution,
            "min_responses": None if wanted is None else min(wanted, len(self.members)),
            "aggregator": self.preset.aggregator or None,
            "normalization": self.preset.normalization,
        }


_GPT = PresetMember(vendor="openai", model="gpt-4o")
_FLASH = PresetMember(vendor="gemini", model="gemini-2.5-flash")
_LLAMA = PresetMember(vendor="watsonx", model="meta-llama/llama-3-3-70b-instruct")
_LOCAL = PresetMember(vendor="ollama")

# The order of the page's list: the default first.
PRESETS: tuple[Preset, ...] = (
    Preset(id="balanced", description="General use: three vendors, the best evidence wins.", members=(_GPT, _FLASH, _LLAMA)),
    Preset(id="fast", description="Quick iterations: a fast model and your own machine.", members=(_FLASH, _LOCAL)),
    Preset(
        id="quality",
        description="Production and security configuration: an answer only if the members agree.",
        members=(_GPT, PresetMember(vendor="openai", model="gpt-4-turbo"), _FLASH),
        strategy="consensus",
    ),
    Preset(
        id="diverse",
        description="Breadth and unusual stacks: four vendors vote.",
        members=(_GPT, _FLASH, _LLAMA, _LOCAL),
        strategy="voting",
    ),
)

STAND_INS: tuple[PresetMember, ...] = tuple(
    PresetMember(vendor="architect", model=style, label=f"Architect, {style}") for style in ("lean", "hardened", "cached")
)
"""The built-in architect's three house styles, who answer where no vendor is ready."""


def builtin() -> dict[str, Preset]:
    """Return the presets that come with the program, by id."""
    return {preset.id: preset for preset in PRESETS}


def catalogue(*files: Path | None) -> dict[str, Preset]:
    """Return the built-in presets overlaid by those of the files, later ones first in right; None and absent files are passed over.

    Raises ConfigurationError for a file that is wrong, and for a member that names a preset that cannot be one.
    """
    found = builtin()
    for path in files:
        if path is not None and path.exists():
            found.update(load(path))
    nesting.check(found)
    return found


def find(name: str, presets: Mapping[str, Preset]) -> Preset:
    """Return the preset of this id; raises ConfigurationError naming the choices."""
    if name in presets:
        return presets[name]
    raise ConfigurationError(f"There is no preset {name[:60]!r}; choose one of {', '.join(presets)}.")


def resolve(preset: Preset, availability: Sequence[Availability], presets: Mapping[str, Preset] | None = None) -> Resolved:
    """Return who of the preset can answer now; with nobody ready the architect's three styles stand in.

    A vendor that `availability` does not mention counts as not ready; a member that is one of the other `presets` is ready when one of
    that preset's own is.
    """
    known = {entry.vendor: entry for entry in availability}
    why_not = {member: nesting.why_not(member, known, presets or {}, (preset.id,)) for member in preset.members}
    ready = tuple(member for member in preset.members if why_not[member] is None)
    left_out = tuple(LeftOut(member, sentence) for member in preset.members if (sentence := why_not[member]) is not None)
    # a fallback that cannot answer is none: it would only add a second reason to the first
    able = {entry.vendor for entry in availability if entry.ready}
    ready = tuple(member.answered_for_by(able) for member in ready)
    members = ready or STAND_INS
    return Resolved(preset=preset, members=members, left_out=left_out, stands_in=not ready, sentence=_sentence(preset, ready, left_out))


def load(path: Path) -> dict[str, Preset]:
    """Return the presets of a YAML file by id; raises ConfigurationError saying where it is wrong and what would be right.

    The file holds a mapping `presets`, from id to `label`, `description`, `members`, `strategy`, `execution`, ...
    """
    from ruamel.yaml import YAML, YAMLError

    text = textfile.read(path, MAX_FILE_BYTES)
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError, ValueError) as error:
        raise ConfigurationError(f"{path.name} is not valid YAML: {_first_line(error)}") from None
    if data is None:
        return {}
    entries = data.get("presets") if isinstance(data, dict) else None
    if not isinstance(entries, dict) or set(data) != {"presets"}:
        raise ConfigurationError(f"{path.name} must hold one mapping named 'presets', from a preset's id to its members and strategy.")
    if len(entries) > MAX_PRESETS:
        raise ConfigurationError(f"{path.name} holds {len(entries)} presets; at most {MAX_PRESETS} are read.")
    return {str(name): parse(str(name), entry, path.name) for name, entry in entries.items()}


def parse(name: str, data: object, where: str = "presets") -> Preset:
    """Return one preset from plain data, as from the page or a file; raises ConfigurationError."""
    if not isinstance(data, dict):
        raise ConfigurationError(f"{where}: preset {name[:60]!r} must be a mapping with 'members'.")
    if "id" in data:
        raise ConfigurationError(f"{where}: preset {name[:60]!r} has an entry 'id'; its name is its id.")
    try:
        return Preset.model_validate({**data, "id": name})
    except ValidationError as error:
        raise ConfigurationError("; ".join(_problems(error, name, where))) from None


def dump(presets: Mapping[str, Preset], path: Path) -> None:
    """Write presets to a YAML file, whole or not at all; comments on presets that did not change are kept."""
    from ruamel.yaml import YAML

    yaml = YAML()
    document: Any = {"presets": {}}
    before: dict[str, Preset] = {}
    if path.exists():
        before = load(path)
        document = yaml.load(textfile.read(path, MAX_FILE_BYTES)) or document
    entries = document["presets"]
    for name in [name for name in entries if str(name) not in presets]:
        del entries[name]
    for name, preset in presets.items():
        if before.get(name) != preset:
            entries[name] = preset.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
    text = io.StringIO()
    yaml.dump(document, text)
    textfile.write(path, text.getvalue())


def _sentence(preset: Preset, ready: Sequence[PresetMember], left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return ""
    why = " ".join(dict.fromkeys(entry.sentence for entry in left_out))
    names = ", ".join(entry.member.title for entry in left_out)
    if ready:
        return f"Left out of {preset.title}: {names}. {why}"
    lower = preset.strategy == "consensus" and preset.consensus_threshold > STAND_IN_AGREEMENT
    asked = (
        f" They differ on purpose, so consensus asks for {STAND_IN_AGREEMENT:.0%} beside all that could break the service." if lower else ""
    )
    return f"No vendor of {preset.title} is ready, so the built-in architect answers in three styles.{asked} Left out: {names}. {why}"


def _problems(error: ValidationError, name: str, where: str) -> list[str]:
    found = []
    entries = error.errors(include_url=False)
    members_wrong = any(entry["loc"][:1] == ("members",) and len(entry["loc"]) > 1 for entry in entries)
    for entry in entries[:5]:
        if entry["type"] == "too_short" and members_wrong:
            continue  # the wrong members were only not counted
        place, message = _place(entry["loc"]), entry["msg"].removeprefix("Value error, ")
        if entry["type"] == "extra_forbidden":
            model = PresetMember if entry["loc"][0] == "members" else Preset
            message = f"is not known; known are: {', '.join(key for key in model.model_fields if key != 'id')}"
        elif entry["type"] == "too_short":
            message = "at least one member is needed"
        elif entry["type"] == "string_pattern_mismatch":
            message = "small letters, digits, - and _ are allowed, a letter first, at most 40 in all"
        found.append(f"{where}: preset {name[:60]!r}, {place}: {message}")
    return found


def _place(location: tuple[int | str, ...]) -> str:
    parts = [f"{part + 1}" if isinstance(part, int) else part for part in location]
    return " ".join(parts).replace("members ", "member ", 1) if len(parts) > 1 else "".join(parts) or "entry"


def _first_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).strip().split("\n")[0] or type(error).__name__
    return f"{problem} in line {mark.line + 1}." if mark is not None else f"{problem}."
