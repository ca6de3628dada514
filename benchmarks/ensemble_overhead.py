"""What the ensemble costs on top of its slowest member, next to the raw SDK, LiteLLM and LangChain in one interleaved run.

Three members on one fake vendor that answers after 200 ms. Every client has a process of its own, is warmed up, and is measured
in turn, round after round, so that a busy machine treats all alike. Figures: wall time over the slowest member's 200 ms (median),
and CPU of the client's process for a run.

LiteLLM and LangChain are no part of this project. To measure them too, install them elsewhere and name that Python:

    python -m venv /somewhere/peers && /somewhere/peers/bin/pip install litellm langchain-openai
    python benchmarks/ensemble_overhead.py --peers-python /somewhere/peers/bin/python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

SUPPORT = Path(__file__).resolve().parent / "support"
DELAY_MS = 200
STREAM_MS = DELAY_MS + 99 * 5
CELLS = (
    ("1 run", 1, 8, "whole"),
    ("50 runs at once", 50, 150, "whole"),
    ("1 run, streamed", 1, 3, "stream"),
    ("20 at once, streamed", 20, 40, "stream"),
)
TARGETS = {
    "1 run": "<= 1.02, <= 5 ms",
    "50 runs at once": "<= 1.05, <= 5 ms",
    "1 run, streamed": "<= 50 ms",
    "20 at once, streamed": "<= 50 ms",
}
CLIENTS = {
    "ours": "Omni-Architect, best_of_n",
    "floor": "hand-written HTTP",
    "openai_aiohttp": "openai SDK over aiohttp",
    "openai_httpx": "openai SDK over httpx",
    "litellm": "LiteLLM",
    "langchain": "LangChain",
}
PEERS = ("litellm", "langchain")


class Client:
    """A client process; `missing` says why it cannot be measured."""

    def __init__(self, name: str, python: str, base: str):
        self.process = subprocess.Popen(
            [python, str(SUPPORT / "fanout.py"), name, base],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self.read()
        self.missing = "" if line == "ready" else (line or "it did not start").removeprefix("missing: ")

    def read(self) -> str:
        """Return the next line the client prints, empty when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def measure(self, concurrency: int, total: int, mode: str) -> dict[str, Any]:
        """Let the client make `total` runs, so many at a time."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{concurrency} {total} {mode}\n")
        self.process.stdin.flush()
        line = self.read()
        if not line:
            self.missing = "it ended while being measured"
            return {"walls": [], "cpu_ms": 0.0, "wrong": total}
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait()


def run(rounds: int, peers_python: str | None) -> int:
    server = subprocess.Popen([sys.executable, str(SUPPORT / "vendor_server.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    base = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    clients: dict[str, Client] = {}
    results: dict[tuple[str, str], list[dict[str, Any]]] = {}
    try:
        for name in CLIENTS:
            python = peers_python if name in PEERS else sys.executable
            if python is not None:
                clients[name] = Client(name, python, base)
        for _ in range(rounds):
            for title, concurrency, total, mode in CELLS:
                for name, client in clients.items():
                    if not client.missing:
                        results.setdefault((title, name), []).append(client.measure(concurrency, total, mode))
    finally:
        for client in clients.values():
            client.close()
        server.terminate()
        server.wait()
    return report(results, clients, rounds)


def report(results: dict[tuple[str, str], list[dict[str, Any]]], clients: dict[str, Client], rounds: int) -> int:
    wrong = 0
    print(f"Three members, {DELAY_MS} ms each ({STREAM_MS} ms streamed, 3 x 100 tokens), {rounds} interleaved rounds\n")
    for title, _, _, mode in CELLS:
        slowest = STREAM_MS if mode == "stream" else DELAY_MS
        print(f"{title} (target {TARGETS[title]})")
        print(f"  {'client':<28}{'wall / slowest member':>24}{'p95':>8}{'CPU ms a run':>15}")
        for name, label in CLIENTS.items():
            measured = results.get((title, name))
            if not measured:
                why = clients[name].missing if name in clients else "give --peers-python"
                print(f"  {label:<28}{'not measured':>24}   {why}")
                continue
            walls = sorted(wall for cell in measured for wall in cell["walls"])
            bad = sum(cell["wrong"] for cell in measured)
            wrong += bad if name == "ours" else 0
            tail = walls[min(len(walls) - 1, int(0.95 * len(walls)))] / slowest if walls else float("nan")
            ratio = median(walls) / slowest if walls else float("nan")
            cpu = median(cell["cpu_ms"] for cell in measured)
            print(f"  {label:<28}{ratio:>24.3f}{tail:>8.3f}{cpu:>15.2f}{f'   {bad} wrong answers' if bad else ''}")
        print()
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers-python", help="the Python of an environment with litellm and langchain-openai")
    arguments = parser.parse_args()
    sys.exit(run(arguments.rounds, arguments.peers_python))
