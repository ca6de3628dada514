"""From a question set and configurations to every run that is to be made: prompts written, repositories read, nobody asked."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from config import Settings
from engine import generate
from engine.assemble import ARCHITECT, Team, Tuning, VendorConfigs, resolve, team, within
from engine.experiments import grading
from engine.experiments.keeping import key_of
from engine.experiments.records import Configuration, ExperimentProblem, Question
from providers import knobs, presets, vendors
from providers.base import Prompt
from providers.errors import ConfigurationError
from providers.execution.cache import Reuse
from providers.presets import Preset, PresetMember
from workspace.errors import WorkspaceError
from workspace.files import Workspace

MOST_RUNS = 5_000
"""Runs of one experiment at most."""

OpenRepository = Callable[[str], Workspace]
"""Opens what a question calls its repository, or raises a WorkspaceError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One question to one configuration. `why_not` says why it cannot be asked."""

    question: Question
    configuration: Configuration
    prompt: Prompt
    key: str
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A configuration with the ensemble's preset and who takes part."""

    configuration: Configuration
    preset: Preset
    tuning: Tuning
    team: Team

    @property
    def strategy(self) -> str:
        """Return the strategy that decides."""
        return self.tuning.strategy or self.preset.strategy

    @property
    def threshold(self) -> float:
        """Return the agreement that is asked for where the strategy asks for one."""
        given = self.tuning.numbers.get("consensus_threshold")
        return float(self.team.resolved.options()["consensus_threshold"] if given is None else given)

    @property
    def weighed(self) -> bool:
        """Tell whether the members' weights differ."""
        return len({member.weight for member in self.team.members}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment ready to be run: every run to make, in order. Nothing was asked yet."""

    title: str
    questions: Mapping[str, Question]
    entrants: tuple[Entrant, ...]
    runs: tuple[Run, ...]
    settings: Settings
    configs: VendorConfigs | None = field(repr=False)


def plan(
    title: str,
    questions: Sequence[Question],
    configurations: Sequence[Configuration],
    *,
    presets_known: Mapping[str, Preset],
    settings: Settings,
    open_repository: OpenRepository,
    configs: VendorConfigs | None = None,
    tuning: Tuning | None = None,
) -> Experiment:
    """Read the repositories, write the prompts and see who can answer. Raises ExperimentProblem for what cannot work."""
    if not configurations:
        raise ExperimentProblem("There is no configuration. Choose a preset and a strategy, or let the file name some.")
    if len(questions) * len(configurations) > MOST_RUNS:
        most = f"{len(questions):,} questions and {len(configurations)} configurations are more than {MOST_RUNS:,} runs"
        raise ExperimentProblem(f"{most}. Use fewer of either.")
    base = replace(tuning or Tuning(), ensemble=True, single=None, weights=None, reuse=Reuse.NEVER)
    entrants = tuple(_entrant(entry, presets_known, settings, configs, base) for entry in configurations)
    prompts = {question.id: _prompt(question, open_repository) for question in questions}
    runs = []
    times: Counter[tuple[str, str]] = Counter()
    for place, question in enumerate(questions):
        prompt = prompts[question.id]
        content = hashlib.sha256(f"{prompt.system}\0{prompt.text}".encode()).hexdigest()
        turn = place % len(entrants)  # another one begins each time, so that what is warm by then favours nobody
        for entrant in (*entrants[turn:], *entrants[:turn]):
            asked = replace(
                entrant.configuration, strategy=entrant.strategy, execution=entrant.tuning.execution or entrant.preset.execution
            )
            key = key_of(question, asked, entrant.team.members, content + within(entrant.team.members, settings))
            times[key, entrant.configuration.name] += 1
            if (again := times[key, entrant.configuration.name]) > 1:
                key = f"{key}#{again}"  # asked several times on purpose: each time is an ask of its own
            why_not = _why_not(question, entrant)
            runs.append(Run(question=question, configuration=entrant.configuration, prompt=prompt, key=key, why_not=why_not))
    by_id = {question.id: question for question in questions}
    return Experiment(title=title, questions=by_id, entrants=entrants, runs=tuple(runs), settings=settings, configs=configs)


def _entrant(entry: Configuration, known: Mapping[str, Preset], settings: Settings, configs: VendorConfigs | None, base: Tuning) -> Entrant:
    try:
        if entry.members:
            members = tuple(PresetMember(vendor=name.partition("/")[0], model=name.partition("/")[2]) for name in entry.members)
            preset = Preset(id="experiment", label=entry.name[:60], members=members)
        else:
            preset = presets.find(entry.preset or settings.ensemble_default_preset, known)
        tuning = replace(
            base,
            strategy=entry.strategy or None,
            execution=entry.execution or None,
            aggregator=entry.aggregator or None,
            temperature=base.temperature if entry.temperature is None else entry.temperature,
            max_tokens=base.max_tokens if entry.max_tokens is None else entry.max_tokens,
            timeout=base.timeout if entry.timeout is None else entry.timeout,
            numbers={name: int(value) if knobs.find(name).whole else value for name, value in entry.options.items()},
        )
        chosen = team(resolve(preset, settings, configs), tuning)
    except ConfigurationError as problem:
        raise ExperimentProblem(f"Configuration {entry.name!r}: {problem.message}") from None
    return Entrant(configuration=entry, preset=preset, tuning=tuning, team=chosen)


def _why_not(question: Question, entrant: Entrant) -> str:
    if entrant.configuration.members and entrant.team.resolved.stands_in:
        why = " ".join(dict.fromkeys(entry.sentence for entry in entrant.team.resolved.left_out))
        return f"None of its members can answer now. {why}"
    if not question.of_files and all(member.vendor == ARCHITECT for member in entrant.team.members):
        names = [field.variable for spec in vendors.VENDORS for field in spec.fields if field.secret and field.required]
        return f"The built-in architect answers questions about repositories only. With {' or '.join(names)} this is asked too."
    return ""


def _prompt(question: Question, open_repository: OpenRepository) -> Prompt:
    if not question.of_files:
        return Prompt(text=question.ask, system=grading.SAY[question.normalization])
    try:
        workspace = open_repository(question.repository)
        found = generate.read_profile(workspace)
        targets = [generate.parse_target(text) for text in question.targets]
        selection = generate.suggest_selection(found)
        return generate.prepare(workspace, found, targets, selection=selection, instruction=question.ask).prompt
    except (WorkspaceError, generate.NothingToGenerate) as problem:
        raise ExperimentProblem(f"Question {question.id!r}: {problem}") from None
