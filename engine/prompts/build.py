"""Builds the prompt: facts with evidence, the selected files within a token budget, the answer's format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from architect import expectations as expected
from architect.naming import image_name
from architect.profile import Component, Fact, Profile
from architect.request import Request, Target
from providers.base import Prompt
from providers.tokens import estimate
from workspace.secrets import Finding, mask_quick

SYSTEM = (
    "You are a senior platform engineer. You write infrastructure files that will run in production, are reviewed line by line and are "
    "checked by linters and schemas. You ground every decision in the evidence you are given and never guess what it does not show."
)
TEMPLATES = ("dockerfile", "compose", "kubernetes", "terraform", "ci", "otel", "prometheus", "grafana")
"""The targets that have a template, in the order in which their requirements appear."""

LISTED_FILES = 400
SHORTEST_PART = 300
"""A file is cut to fit only where at least this many tokens of it can be shown; otherwise it is left out."""


@dataclass(frozen=True, slots=True)
class SelectedFile:
    """A file the user selected, its secrets already masked: `findings` are what was replaced, `spared` what of it the user lets through."""

    path: str
    text: str
    findings: tuple[Finding, ...] = ()
    spared: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Included:
    """A selected file as it stands in the prompt, with the secrets that were found in that part of it."""

    path: str
    text: str
    tokens: int
    truncated: bool = False
    findings: tuple[Finding, ...] = ()
    spared: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def masked(self) -> int:
        """Return how many secrets stay masked."""
        return len(self.findings) - len(self.spared)


@dataclass(frozen=True, slots=True)
class Omitted:
    """A selected file that is not in the prompt, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Built:
    """The prompt with an account of what went into it. `tokens` is an estimate of its length."""

    prompt: Prompt
    included: tuple[Included, ...]
    omitted: tuple[Omitted, ...]
    tokens: int

    @property
    def secrets_masked(self) -> int:
        """Return how many secrets were replaced in the files that the prompt holds."""
        return sum(file.masked for file in self.included)


def build(request: Request, selection: Sequence[SelectedFile] = (), *, token_budget: int = 24_000) -> Built:
    """Return the prompt for this request. At most `token_budget` tokens (estimated) of selected files are shown, evidence first."""
    expectations = expected.expectations(request)
    included, omitted = fit(selection, token_budget, first=evidence_paths(request.profile))
    fence = "`" * max(
        3,
        longest_fence(
            [*(f.text for f in included), *(secret for f in included for _, secret in f.spared), *(a.content for a in request.previous)]
        )
        + 1,
    )
    text = (
        environment()
        .get_template("frame.md.j2")
        .render(
            profile=request.profile,
            files=expectations.files,
            sections=[_requirements(target, request) for target in _in_order(request.targets)],
            instruction=request.instruction.strip(),
            components=[{"name": c.name, "root": c.root, "rows": fact_rows(c)} for c in request.profile.components],
            questions=request.profile.questions,
            listing=request.profile.files[:LISTED_FILES],
            listing_cut=len(request.profile.files) > LISTED_FILES or request.profile.truncated,
            previous=request.previous,
            contents=included,
            fence=fence,
        )
    )
    # facts and file names pass the gate too: a default in the code, or a name, may hold a secret
    text = mask_quick(re.sub(r"\n{3,}", "\n\n", text).strip()) + "\n"
    prompt = Prompt(text=text, system=SYSTEM, request=request, expectations=expectations)
    return Built(prompt, tuple(included), tuple(omitted), prompt.tokens)


def fit(
    selection: Iterable[SelectedFile], token_budget: int, *, first: frozenset[str] = frozenset()
) -> tuple[list[Included], list[Omitted]]:
    """Choose what of the selection fits: files the profile cites first, then small before large; the order of selection is kept."""
    files = list(selection)
    order = sorted(range(len(files)), key=lambda i: (files[i].path not in first, len(files[i].text), i))
    kept: dict[int, Included] = {}
    left_out: dict[int, Omitted] = {}
    left = token_budget
    for index in order:
        file = files[index]
        tokens = estimate(file.text)
        if tokens <= left:
            kept[index] = Included(file.path, file.text, tokens, False, file.findings, file.spared)
        elif left >= SHORTEST_PART:
            part = file.text[: int(len(file.text) * left / tokens)].rpartition("\n")[0]
            tokens = estimate(part)
            shown = file.findings[: part.count("<masked: ")]
            spared = tuple(pair for pair in file.spared if pair[0] in part)
            kept[index] = Included(file.path, part, tokens, True, shown, spared)
        else:
            left_out[index] = Omitted(file.path, f"does not fit: the selection's budget of {token_budget:,} tokens is used up")
            continue
        left -= tokens
    return [kept[i] for i in sorted(kept)], [left_out[i] for i in sorted(left_out)]


def fact_rows(component: Component) -> list[dict[str, str]]:
    """Return what is known of a component as rows of what / value / basis / where."""
    rows: list[dict[str, str]] = []

    def add(what: str, fact: Fact[Any] | None) -> None:
        if fact is not None:
            value = " ".join(fact.value) if isinstance(fact.value, tuple) else str(fact.value)
            rows.append({"what": what, "value": _cell(value), "basis": fact.basis.value, "where": _cell(fact.where())})

    add("language", component.language)
    add("framework", component.framework)
    add("runtime version", component.runtime)
    add("package manager", component.package_manager)
    add("build command", component.build)
    add("start command", component.start)
    add("listens on port", component.port)
    add("health path", component.health)
    for process in component.processes:
        where = ", ".join(map(str, process.evidence))
        rows.append({"what": f"process {process.name}", "value": _cell(" ".join(process.argv)), "basis": "declared", "where": _cell(where)})
    for service in component.services:
        add("needs service", service)
    for package in component.system_packages:
        add("system package", package)
    for variable in component.variables:
        value = variable.name if variable.default is None or variable.secret else f"{variable.name}={variable.default}"
        where = str(variable.evidence[0]) if variable.evidence else ""
        rows.append({"what": "reads variable", "value": _cell(value), "basis": "code", "where": _cell(where)})
    return rows


def evidence_paths(profile: Profile) -> frozenset[str]:
    """Return the files that prove the profile's facts."""
    paths: set[str] = set()
    for c in profile.components:
        facts = [c.language, c.framework, c.runtime, c.package_manager, c.build, c.start, c.port, c.health, *c.services, *c.system_packages]
        for fact in facts:
            if fact is not None:
                paths.update(e.path for e in fact.evidence)
        paths.update(e.path for process in c.processes for e in process.evidence)
        paths.update(e.path for variable in c.variables for e in variable.evidence)
    return frozenset(paths)


def longest_fence(texts: Iterable[str]) -> int:
    """Return the length of the longest run of backticks at the start of a line, so that no text can close our fence."""
    return max((len(run) for text in texts for run in re.findall(r"(?m)^\s*(`{3,})", text)), default=2)


def _requirements(target: Target, request: Request) -> str:
    images = {component.name: image_name(request.profile, component) for component in request.profile.components}
    return environment().get_template(f"{target.id}.md.j2").render(options=dict(target.options), images=images).strip()


def _in_order(targets: Sequence[Target]) -> list[Target]:
    return sorted(targets, key=lambda target: TEMPLATES.index(target.id))


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("`", "'")[:300]


@lru_cache(maxsize=1)
def environment() -> Any:
    """Return the templates, loaded on first use."""
    import jinja2

    # The result is Markdown for a model, not HTML: escaping would falsify the files' content.
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # noqa: S701
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
