"""Judges an answer that is a Python function: does it parse, define what was asked for, and give the results its task states."""

from __future__ import annotations

import ast
import asyncio

from artifacts.programs.probes import probes
from artifacts.programs.running import run_calls
from artifacts.programs.task import program_of
from artifacts.records import Assessment, Check, CheckStatus, ProgramTask
from artifacts.validator import NotChecked

_VALIDATOR = "stated_examples"
_LABEL = "The task's own examples"
_AT_ONCE = 2
_LACKING = "does not load: ModuleNotFoundError"
MAX_CODE = 200_000


async def assess_program(text: str, task: ProgramTask, *, timeout_s: float = 10.0) -> Assessment:
    """Return how an answer fares on its task's own examples, and what it does on further inputs. Length plays no part."""
    code = program_of(text, task)
    if problem := _unreadable(code, task):
        return _assessment(0.0, Check("program", "Program", CheckStatus.FINDINGS, reason=problem), problem)
    stated = dict(task.examples)
    calls = tuple((call, stated.get(call, "")) for call in probes(task))
    try:
        async with _places():
            results = await run_calls(code, calls, timeout_s)
    except NotChecked as error:
        return _assessment(0.0 if stated else 0.5, Check(_VALIDATOR, _LABEL, CheckStatus.NOT_CHECKED, reason=str(error)), str(error))
    if any(value == _LACKING for _, value in results):
        reason = "it needs a package that is not there when programs are judged"
        return _assessment(0.5, Check(_VALIDATOR, _LABEL, CheckStatus.NOT_CHECKED, reason=reason))
    behaviour = tuple((call, value) for (call, _), (_, value) in zip(calls, results, strict=True))
    right = sum(passed is True for (_, expected), (passed, _) in zip(calls, results, strict=True) if expected)
    if not stated:
        lost = all(value.startswith(("raises", "does not load", "too slow", "not tried")) for _, value in behaviour)
        check = Check(_VALIDATOR, _LABEL, CheckStatus.NOT_CHECKED, reason="the task states no example that can be run")
        return _assessment(0.5 if lost and behaviour else 1.0, check, behaviour=behaviour)
    wrong = len(stated) - right
    said = f"{wrong} of {len(stated)} stated examples fail." if wrong else ""
    status = CheckStatus.FINDINGS if wrong else CheckStatus.PASSED
    return _assessment(right / len(stated), Check(_VALIDATOR, _LABEL, status, reason=said), said, behaviour)


def _unreadable(code: str, task: ProgramTask) -> str:
    if len(code) > MAX_CODE:
        return "It is too long to be judged."
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "It does not parse."
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    assigned = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    return "" if task.entry in names | assigned else f"It does not define {task.entry}."


def _assessment(score: float, check: Check, problem: str = "", behaviour: tuple[tuple[str, str], ...] = ()) -> Assessment:
    return Assessment((), (), (check,), (), (), score, not problem, (problem,) if problem else (), behaviour)


_limits: dict[int, asyncio.Semaphore] = {}


def _places() -> asyncio.Semaphore:
    """Return the running loop's places: a run of many members starts no more than a few programs at once."""
    loop = id(asyncio.get_running_loop())
    if loop not in _limits:
        _limits.clear()
        _limits[loop] = asyncio.Semaphore(_AT_ONCE)
    return _limits[loop]
