"""Two thousand runs of three members at the same time: errors, runs a second, memory, next to the raw SDK, LiteLLM and LangChain.

Every client has a fresh process of its own, one after the other, against the same fake vendor (200 ms a call). The memory of an open
call is what the process grew by at its peak, divided by the 6,000 calls that were open. A client that is not done after `--patience`
seconds is ended and said to have not finished. For LiteLLM and LangChain see ensemble_overhead.py.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from subprocess import PIPE, Popen

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ensemble_overhead import CLIENTS, PEERS, SUPPORT, Client


def run(runs: int, peers_python: str | None, patience: float, names: list[str]) -> int:
    server = Popen([sys.executable, str(SUPPORT / "vendor_server.py")], stdin=PIPE, stdout=PIPE, text=True)
    assert server.stdout is not None
    base = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    print(f"{runs:,} runs of three members at once (target: 0 errors, >= 110 runs/s, <= 250 MB, <= 20 kB an open call)")
    print(f"  {'client':<28}{'errors':>8}{'wrong':>8}{'runs/s':>9}{'CPU ms a run':>15}{'peak MB':>10}{'kB a call':>11}")
    bad = 0
    try:
        for name in names:
            python = peers_python if name in PEERS else sys.executable
            if python is None:
                print(f"  {CLIENTS[name]:<28} not measured: give --peers-python", flush=True)
                continue
            client = Client(name, python, base)
            try:
                if client.missing:
                    print(f"  {CLIENTS[name]:<28} not measured: {client.missing}", flush=True)
                    continue
                clock = threading.Timer(patience, client.process.kill)
                clock.start()
                found = client.measure(runs, runs, "whole")
                clock.cancel()
                if client.missing:
                    print(f"  {CLIENTS[name]:<28} did not finish in {patience:.0f} s", flush=True)
                    bad += name == "ours"
                    continue
                peak, grown = found["rss_peak_kb"] / 1024, max(0, found["rss_peak_kb"] - found["rss_before_kb"])
                figures = f"{found['errors']:>8}{found['wrong']:>8}{runs / found['seconds']:>9.0f}{found['cpu_ms']:>15.2f}{peak:>10.0f}"
                print(f"  {CLIENTS[name]:<28}{figures}{grown / (3 * runs):>11.1f}", flush=True)
                bad += name == "ours" and (found["errors"] or found["wrong"])
            finally:
                client.close()
    finally:
        server.terminate()
        server.wait()
    return 1 if bad else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--patience", type=float, default=120)
    parser.add_argument("--peers-python", help="the Python of an environment with litellm and langchain-openai")
    parser.add_argument("--clients", nargs="*", choices=list(CLIENTS), default=list(CLIENTS))
    arguments = parser.parse_args()
    sys.exit(run(arguments.runs, arguments.peers_python, arguments.patience, arguments.clients))
