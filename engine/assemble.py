"""From a preset and a user's settings to the ensemble that will answer, with a sentence on who takes part and who does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config import Settings
from engine import resources
from engine.runs import HistoryProblem, RunStore
from providers import knobs, presets, vendors
from providers.accounts import Budgets
from providers.adaptive import Needs, Plan, adapt
from providers.base import CallOptions
from providers.ensemble import EnsembleProvider
from providers.errors import ConfigurationError
from providers.execution.cache import Reuse
from providers.presets import STAND_INS, Preset, PresetMember, Resolved
from providers.reputation import READ_RUNS, Standing, standing
from providers.routing import Routable
from providers.setup import Assess
from providers.shared import Guards

ARCHITECT = "architect"
HISTORY = "history.sqlite3"

VendorConfigs = Mapping[str, Mapping[str, object]]
"""One browser session's own values by vendor id: keys, base URLs."""


MOST_TOKENS = 200_000
"""The longest answer that a user may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """A user's changes to a preset for one run; None keeps what the preset says. `timeout` is seconds.

    `ensemble` False asks one member only: the one at the place `single` among those that can answer, else a sensible one.
    `numbers` are the options of the strategy and the execution by their names in `providers.knobs`; one that is named goes before the
    preset's, None leaving it to the program. `aggregator` is "vendor/model", "" for whose answer is best.
    `min_responses` is how many answers the run needs, never more than there are members; `normalization` is how answers without files
    are compared.
    `record` weighs the members by earlier runs of `owner` instead, or does not, whatever the preset says.
    `weights` go with the members by place; a list of another length belongs to another line-up and is not used. `repair` has the
    verdict repaired before it is shown, in at most `repair_rounds` rounds.
    `needs` is what the run says about itself and goes before all of these. `owner` is who asks: a browser's id, or the
    shell. `reuse` says which asks may be answered by a kept answer; `budget_run` and
    `budget_day` are dollars, beside what the operator allows.
    """

    ensemble: bool = True
    single: int | None = None
    strategy: str | None = None
    execution: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    weights: tuple[float, ...] | None = None
    record: bool | None = None
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    aggregator: str | None = None
    min_responses: int | None = None
    normalization: str | None = None
    repair: bool = False
    repair_rounds: int | None = None
    needs: Needs = field(default_factory=Needs)
    owner: str = resources.CLI
    reuse: Reuse | None = None
    budget_run: float | None = None
    budget_day: float | None = None

    def guards(self, settings: Settings) -> Guards:
        """Return what the calls of this user go through."""
        budgets = Budgets(run_usd=self.budget_run, day_usd=self.budget_day)
        return resources.guards(settings, self.owner, reuse=self.reuse, budgets=budgets)


@dataclass(frozen=True, slots=True)
class Team:
    """Who will answer. `sentence` says it in words, with who was left out and how to enable them.

    `plan` is what the run's own needs changed about it, None where it says nothing.
    """

    resolved: Resolved
    members: tuple[PresetMember, ...]
    sentence: str
    plan: Plan | None = None


def presets_file(settings: Settings) -> Path:
    """Return where presets made on the page are kept; an operator's file is PRESETS_FILE."""
    return settings.omni_data_dir / "presets.yaml"


def known_presets(settings: Settings) -> dict[str, Preset]:
    """Return the built-in presets, the operator's and the user's own, later ones replacing earlier ones of the same id.

    Raises ConfigurationError where a file is wrong, naming the file and the place.
    """
    return presets.catalogue(settings.presets_file, presets_file(settings))


def resolve(preset: Preset, settings: Settings, configs: VendorConfigs | None = None) -> Resolved:
    """Return who of the preset can answer now; nothing is contacted."""
    return presets.resolve(preset, vendors.availability(settings, configs), nested(preset.members, settings))


def nested(members: Sequence[PresetMember], settings: Settings) -> Mapping[str, Preset]:
    """Return the presets that may be members of these; none are read where no member is one."""
    if not any(member.nested for member in members):
        return {}
    try:
        return known_presets(settings)
    except ConfigurationError:
        return presets.builtin()  # the file's own problem is told where it is chosen from; its presets are then left out with a sentence


def within(members: Sequence[PresetMember], settings: Settings) -> str:
    """Return a text that changes with the presets that are members of these, and those within them; empty where none is."""
    known = nested(members, settings)
    todo, seen = [member.model for member in members if member.nested], dict[str, str]()
    while todo:
        name = todo.pop()
        if name in known and name not in seen:
            seen[name] = known[name].model_dump_json()
            todo += [member.model for member in known[name].members if member.nested]
    return "".join(seen.values())


def team(resolved: Resolved, tuning: Tuning | None = None) -> Team:
    """Say which of those who can answer are asked."""
    tuning = tuning or Tuning()
    members = resolved.members
    if tuning.needs.any:
        routable = [Routable(str(place), member.title, member.strengths) for place, member in enumerate(members)]
        plan = adapt(tuning.needs, routable, differ_on_purpose=resolved.stands_in)
        chosen = tuple(members[place] for place in plan.places)
        return Team(resolved, chosen, f"{plan.reason} {resolved.sentence}".strip(), plan)
    if tuning.ensemble or len(members) == 1:
        return Team(resolved, members, resolved.sentence)
    alone = _alone(resolved, tuning.single)
    return Team(resolved, (alone,), f"Ensemble mode is off: {alone.title} answers alone. {resolved.sentence}".strip())


def assemble(
    preset: Preset,
    settings: Settings,
    configs: VendorConfigs | None = None,
    tuning: Tuning | None = None,
    *,
    in_words: bool = False,
) -> tuple[EnsembleProvider, Team]:
    """Make the ensemble for one run. Raises ConfigurationError for a strategy, execution or value that cannot work.

    Where vendors take part, the architect's styles are asked only if too few of them answered, and the verdict says so; never for
    questions `in_words`, which they cannot answer.
    Token probabilities are asked for always: they are the energy of the live council and the confidence of a candidate.
    """
    tuning = tuning or Tuning()
    chosen = team(resolve(preset, settings, configs), tuning)
    options = replace(chosen.resolved, members=chosen.members).options()
    if tuning.strategy:
        options["strategy"] = tuning.strategy
    if tuning.execution:
        options["execution"] = tuning.execution
    if tuning.min_responses is not None:
        options["min_responses"] = min(tuning.min_responses, len(chosen.members))
    if tuning.normalization:
        options["normalization"] = tuning.normalization
    plan = chosen.plan
    options |= {name: value for name in ("strategy", "execution") if plan and (value := getattr(plan, name))}
    options |= {name: value for name, value in tuning.numbers.items() if value is not None or knobs.find(name).default is None}
    options["aggregator"] = _aggregator(options["aggregator"] if tuning.aggregator is None else tuning.aggregator, configs)
    by_record = preset.weights == "record" if tuning.record is None else tuning.record
    weights = None if by_record else tuning.weights
    if plan is not None and weights is not None and len(weights) == len(chosen.resolved.members):
        weights = tuple(weights[place] for place in plan.places)
    ensemble = EnsembleProvider(
        _specs(chosen.members, settings, configs, tuning),
        weights=weights if weights is not None and len(weights) == len(chosen.members) > 1 else None,
        standing=_standing(settings, tuning.owner) if by_record and len(chosen.members) > 1 else None,
        timeout=plan.timeout if plan and plan.timeout else tuning.timeout,
        options=CallOptions(temperature=tuning.temperature, max_tokens=tuning.max_tokens, logprobs=True),
        fallback=() if chosen.resolved.stands_in or in_words else [member.spec() for member in STAND_INS],
        settings=settings,
        guards=tuning.guards(settings),
        label=preset.title,
        **options,
    )
    return ensemble, chosen


def singles(
    preset: Preset,
    settings: Settings,
    configs: VendorConfigs | None = None,
    tuning: Tuning | None = None,
    *,
    streaming: bool | None = False,
    assess: Assess | None = None,
) -> tuple[EnsembleProvider, ...]:
    """Return an ensemble of one for every vendor's model of the preset that can answer, in the preset's order; nobody stands in.

    It is for questions to one of them alone, such as a repair; the architect is left out, since it needs no asking. With `streaming`
    None a call streams where somebody listens; `assess` judges an answer instead of the validators.
    """
    tuning = tuning or Tuning()
    members = [member for member in resolve(preset, settings, configs).members if member.vendor != ARCHITECT]
    return tuple(
        EnsembleProvider(
            [spec],
            timeout=tuning.timeout,
            options=CallOptions(temperature=tuning.temperature, max_tokens=tuning.max_tokens),
            settings=settings,
            guards=tuning.guards(settings),
            label=member.title,
            streaming=streaming,
            assess=assess,
        )
        for member, spec in zip(members, _specs(members, settings, configs, tuning), strict=True)
    )


def _standing(settings: Settings, owner: str) -> Standing | None:
    """Return how members did in the owner's newest runs; without a readable history nothing is known of them, which ends no run."""
    try:
        return standing(RunStore(settings.omni_data_dir / HISTORY).verdicts(owner, limit=READ_RUNS))
    except HistoryProblem:
        return None


def _aggregator(name: str | None, configs: VendorConfigs | None) -> dict[str, Any] | None:
    """Return the aggregator as EnsembleProvider takes it, with its vendor's configuration for this session."""
    if not name:
        return None
    vendor, _, model = name.partition("/")
    return {"name": vendor, "model": model, "config": dict((configs or {}).get(vendors.find(vendor).id, {}))}


def _alone(resolved: Resolved, place: int | None) -> PresetMember:
    members = resolved.members
    if place is not None and 0 <= place < len(members):
        return members[place]
    return next((member for member in members if member.model == "hardened"), members[0]) if resolved.stands_in else members[0]


def _specs(members: Sequence[PresetMember], settings: Settings, configs: VendorConfigs | None, tuning: Tuning) -> list[dict[str, Any]]:
    specs = []
    known = nested(members, settings)
    for member in members:
        spec = member.spec(configs)
        if member.nested:
            inner = _inner(presets.find(member.model, known), settings, configs, tuning)
            spec = {name: value for name, value in spec.items() if name not in ("name", "model", "config")}
            spec |= {"provider": inner, "own": True}
        # what the user set for this run goes before what the preset says for the member
        for name in ("temperature", "max_tokens"):
            if getattr(tuning, name) is not None:
                spec.pop(name, None)
        specs.append(spec)
    return specs


def _inner(preset: Preset, settings: Settings, configs: VendorConfigs | None, tuning: Tuning) -> EnsembleProvider:
    """Make a preset that is a member of another, as it stands: the run's strategy and execution are the outer one's."""
    resolved = resolve(preset, settings, configs)
    options = resolved.options()
    options["aggregator"] = _aggregator(options["aggregator"], configs)
    return EnsembleProvider(
        _specs(resolved.members, settings, configs, tuning),
        timeout=tuning.timeout,
        options=CallOptions(temperature=tuning.temperature, max_tokens=tuning.max_tokens, logprobs=True),
        settings=settings,
        guards=tuning.guards(settings),
        label=preset.title,
        **options,
    )
