"""Expressions of Prometheus: the metrics they read, their spelling, and the one parser that judges them, in a bounded child."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from artifacts.child import run_program
from artifacts.validator import NotChecked

MOST = 400
LONGEST = 4000
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)")
_NAME = re.compile(r"(?<![\w:.$])([A-Za-z_:][\w:]*)(?!\s*\(|[\w:])")
_WORDS = frozenset(
    [
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "offset",
        "inf",
        "nan",
        "atan2",
        "start",
        "end",
        "smoothed",
        "anchored",
    ]
)
_RANGE = re.compile(r"\[\s*([^\]:\s]+)\s*(?::[^\]]*)?\]")
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d|w|y)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800, "y": 31_536_000}
_CHILD = """
import json, sys
try:
    import promql_parser
except ImportError:
    print("missing"); sys.exit(0)
for text in json.load(sys.stdin):
    try:
        promql_parser.parse(text)
    except ValueError as error:
        print(json.dumps(str(error)[:300]), flush=True)
    else:
        print("null", flush=True)
"""


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, where it stands, and whose it is (the name of a rule or panel)."""

    text: str
    line: int
    owner: str


def metrics_of(text: str) -> tuple[str, ...]:
    """Return the metrics an expression reads, in their order; one that is chosen by `__name__` alone is not seen."""
    plain = _STRINGS.sub("''", text[:LONGEST])
    plain = re.sub(r"\{[^{}]*\}", "", plain)
    plain = re.sub(r"\[[^\]]*\]", "", plain)
    plain = re.sub(r"\boffset\s+-?\w+", "", _GROUPING.sub("", plain))
    names = (match[1] for match in _NAME.finditer(plain))
    return tuple(dict.fromkeys(name for name in names if name.lower() not in _WORDS))


def one_line(text: str) -> str:
    """Return an expression as one line without needless blanks, so that equal ones read the same."""
    parts = re.split(r'("(?:[^"\\]|\\.)*")', " ".join(text.split()))
    for number in range(0, len(parts), 2):
        parts[number] = re.sub(r"\s*([(){}\[\],=!<>~+*/^%-])\s*", r"\1", parts[number])
    return "".join(parts)[:LONGEST]


def seconds(duration: str) -> float | None:
    """Return a duration such as `5m` or `1h30m` in seconds, None when it is none (a variable of a dashboard)."""
    parts = _DURATION.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration.strip():
        return None
    return sum(int(number[:9]) * _SECONDS[unit] for number, unit in parts)


def ranges(text: str) -> tuple[str, ...]:
    """Return the ranges of an expression as they are written: `5m`, `$__rate_interval`."""
    return tuple(match[1] for match in _RANGE.finditer(text[:LONGEST]))


async def parse_all(expressions: Sequence[str], limit_s: float) -> list[str | None]:
    """Return for each expression what is wrong with it, None where it is right.

    The parser runs in a child with limits on time and memory: deep nesting ends its process. Raises NotChecked when it is
    missing, or when it did not survive.
    """
    if any(len(text) > LONGEST for text in expressions) or len(expressions) > MOST:
        raise NotChecked(f"there are more than {MOST} expressions, or one has more than {LONGEST} characters")
    ended = await run_program([sys.executable, "-I", "-c", _CHILD], text=json.dumps(list(expressions)), limit_s=limit_s)
    if ended.output.strip() == "missing":
        raise NotChecked("promql-parser is not installed; `pip install promql-parser` brings it")
    answers = ended.output.splitlines()
    if ended.status != 0 or len(answers) != len(expressions):
        raise NotChecked("the parser of expressions did not survive one of them")
    return [json.loads(answer) for answer in answers]
