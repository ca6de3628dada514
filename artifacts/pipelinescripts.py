"""The shell scripts inside a pipeline's file, as a linter for scripts can read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.gitlab import read_pipeline
from artifacts.records import Artifact, Kind
from artifacts.workflows import read_workflow
from artifacts.workflows.model import EXPRESSION

_SHELLS = re.compile(r"^(?:bash|sh)(?:\s|$)")
_WINDOWS = re.compile(r"windows", re.I)


@dataclass(frozen=True, slots=True)
class Script:
    """One script. `line` is where its first line stands in the file; `whole` means that nothing in it was replaced."""

    text: str
    line: int
    whole: bool


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
        yield Script(text, step.run_line + (1 if block else 0), text == step.run)


def _of_pipeline(content: str) -> Iterator[Script]:
    """Yield each line of a script on its own, those of many words together; the platform joins them to one."""
    for job in read_pipeline(content).running():
        if "windows" in job.image.lower() or "powershell" in job.image.lower():
            continue
        for text, line in job.script:
            whole = "$[[" not in text
            yield Script(re.sub(r"\$\[\[.*?\]\]", "x", text), line + (1 if "\n" in text else 0), whole)


def _masked(text: str) -> str:
    """Replace every expression by a word of its length, so that columns and lines stay."""
    return EXPRESSION.sub(lambda hit: re.sub(r"[^\n]", "x", hit[0]), text)
