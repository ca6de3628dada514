"""The main use case: from a workspace, targets and a selection to a prompt, and from a prompt and an ensemble to a kept verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from architect.blueprints import BLUEPRINTS
from architect.profile import Override, Profile
from architect.profiler import apply_overrides, profile
from architect.request import Request, Target
from artifacts.records import Artifact
from engine.prompts import TEMPLATES, Built, Included, Omitted, SelectedFile, build
from engine.prompts.build import evidence_paths
from engine.runs import HistoryProblem, RunStore, RunSummary
from providers.base import Prompt
from providers.ensemble import EnsembleProvider
from providers.listening import Listener
from providers.pictures import Picture
from providers.records import Minutes, Verdict
from telemetry.logs import get_logger
from workspace.errors import WorkspaceError, WorkspaceGone
from workspace.files import Workspace, WorkspaceTree
from workspace.secrets import mask, restore

log = get_logger(__name__)

MAX_SELECTED = 200
"""Files one prompt may draw on; more are named as left out."""

READ_LIMIT = 200_000
"""Characters read of one selected file before the token budget decides what is shown."""

TOKEN_BUDGET = 24_000
"""Tokens (estimated) of selected files one prompt may carry."""

TARGETS = TEMPLATES
"""The ids of what can be generated."""


def parse_target(text: str) -> Target:
    """Read `kubernetes` or `kubernetes:flavour=gke,ingress=none`. Raises NothingToGenerate naming the choices."""
    name, _, rest = text.partition(":")
    _known([name])
    options: dict[str, str] = {}
    offered = {option.id: option for option in BLUEPRINTS[name].options}
    for pair in filter(None, (part.strip() for part in rest.split(","))):
        key, sign, value = pair.partition("=")
        option = offered.get(key)
        if not sign or option is None:
            raise NothingToGenerate(f"{name} has no option {key!r}; it has: {', '.join(offered) or 'none'}.")
        if value not in dict(option.choices):
            raise NothingToGenerate(f"{name}: {key} cannot be {value!r}; choose one of {', '.join(dict(option.choices))}.")
        options[key] = value
    return Target(name, options)


class NothingToGenerate(ValueError):
    """The request cannot be answered as it stands; the message says what to add."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run ready to be sent: the prompt, what went into it, what was left out and why. `tokens` is an estimate.

    `prompt` holds no secret and is what is kept, shown to a session and repaired by; `sending` is what the members get, with
    the secrets that the user lets through for this one run.
    """

    request: Request
    prompt: Prompt
    included: tuple[Included, ...]
    omitted: tuple[Omitted, ...]
    tokens: int
    secrets_masked: int

    @property
    def sending(self) -> Prompt:
        """Return the exact prompt that is sent."""
        spared = [pair for file in self.included for pair in file.spared]
        return replace(self.prompt, text=restore(self.prompt.text, spared)) if spared else self.prompt


def read_profile(workspace: Workspace, overrides: Sequence[Override] = ()) -> Profile:
    """Profile a workspace, then correct it as the user said; ValueError on an override that makes no sense."""
    return apply_overrides(profile(WorkspaceTree(workspace)), overrides)


def suggest_selection(found: Profile, limit: int = 12) -> tuple[str, ...]:
    """Return the files that prove the profile, most cited folders first, as a selection to start from."""
    return tuple(sorted(evidence_paths(found), key=lambda path: (path.count("/"), path))[:limit])


def prepare(
    workspace: Workspace,
    found: Profile,
    targets: Sequence[Target],
    *,
    selection: Sequence[str] = (),
    instruction: str = "",
    previous: Sequence[Artifact] = (),
    pictures: Sequence[Picture] = (),
    token_budget: int = TOKEN_BUDGET,
    let_through: Collection[str] = (),
) -> Prepared:
    """Read the selection, mask its secrets and write the prompt. `pictures` are what `engine.pictures.admit` made.

    `let_through` are the ids of findings that the user sends unmasked, this once.
    A file that cannot be read is named in `omitted` with its reason; nothing is left out silently.
    Raises WorkspaceGone, and NothingToGenerate without a target, with an unknown one, or where there is no component to generate for.
    """
    _check(found, targets)
    files, unreadable = read_selection(workspace, selection, let_through)
    request = Request(
        profile=found,
        targets=tuple(targets),
        instruction=mask(instruction.strip(), "instruction").text,
        previous=tuple(previous),
    )
    built: Built = build(request, files, token_budget=token_budget)
    prompt = replace(built.prompt, images=tuple(pictures)) if pictures else built.prompt
    return Prepared(request, prompt, built.included, (*unreadable, *built.omitted), built.tokens, built.secrets_masked)


def read_selection(
    workspace: Workspace, selection: Sequence[str], let_through: Collection[str] = ()
) -> tuple[list[SelectedFile], list[Omitted]]:
    """Return the selected files with their secrets masked, and the ones that could not be read with the reason.

    Raises WorkspaceGone: without its folder every reason would be the same, and the answer one about nothing.
    """
    workspace.require()
    files: list[SelectedFile] = []
    omitted: list[Omitted] = []
    for path in list(dict.fromkeys(selection)):
        if len(files) == MAX_SELECTED:
            omitted.append(Omitted(path, f"more than {MAX_SELECTED} files are selected"))
            continue
        try:
            head = workspace.read_head(path, READ_LIMIT)
        except WorkspaceGone:
            raise
        except WorkspaceError as error:
            omitted.append(Omitted(path, str(error)))
            continue
        masked = mask(head.text, path, let_through)
        files.append(SelectedFile(path, masked.text, masked.findings, masked.spared))
    return files, omitted


async def run(
    prepared: Prepared,
    ensemble: EnsembleProvider,
    *,
    store: RunStore | None = None,
    owner: str = "cli",
    workspace: str = "",
    preset: str = "",
    on_event: Listener | None = None,
    minutes: Callable[[], Minutes | None] | None = None,
) -> Verdict:
    """Ask the ensemble and keep its verdict; one that could not be kept says so in its warnings.

    `minutes` tells afterwards how the members streamed; that is kept with the verdict.
    Raises an EnsembleError, which carries every member's outcome.
    """
    verdict = await ensemble.run(prepared.sending, on_event=on_event)
    if minutes is not None:
        verdict = replace(verdict, council=minutes())
    if store is None:
        return verdict
    return await _told(verdict, keep, store, prepared, verdict, owner=owner, workspace=workspace, preset=preset)


async def keep_changed(store: RunStore, verdict: Verdict, *, owner: str) -> Verdict:
    """Keep a run's verdict as it was changed; one that could not be kept says so in its warnings."""
    return await _told(verdict, store.update, owner, verdict)


def keep(store: RunStore, prepared: Prepared, verdict: Verdict, *, owner: str, workspace: str, preset: str) -> RunSummary:
    """Put a verdict into the history with the prompt that led to it."""
    return store.save(
        verdict,
        owner=owner,
        workspace=workspace,
        targets=tuple(target.id for target in prepared.request.targets),
        preset=preset,
        instruction=prepared.request.instruction,
        prompt=f"{prepared.prompt.system}\n\n{prepared.prompt.text}",
        expectations=prepared.prompt.expectations,
    )


async def _told(verdict: Verdict, keeping: Callable[..., object], *arguments: Any, **named: Any) -> Verdict:
    """Write to the history and return the verdict, with a warning where that failed: no answer is lost over it."""
    try:
        # In a thread: a slow disk or a locked file must not hold up the other runs on this loop.
        await asyncio.to_thread(keeping, *arguments, **named)
    except HistoryProblem as problem:
        log.warning("run not kept", run=verdict.run_id, why=problem.message)
        told = f"This run is not in the history. {problem.message}"
        return verdict if told in verdict.warnings else replace(verdict, warnings=(*verdict.warnings, told))
    return verdict


def _check(found: Profile, targets: Sequence[Target]) -> None:
    if not targets:
        raise NothingToGenerate(f"No target is chosen. Choose at least one of: {', '.join(TARGETS)}.")
    _known([target.id for target in targets])
    if not found.understood:
        raise NothingToGenerate(
            "Nothing in this folder was recognised as an application, so nothing is generated. "
            + (" ".join(found.questions) or "Open the folder that holds the manifest, such as pyproject.toml or package.json.")
        )


def _known(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        raise NothingToGenerate(f"There is no target {', '.join(map(repr, unknown))}. The targets are: {', '.join(TARGETS)}.")
