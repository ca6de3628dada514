"""Published answers of several models to the same coding tasks, read from folders; nothing is fetched and nothing is called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"```(?:python|Python|py)?[ \t]*\n(.*?)```", re.DOTALL)
_RUN = re.compile(r"^### .*?Run \d+\s*$(.*?)(?=^### .*?Run \d+\s*$|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Answered:
    """One published answer and whether its owner's hidden tests passed."""

    text: str
    solved: bool


@dataclass(frozen=True)
class Task:
    """One task: what the model saw, the function asked for, and each member's answers, one a run."""

    id: str
    prompt: str
    entry: str
    answers: dict[str, tuple[Answered, ...]]


def read(folder: Path) -> list[Task]:
    """Read a checkout of jamesmurdza/humaneval-results (a folder a model), or a folder of MapCoder's result files (*.jsonl)."""
    rows = list(_markdown(folder)) or list(_jsonl(folder))
    tasks: dict[str, Task] = {}
    for task, prompt, entry, member, answers in rows:
        held = tasks.setdefault(task, Task(task, prompt, entry, {}))
        held.answers[member] = answers
    members = {member for task in tasks.values() for member in task.answers}
    return [task for _, task in sorted(tasks.items()) if set(task.answers) == members and all(task.answers.values())]


def _markdown(folder: Path) -> Iterator[tuple[str, str, str, str, tuple[Answered, ...]]]:
    for path in sorted(folder.glob("*/*.md")):
        head, _, runs = path.read_text(encoding="utf-8").partition("## Runs\n")
        prompt = _BLOCK.search(head.partition("## Prompt")[2])
        if prompt is None or not (names := re.findall(r"^def (\w+)\(", prompt[1], re.MULTILINE)):
            continue
        answers = []
        for run in _RUN.findall(runs):
            verdict, block = re.search(r"Result: (\w+)", run), _BLOCK.search(run)
            answers.append(Answered(block[1] if block else run, verdict is not None and verdict[1] == "Pass"))
        yield path.stem.zfill(3), prompt[1], names[-1], path.parent.name, tuple(answers)


def _jsonl(folder: Path) -> Iterator[tuple[str, str, str, str, tuple[Answered, ...]]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line) if line.strip() else {}
            if "task_id" not in row or "is_solved" not in row:
                continue
            text = row.get("solution") or (row.get("source_codes") or [""])[-1]
            number = str(row["task_id"]).rpartition("/")[2].zfill(3)
            yield number, row["prompt"], row["entry_point"], _member(path), (Answered(text, bool(row["is_solved"])),)


def _member(path: Path) -> str:
    return re.sub(r"-(HumanEval|Human)?-?Python3.*|_pass_at.*", "", path.stem)
