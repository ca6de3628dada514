"""Chooses inputs on which answers can be told apart: those of the stated examples, varied one argument at a time."""

from __future__ import annotations

import ast
from itertools import islice
from typing import Any

from artifacts.records import ProgramTask

MAX_PROBES = 32
_POOLS: dict[str, tuple[object, ...]] = {
    "int": (0, 1, 2, 3, 5, 7, 10, 12, 25, 100, -1, -4),
    "float": (0.0, 0.5, 1.5, 2.0, 3.25, -1.5, 10.0),
    "str": ("", "a", "abc", "Hello", "aba", "a b c", "1 2 3", "AbCd!", "()", "2023", "zebra apple"),
    "bool": (True, False),
    "list": ([], [1], [1, 2, 3], [3, 1, 2], [5, 5, 2], [-1, 0, 4], [2, 4, 6, 8], [10, 3, 7, 7, 1]),
    "list[str]": ([], ["a"], ["b", "a"], ["abc", "a", "ab"], ["Hello", "world"], ["x", "X", "xx"]),
    "dict": ({}, {"a": 1}, {"a": "b", "c": "d"}, {"A": 1, "b": 2}),
}


def probes(task: ProgramTask) -> tuple[str, ...]:
    """Return calls of the function, the same for the same task, at most MAX_PROBES: stated ones first."""
    stated = [call for call, _ in task.examples]
    return tuple(dict.fromkeys((*stated, *islice(_chosen(task, stated), MAX_PROBES))))[:MAX_PROBES]


def _chosen(task: ProgramTask, stated: list[str]) -> list[str]:
    seeds = [args for call in stated if (args := _arguments(call, task.entry)) is not None]
    varied = [_text(task.entry, args) for seed in seeds[:6] for args in _variations(seed)]
    if varied:
        # spread over all seeds: neighbours of one seed say little more than one of them
        step = max(1, -(-len(varied) // (MAX_PROBES - min(len(stated), MAX_PROBES - 1))))
        return [varied[at] for start in range(step) for at in range(start, len(varied), step)]
    return [_text(task.entry, args) for args in _by_annotation(task)]


def _arguments(call: str, entry: str) -> list[Any] | None:
    try:
        tree = ast.parse(call, mode="eval").body
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == entry and not tree.keywords):
            return None
        return [ast.literal_eval(argument) for argument in tree.args]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _variations(args: list[Any]) -> list[list[Any]]:
    made = []
    for at, value in enumerate(args):
        made += [[*args[:at], other, *args[at + 1 :]] for other in _near(value)]
    if len(args) > 1 and all(type(value) is type(args[0]) for value in args):
        made.append(args[::-1])
    return made


def _near(value: Any) -> list[Any]:
    """Return values of the same type close to one, the plain and the extreme ones."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value * 2, max(0, value - 1), 0, 1, value + 7]
    if isinstance(value, float):
        return [value + 0.5, -value, value * 2, 0.0]
    if isinstance(value, str):
        return [value[::-1], value + value, value[1:], "", value.swapcase(), value + " z", value[: len(value) // 2]]
    if isinstance(value, list | tuple):
        items = list(value)
        first = [[near, *items[1:]] for near in _near(items[0])[:2]] if items else []
        varied = [items[::-1], items + items, items[1:], [], items[:1], *first, items + items[:1]]
        return varied if isinstance(value, list) else [tuple(entry) for entry in varied]
    if isinstance(value, dict):
        changed = [{**value, key: near} for key, old in list(value.items())[:1] for near in _near(old)[:2]]
        return [{}, dict(list(value.items())[1:]), *changed]
    return []


def _by_annotation(task: ProgramTask) -> list[list[Any]]:
    """Return arguments of the annotated types, or of every type in turn where there are no annotations."""
    kinds = _parameter_kinds(task)
    if kinds is None:
        return []
    rounds = max((len(_POOLS[kind]) for kind in kinds if kind), default=0)
    if all(kinds):
        return [
            [_POOLS[kind][(turn * (1 + 2 * at) + shift * at) % len(_POOLS[kind])] for at, kind in enumerate(kinds)]
            for shift in range(3 if len(kinds) > 1 else 1)
            for turn in range(rounds)
        ]
    return [[_POOLS[kind][turn % len(_POOLS[kind])] for _ in kinds] for turn in range(6) for kind in _POOLS]


def _parameter_kinds(task: ProgramTask) -> list[str] | None:
    for body in ("", "    pass\n"):
        try:
            tree = ast.parse(f"{task.stub.rstrip()}\n{body}")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        function = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == task.entry), None)
        if function is not None:
            return [_kind(argument.annotation) for argument in function.args.args]
    return None


def _kind(annotation: ast.expr | None) -> str:
    text = ast.unparse(annotation).replace("typing.", "").lower() if annotation is not None else ""
    if "list[str" in text:
        return "list[str]"
    return next((kind for kind in ("list", "dict", "bool", "float", "int", "str") if kind in text), "")


def _text(entry: str, args: list[Any]) -> str:
    return f"{entry}({', '.join(map(repr, args))})"
