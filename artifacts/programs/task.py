"""Reads from a prompt which Python function is asked for and which examples of it the prompt itself states."""

from __future__ import annotations

import ast
import re

from artifacts.records import ProgramTask

MAX_EXAMPLES = 20
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_FUNCTION = re.compile(r"^def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
_SIGNS = r"(?:==|=>|->|➞|→|returns?|should return|=)"


def read_task(prompt: str) -> ProgramTask | None:
    """Return the last function a prompt begins without finishing it, with its examples; None where it asks for no function."""
    code = next((block for block in _BLOCK.findall(prompt) if _FUNCTION.search(block)), prompt)
    names = _FUNCTION.findall(code)
    if not names:
        return None
    entry = names[-1]
    return ProgramTask(entry=entry, stub=code, examples=tuple(examples(code, entry)[:MAX_EXAMPLES]))


def program_of(answer: str, task: ProgramTask) -> str:
    """Return the program an answer means: its fenced block with the function, its whole text, or the stub finished by it."""
    blocks = [block for block in _BLOCK.findall(answer) if f"def {task.entry}" in block]
    code = max(blocks, key=len) if blocks else answer
    if f"def {task.entry}" not in code:
        return f"{task.stub}\n{code}"
    # what the task's own text defines before, a helper or an import, is there for the answer too
    return f"{_before(task)}\n{code}"


def examples(prompt: str, entry: str) -> list[tuple[str, str]]:
    """Return calls and results that a text shows: doctests, and lines such as `f(1) == 2` or `f(1) ➞ 2`."""
    found: list[tuple[str, str]] = []
    lines = prompt.splitlines()
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith(">>>"):
            call = stripped.removeprefix(">>>").strip()
            expected = lines[number + 1].strip() if number + 1 < len(lines) else ""
            found += _example(call, expected)
        else:
            for match in re.finditer(rf"\b{re.escape(entry)}\s*\(", stripped):
                call, rest = _call(stripped, match.start(), match.end())
                if sign := re.match(rf"\s*{_SIGNS}\s*(.+)$", rest):
                    found += _longest(call, sign[1])
    return list(dict.fromkeys(found))


def _call(line: str, start: int, after: int) -> tuple[str, str]:
    depth = 1
    for at in range(after, len(line)):
        depth += {"(": 1, ")": -1}.get(line[at], 0)
        if depth == 0:
            return line[start : at + 1], line[at + 1 :]
    return "", ""


def _longest(call: str, rest: str) -> list[tuple[str, str]]:
    """Take the longest beginning of the rest of the line that is a value; of a sum that is worked out, what it comes to."""
    rest = rest[:400]
    for cut in range(len(rest), 0, -1):
        if made := _example(call, rest[:cut].strip().rstrip(".,;")):
            after = rest[cut:].lstrip()
            if not after.startswith(("+", "-", "*", "/", "%")):
                return made
            return _longest(call, after.rpartition("=")[2].strip()) if "=" in after else []
    return []


def _example(call: str, expected: str) -> list[tuple[str, str]]:
    try:
        tree = ast.parse(call, mode="eval")
        ast.literal_eval(expected)
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return []
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    # a name that is not called stands for something the text does not say: `f(n) == 3`
    plain = all(id(node) in called for node in ast.walk(tree) if isinstance(node, ast.Name))
    return [(call, expected)] if call and plain else []


def _before(task: ProgramTask) -> str:
    head = task.stub.partition(f"def {task.entry}")[0]
    try:
        ast.parse(head)
    except (SyntaxError, ValueError):
        return ""
    return head
