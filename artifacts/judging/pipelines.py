"""Whether a pipeline agrees with what the repository proves: the releases it sets up, the scripts and targets it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from artifacts.gitlab import read_pipeline
from artifacts.gitlab.decisions import pipeline_rows
from artifacts.judging.outcomes import Outcome, Verdict, known
from artifacts.pipelines import commands, essence
from artifacts.records import Artifact, Expectation, Kind
from artifacts.workflows import read_workflow
from artifacts.workflows.decisions import workflow_rows

KINDS = frozenset({Kind.GITHUB_ACTIONS, Kind.GITLAB_CI})
SETUP = "setup."
COMMANDS = "commands"
ANY = "*"
"""Stands for every name after a program whose names cannot all be read."""
_CALLS = (
    ("script", re.compile(r"^(?:npm|pnpm|bun)\s+(?:--?\S+\s+)*run(?:-script)?\s+(?:--?\S+\s+)*([\w:-]+)(?=\s|$)")),
    ("script", re.compile(r"^npm\s+(test|t|start)(?=\s|$)")),
    ("make", re.compile(r"^make\s+(?:-\S+\s+|\w+=\S*\s+)*([A-Za-z][\w-]*)(?=\s|$)")),
    ("composer", re.compile(r"^composer\s+run(?:-script)?\s+(?:--?\S+\s+)*([\w:-]+)(?=\s|$)")),
    ("task", re.compile(r"^deno\s+task\s+([\w:-]+)(?=\s|$)")),
)


def call_of(command: str) -> str | None:
    """Return what a command calls of the repository's own, as `script lint` or `make test`, None for anything else."""
    words = essence(command)
    for program, pattern in _CALLS:
        match = pattern.match(words)
        if match is not None:
            return f"{program} {'test' if match[1] == 't' else match[1]}"
    return None


def pipeline_outcomes(fact: Expectation, artifacts: Sequence[Artifact]) -> Iterator[Outcome]:
    """Yield how a fact about a pipeline fares in each file it concerns."""
    if fact.name != COMMANDS and not fact.name.startswith(SETUP):
        return
    for artifact in artifacts:
        if artifact.kind in KINDS and fact.path in ("", artifact.path):
            yield from _commands(fact, artifact) if fact.name == COMMANDS else _versions(fact, artifact)


def _versions(fact: Expectation, artifact: Artifact) -> Iterator[Outcome]:
    rows = (
        workflow_rows(read_workflow(artifact.content))
        if artifact.kind is Kind.GITHUB_ACTIONS
        else pipeline_rows(read_pipeline(artifact.content))
    )
    row = next((row for row in rows if row.name == fact.name), None)
    language = fact.name.removeprefix(SETUP)
    if row is None or row.value == "not set":
        return
    versions = [version.strip() for version in row.value.split(",")]
    if any(version.startswith("from ") or "$" in version for version in versions):
        yield Outcome(fact, Verdict.AGREES, f"{artifact.path} takes the version of {language} from elsewhere", artifact.path, row.line)
    elif any(_same(version, accepted) for version in versions for accepted in fact.accepted):
        yield Outcome(fact, Verdict.AGREES, f"{artifact.path} sets up {language} {known(fact)}", artifact.path)
    else:
        reason = f"{artifact.path} sets up {language} {row.value[:60]}, the repository asks for {known(fact)}"
        yield Outcome(fact, Verdict.DIFFERS, reason, artifact.path, row.line)


def _same(version: str, accepted: str) -> bool:
    plain = re.sub(r"\.x$|\.\*$", "", version)
    return plain == accepted or plain.startswith(f"{accepted}.") or accepted.startswith(f"{plain}.")


def _commands(fact: Expectation, artifact: Artifact) -> Iterator[Outcome]:
    programs = {call.split(" ", 1)[0] for call in fact.accepted}
    found = False
    for text, line in _scripts(artifact):
        for command in commands(text):
            call = call_of(command)
            program = call.split(" ", 1)[0] if call else ""
            if call is None or program not in programs or f"{program} {ANY}" in fact.accepted:
                continue
            found = True
            if call not in fact.accepted:
                reason = f"{artifact.path} runs `{command[:80]}`, which the repository does not have ({fact.evidence})"
                yield Outcome(fact, Verdict.DIFFERS, reason, artifact.path, line)
                return
    if found:
        yield Outcome(fact, Verdict.AGREES, f"{artifact.path} runs commands that the repository has", artifact.path)


def _scripts(artifact: Artifact) -> Iterator[tuple[str, int]]:
    if artifact.kind is Kind.GITHUB_ACTIONS:
        for _, step in read_workflow(artifact.content).steps():
            if step.run:
                yield step.run, step.run_line
        return
    for job in read_pipeline(artifact.content).running():
        yield from job.script
