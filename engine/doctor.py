"""The doctor: checks Python, packages, programs, keys, ports and permissions, and says what to do. `python -m engine.doctor`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from config import Settings, settings
from engine.doctoring import machine, setting
from engine.doctoring.records import Result, Standing

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 18


def examine(config: Settings, root: Path = ROOT) -> list[Result]:
    """Return every check's result, in the order in which a start would meet them. Nothing is changed and no vendor is contacted."""
    return [
        machine.python(),
        machine.packages(root / "requirements.txt"),
        *setting.places(config, root),
        *setting.ports(config),
        setting.preset(config),
        *setting.keys(config),
        *machine.programs(),
        machine.engine(),
    ]


def report(results: Sequence[Result]) -> str:
    """Return the results as text: a line each, what to do below it, and a sentence on the whole."""
    lines = []
    for result in results:
        lines.append(f"{result.standing:<8} {result.subject:<{WIDTH}} {result.said}")
        if result.todo:
            lines.append(f"{'':<8} {'':<{WIDTH}} {result.todo}")
    problems = sum(result.standing is Standing.PROBLEM for result in results)
    notes = sum(result.standing is Standing.NOTE for result in results)
    if problems:
        lines.append(f"\n{problems} of {len(results)} checks found what keeps the program from working.")
    else:
        lines.append(f"\nThe program can start. {notes} of {len(results)} checks found something that would add to it.")
    return "\n".join(lines)


def main() -> int:
    """Print the report; exit status 0 where the program can start, 1 where something keeps it from that, 2 for a bad setting."""
    try:
        config = settings()
    except ValidationError as problem:
        for error in problem.errors():
            print(f"The setting {str(error['loc'][0]).upper()} is not usable: {error['msg']}.", file=sys.stderr)
        return 2
    results = examine(config)
    print(report(results))
    return 1 if any(result.standing is Standing.PROBLEM for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
