"""Runs an answer's function in a bounded child without a network and tells what it returned.

The child may read Python's own library, writes nothing, starts nothing and opens no socket; its time, memory and output are limited.
That holds back mistakes and simple malice. It is no prison, so programs are run only where the user asked for it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from artifacts.child import run_program
from artifacts.validator import NotChecked


async def run_calls(code: str, calls: Sequence[tuple[str, str]], limit_s: float = 10.0) -> tuple[tuple[bool | None, str], ...]:
    """Run a program and then each call; return whether it gave the expected result ("" expects none) and what it gave.

    Raises NotChecked where the child could not be run to its end.
    """
    with tempfile.TemporaryDirectory() as folder:
        argv = [*_shut_off(), sys.executable, "-I", "-S", "-c", _child()]
        ended = await run_program(argv, text=json.dumps({"code": code, "calls": calls}), limit_s=limit_s, cwd=folder)
    try:
        said = json.loads(ended.output)
        return tuple((passed, str(value)) for passed, value in said)
    except (ValueError, TypeError):
        raise NotChecked("the program ended before it answered") from None


@cache
def _shut_off() -> tuple[str, ...]:
    """Return what puts a program into a network of its own, () where this machine does not allow that."""
    unshare = shutil.which("unshare")
    if unshare and subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return (unshare, "-rn")
    return ()


@cache
def _child() -> str:
    return (files(__package__) / "child.py").read_text(encoding="utf-8")
