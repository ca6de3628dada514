"""Texts made to exhaust a reader, of every kind: each is judged within ten seconds and a bounded memory, in a child that must live."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.bombs import BOMBS

ROOT = Path(__file__).resolve().parents[2]
JUDGE = """
import asyncio, json, sys, time
from artifacts.judge import assess_answer
def peak():  # of this program alone: what the kernel counts for a process begins with what its parent held
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
asyncio.run(assess_answer("FROM a:1\\nCMD [\\"x\\"]\\n", None))
for line in sys.stdin:
    name, text = json.loads(line)
    started = time.process_time()
    assessment = asyncio.run(assess_answer(text, None))
    print(json.dumps({
        "name": name,
        "seconds": time.process_time() - started,
        "megabytes": peak(),
        "score": assessment.score,
    }), flush=True)
"""

Verdicts = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    """Judge all of them one after the other in one child, which must outlive them."""
    asked = "".join(json.dumps(bomb) + "\n" for bomb in BOMBS.items())
    ended = subprocess.run([sys.executable, "-c", JUDGE], input=asked, capture_output=True, text=True, cwd=ROOT, timeout=900, check=False)
    found = {entry["name"]: entry for entry in map(json.loads, ended.stdout.splitlines())}
    assert ended.returncode == 0, f"died after {list(found)[-1:]}: {ended.stderr[-2000:]}"
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_judged_in_bounded_time_and_memory(name: str, verdicts: Verdicts) -> None:
    result = verdicts[name]
    assert result["seconds"] < 10, f"{result['seconds']:.1f} CPU seconds"
    assert result["megabytes"] < 512, f"{result['megabytes']:.0f} MB"
    assert 0 <= result["score"] <= 1


def test_there_are_at_least_twenty_bombs_and_some_of_every_kind() -> None:
    assert len(BOMBS) >= 50
    assert {name.split()[0] for name in BOMBS} >= {"yaml", "compose", "dockerfile", "answer", "workflow", "pipeline", "terraform", "promql"}
