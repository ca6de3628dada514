"""Twenty texts made to exhaust a reader: each is judged within ten seconds and a bounded memory, in a child that must live."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _laughs(levels: int, width: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]")
    return "\n".join(lines)


def _merges(levels: int) -> str:
    lines = ["a0: &a0 {" + ", ".join(f"k{key}: v" for key in range(40)) + "}"]
    for level in range(1, levels):
        own = ", ".join(f"k{level}x{key}: v" for key in range(40))
        lines.append(f"a{level}: &a{level} {{<<: [{', '.join(f'*a{other}' for other in range(level))}], {own}}}")
    return "\n".join(lines)


BOMBS: dict[str, str] = {
    "yaml deep flow lists": "---FILE: compose.yaml---\n" + "[" * 200_000,
    "yaml deep flow maps": "---FILE: compose.yaml---\n" + "{a: " * 60_000,
    "yaml deep block lists": "---FILE: compose.yaml---\n" + "- " * 120_000,
    "yaml complex keys": "---FILE: compose.yaml---\n" + "? " * 120_000,
    "yaml billion laughs": "---FILE: compose.yaml---\n" + _laughs(30, 10),
    "yaml quadratic laughs": "---FILE: compose.yaml---\n" + "a: &a [" + "x," * 2000 + "]\nb: [" + "*a," * 60_000 + "]\n",
    "yaml merge keys": "---FILE: compose.yaml---\n" + _merges(60),
    "yaml alias into itself": "---FILE: compose.yaml---\na: &a\n  b: *a\nservices: &s {x: *s}\n",
    "yaml huge integer": "---FILE: compose.yaml---\nservices:\n  a:\n    image: x\n    scale: " + "9" * 200_000,
    "yaml one long line": "---FILE: compose.yaml---\nservices: {a: {image: " + "x" * 10_000_000 + "}}\n",
    "yaml many anchors": "---FILE: compose.yaml---\n" + "\n".join(f"k{number}: &a{number} v" for number in range(15_000)),
    "compose many services in a chain": "---FILE: compose.yaml---\nservices:\n"
    + "".join(f"  s{number}: {{image: x, depends_on: [s{number + 1}]}}\n" for number in range(4000)),
    "compose many equal ports": "---FILE: compose.yaml---\nservices:\n"
    + "".join(f"  s{number}: {{image: x, ports: ['80:80', '1-65535:1-65535']}}\n" for number in range(3500)),
    "dockerfile one long line": "---FILE: Dockerfile---\nFROM a:1\nRUN " + "x" * 10_000_000,
    "dockerfile variables that multiply": "---FILE: Dockerfile---\nFROM a:1\nENV A=xxxxxxxxxx\n" + "ENV A=$A$A$A$A$A$A$A$A$A$A\n" * 5000,
    "dockerfile nested defaults": "---FILE: Dockerfile---\nFROM a:1\nENV A=" + "${B:-" * 40_000 + "}" * 40_000 + "\n",
    "dockerfile many instructions": "---FILE: Dockerfile---\nFROM a:1\n" + "ENV A=1\nRUN npm install\n" * 10_000,
    "dockerfile many stages": "---FILE: Dockerfile---\n"
    + "".join(f"FROM s{number} AS s{number + 1}\nCOPY --from=s0 a b\n" for number in range(5000)),
    "dockerfile endless continuation": "---FILE: Dockerfile---\nFROM a:1\nRUN x \\\n" + "# c\n\\\n" * 40_000,
    "dockerfile open here-documents": "---FILE: Dockerfile---\nFROM a:1\n" + "RUN <<A <<B <<C <<D\nx\n" * 8_000,
    "dockerfile quotes and escapes": "---FILE: Dockerfile---\nFROM a:1\nRUN " + "'\"\\" * 80_000 + "\nCMD [" + '"a",' * 30_000 + "]\n",
    "dockerfile nested json": "---FILE: Dockerfile---\nFROM a:1\nCMD " + "[" * 100_000 + "]" * 100_000 + "\n",
    "dockerfile long package lists": "---FILE: Dockerfile---\nFROM a:1\nRUN " + "apt-get install " + "a b " * 25_000 + "&& x " * 20_000,
    "answer of fences": ("```\n" * 200_000),
    "answer of nested wrappers": "```markdown\n" * 40_000 + "```\n" * 40_000,
    "answer of markers": "---FILE: a/b---\n" * 100_000,
    "answer of dashes": "-" * 1_000_000 + "FILE:" + "-" * 1_000_000,
    "answer of backticks": "`" * 2_000_000,
    "answer of headings": "# **`Dockerfile`** " * 100_000 + "\n```\nFROM x\n```\n",
    "answer of blanks": " \t" * 1_000_000 + "\n```dockerfile\nFROM a:1\n```\n" + "> " * 500_000,
}

JUDGE = """
import asyncio, json, resource, sys, time
from artifacts.judge import assess_answer
text = sys.stdin.read()
asyncio.run(assess_answer("FROM a:1\\nCMD [\\"x\\"]\\n", None))
started = time.process_time()
assessment = asyncio.run(assess_answer(text, None))
print(json.dumps({
    "seconds": time.process_time() - started,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "score": assessment.score,
    "checks": [check.status for check in assessment.checks],
}))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_judged_in_bounded_time_and_memory(name: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", JUDGE], input=BOMBS[name], capture_output=True, text=True, cwd=ROOT, timeout=100, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    result = json.loads(ended.stdout)
    assert result["seconds"] < 10, f"{result['seconds']:.1f} CPU seconds"
    assert result["megabytes"] < 512, f"{result['megabytes']:.0f} MB"


def test_there_are_at_least_twenty_bombs() -> None:
    assert len(BOMBS) >= 20
