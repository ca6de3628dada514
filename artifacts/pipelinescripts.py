"""The shell scripts inside a pipeline's file, as a linter for scripts can read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.gitlab import Job, read_pipeline
from artifacts.records import Artifact, Kind
from artifacts.workflows import read_workflow
from artifacts.workflows.model import EXPRESSION
from artifacts.workflows.reader import texts_of

_SHELLS = re.compile(r"^(?:bash|sh)(?:\s|$)")
_FOREIGN = re.compile(
    r"windows|powershell|pwsh|\$env:|\bNew-Item\b|\bSet-[A-Z]\w+\b|\bWrite-(?:Host|Output)\b|\bInvoke-[A-Z]|\[System\.", re.I
)
_INPUT = re.compile(r"\$\[\[.*?\]\]")
_WINDOWS = re.compile(r"windows", re.I)


@dataclass(frozen=True, slots=True)
class Script:
    """One script. `lines` tells for each of its lines where it stands in the file; `whole` that nothing in it was replaced."""

    text: str
    lines: tuple[int, ...]
    whole: bool

    def line(self, number: int) -> int:
        """Return where a line (1-based) of the script stands in the file."""
        return self.lines[min(max(number, 1), len(self.lines)) - 1] if self.lines else 1


def scripts_of(artifact: Artifact) -> tuple[Script, ...]:
    """Return the scripts of a pipeline that a POSIX shell or bash runs."""
    return tuple(_of_workflow(artifact.content) if artifact.kind is Kind.GITHUB_ACTIONS else _of_pipeline(artifact.content))


def _of_workflow(content: str) -> Iterator[Script]:
    workflow = read_workflow(content)
    for job, step in workflow.steps():
        shell = step.shell or job.shell or workflow.shell
        if (
            not step.run
            or (shell and not _SHELLS.match(shell))
            or (not shell and (_WINDOWS.search(job.runners) or "matrix." in job.runners))
        ):
            continue
        node = step.node.get("run")
        block = node is not None and node.end_line > node.line
        text = _masked(step.run)
        first = step.run_line + (1 if block else 0)
        yield Script(text, tuple(range(first, first + text.count("\n") + 1)), text == step.run)


def _of_pipeline(content: str) -> Iterator[Script]:
    """Yield the script of each job, its lines joined to one as the platform does it; jobs for other shells are left out."""
    for job in read_pipeline(content).running():
        text = job.text
        if not text or _FOREIGN.search(f"{job.image} {text[:20_000]} {' '.join(_tags(job))}"):
            continue
        lines: list[int] = []
        for entry, line in job.script:
            count = entry.count("\n") + 1
            lines += [line + number + (1 if count > 1 else 0) for number in range(count)]
        yield Script(_INPUT.sub("x", text), tuple(lines), "$[[" not in text)


def _tags(job: Job) -> list[str]:
    return [name for name, _ in texts_of(job.keys.get("tags"))]


def _masked(text: str) -> str:
    """Replace every expression by a word of its length, so that columns and lines stay."""
    return EXPRESSION.sub(lambda hit: re.sub(r"[^\n]", "x", hit[0]), text)
