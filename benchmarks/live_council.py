"""Ten live councils of six members at 60 frames a second: how long a token waits for its frame, how far members are apart, what it costs.

Sixty streams of 100 tokens a second come from a fake vendor in a process of its own, through the OpenAI SDK. Each run is read with
`EnsembleProvider.frames`, as a page would read it. Next to it, in the same run, the bare merge of the same streams by hand (HTTP, a
queue, a 60 Hz timer; no figures), which is the least that any program can do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from config import Settings  # noqa: E402
from providers import EnsembleProvider  # noqa: E402
from providers.base import CallOptions  # noqa: E402

SUPPORT = ROOT / "benchmarks" / "support"
RUNS, MEMBERS, RATE = 10, 6, 60.0
QUESTION = "Write a Dockerfile."


def model(word: str, tokens: int) -> str:
    return f"delay=200;tokens={tokens};gap=10;word={word}"


async def ours(base: str, tokens: int) -> dict[str, float]:
    waits: list[float] = []
    lags: list[float] = []
    frames = unsynced = 0

    async def council(ensemble: EnsembleProvider) -> None:
        nonlocal frames, unsynced
        async for frame in ensemble.frames(QUESTION, rate=RATE):
            now = time.monotonic() * 1000
            frames += 1
            unsynced += not frame.batch.synced
            lags.append(frame.batch.lag_ms)
            waits.extend(now - token.at_ms for token in frame.tokens)

    ensembles = [
        EnsembleProvider(
            [{"name": "openai", "model": model(word, tokens), "config": {"api_key": "x", "base_url": base}} for word in "abcdef"[:MEMBERS]],
            settings=Settings(_env_file=None, local_tier="high"),
            options=CallOptions(logprobs=True),
        )
        for _ in range(RUNS)
    ]
    for ensemble in ensembles[:1]:
        await ensemble.run("warm up")  # imports
    cpu, began = time.process_time(), time.monotonic()
    await asyncio.gather(*(council(ensemble) for ensemble in ensembles))
    found = figures(waits, lags, frames, unsynced, time.process_time() - cpu, time.monotonic() - began)
    for ensemble in ensembles:
        await ensemble.aclose()
    return found


async def by_hand(base: str, tokens: int) -> dict[str, float]:
    host, port = base.split("//")[1].split("/")[0].split(":")
    waits: list[float] = []
    lags: list[float] = []
    frames = 0

    async def council() -> None:
        nonlocal frames
        queue: list[tuple[float, str, str]] = []
        done = 0

        async def member(word: str) -> None:
            nonlocal done
            reader, writer = await asyncio.open_connection(host, int(port))
            body = json.dumps({"model": model(word, tokens), "messages": [{"role": "user", "content": QUESTION}], "stream": True}).encode()
            writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            await reader.readuntil(b"\r\n\r\n")
            while size := int(await reader.readline(), 16):
                for line in (await reader.readexactly(size + 2)).split(b"\n\n"):
                    choices = json.loads(line[6:])["choices"] if line.startswith(b"data: {") else None
                    if choices and (text := choices[0]["delta"].get("content")):
                        queue.append((time.monotonic() * 1000, word, text))
            writer.close()
            done += 1

        tasks = [asyncio.create_task(member(word)) for word in "abcdef"[:MEMBERS]]
        while done < MEMBERS or queue:
            await asyncio.sleep(1 / RATE)
            now, taken = time.monotonic() * 1000, queue[:]
            queue.clear()
            frames += bool(taken)
            oldest: dict[str, float] = {}
            for at, word, _ in taken:
                oldest.setdefault(word, at)
                waits.append(now - at)
            lags.append(max(oldest.values(), default=0) - min(oldest.values(), default=0))
        await asyncio.gather(*tasks)

    cpu, began = time.process_time(), time.monotonic()
    await asyncio.gather(*(council() for _ in range(RUNS)))
    return figures(waits, lags, frames, 0, time.process_time() - cpu, time.monotonic() - began)


def figures(waits: list[float], lags: list[float], frames: int, unsynced: int, cpu: float, seconds: float) -> dict[str, float]:
    waits.sort()
    lags.sort()
    return {
        "p50": waits[len(waits) // 2],
        "p99": waits[int(0.99 * len(waits))],
        "lag_p99": lags[int(0.99 * len(lags))],
        "lag_max": lags[-1],
        "frames": frames / seconds / RUNS,
        "unsynced": 100 * unsynced / max(1, frames),
        "core": 100 * cpu / seconds,
        "us": cpu / len(waits) * 1e6,
    }


def run(tokens: int, rounds: int) -> int:
    server = Popen([sys.executable, str(SUPPORT / "vendor_server.py")], stdin=PIPE, stdout=PIPE, text=True)
    assert server.stdout is not None
    base = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    print(
        f"{RUNS} runs x {MEMBERS} members, {tokens} tokens each at 100 a second, {RATE:.0f} Hz "
        "(target: token to frame p99 <= 25 ms, lag < 50 ms)"
    )
    names = ("p50 ms", "p99 ms", "lag p99", "lag max", "frames/s", "no sync %", "% of a core", "us a token")
    head = "".join(f"{name:>{width}}" for name, width in zip(names, (8, 8, 9, 9, 10, 11, 13, 12), strict=True))
    print(f"  {'':<24}{head}")
    try:
        for _ in range(rounds):
            for label, measure in (("Omni-Architect", ours), ("bare merge by hand", by_hand)):
                found = asyncio.run(measure(base, tokens))
                told = f"{found['p50']:>8.1f}{found['p99']:>8.1f}{found['lag_p99']:>9.1f}{found['lag_max']:>9.1f}{found['frames']:>10.1f}"
                print(f"  {label:<24}{told}{found['unsynced']:>11.1f}{found['core']:>13.0f}{found['us']:>12.0f}", flush=True)
    finally:
        server.terminate()
        server.wait()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    sys.exit(run(arguments.tokens, arguments.rounds))
