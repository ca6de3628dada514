"""One client of the overhead benchmark in a process of its own: the same three-member fan-out through ours or a peer.

`python fanout.py NAME BASE_URL` prints `ready` (or `missing: reason`), then answers every line `CONCURRENCY TOTAL MODE` on its
standard input with a line of JSON. It imports nothing of the project but for `ours`, so that peers can live in another environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

PROJECT = str(Path(__file__).resolve().parents[2])
DELAY_MS = 200
TOKENS = 100
QUESTION = "Write a Dockerfile for a Flask application that listens on port 8080."
Call = Callable[[bool], Awaitable[list[str]]]

os.environ.setdefault("OPENAI_API_KEY", "benchmark")
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")


def model(word: str, stream: bool) -> str:
    gap = ";gap=5" if stream else ""
    return f"delay={DELAY_MS};tokens={TOKENS}{gap};word={word}"


async def ours(base: str) -> Call:
    sys.path.insert(0, PROJECT)
    from config import Settings
    from providers import EnsembleProvider

    def ensemble(stream: bool) -> EnsembleProvider:
        members = [{"name": "openai", "model": model(word, stream), "config": {"api_key": "benchmark", "base_url": base}} for word in "abc"]
        return EnsembleProvider(members, strategy="best_of_n", settings=Settings(_env_file=None), streaming=stream)

    plain, streaming = ensemble(False), ensemble(True)

    async def call(stream: bool) -> list[str]:
        if stream:
            verdict = None
            async for event in streaming.stream(QUESTION):
                verdict = getattr(event, "verdict", None)
            candidates = verdict.candidates if verdict else ()
        else:
            candidates = (await plain.run(QUESTION)).candidates
        return [candidate.answer.text if candidate.answer else "" for candidate in candidates]

    return call


async def floor(base: str) -> Call:
    """Speak HTTP by hand over kept connections: the least that any client can do."""
    host, port = base.split("//")[1].split("/")[0].split(":")
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def one(word: str, stream: bool) -> str:
        reader, writer = idle.pop() if idle else await asyncio.open_connection(host, int(port))
        body = json.dumps({"model": model(word, stream), "messages": [{"role": "user", "content": QUESTION}], "stream": stream}).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        head = await reader.readuntil(b"\r\n\r\n")
        if not stream:
            size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            text = json.loads(await reader.readexactly(size))["choices"][0]["message"]["content"]
        else:
            parts = []
            while size := int(await reader.readline(), 16):
                for line in (await reader.readexactly(size + 2)).split(b"\n\n"):
                    if line.startswith(b"data: {") and (choices := json.loads(line[6:])["choices"]):
                        parts.append(choices[0]["delta"].get("content") or "")
            await reader.readline()
            text = "".join(parts)
        idle.append((reader, writer))
        return text

    async def call(stream: bool) -> list[str]:
        return await asyncio.gather(*(one(word, stream) for word in "abc"))

    return call


def _openai(client: object) -> Call:
    async def one(word: str, stream: bool) -> str:
        messages = [{"role": "user", "content": QUESTION}]
        answer = await client.chat.completions.create(model=model(word, stream), messages=messages, stream=stream)  # type: ignore[attr-defined]
        if not stream:
            return answer.choices[0].message.content
        return "".join([chunk.choices[0].delta.content or "" async for chunk in answer if chunk.choices])

    async def call(stream: bool) -> list[str]:
        return await asyncio.gather(*(one(word, stream) for word in "abc"))

    return call


async def openai_httpx(base: str) -> Call:
    from openai import AsyncOpenAI

    return _openai(AsyncOpenAI(base_url=base, max_retries=0))


async def openai_aiohttp(base: str) -> Call:
    from openai import AsyncOpenAI, DefaultAioHttpClient

    return _openai(AsyncOpenAI(base_url=base, max_retries=0, http_client=DefaultAioHttpClient()))


async def litellm(base: str) -> Call:
    import litellm as library

    library.suppress_debug_info = True
    library.telemetry = False

    async def one(word: str, stream: bool) -> str:
        messages = [{"role": "user", "content": QUESTION}]
        answer = await library.acompletion(
            model=f"openai/{model(word, stream)}", messages=messages, api_base=base, api_key="benchmark", num_retries=0, stream=stream
        )
        if not stream:
            return answer.choices[0].message.content
        return "".join([chunk.choices[0].delta.content or "" async for chunk in answer if chunk.choices])

    async def call(stream: bool) -> list[str]:
        return await asyncio.gather(*(one(word, stream) for word in "abc"))

    return call


async def langchain(base: str) -> Call:
    from langchain_core.runnables import RunnableParallel
    from langchain_openai import ChatOpenAI

    def fan_out(stream: bool) -> RunnableParallel:
        return RunnableParallel(
            **{
                word: ChatOpenAI(model=model(word, stream), base_url=base, api_key="benchmark", max_retries=0, streaming=stream)
                for word in "abc"
            }
        )

    chains = {stream: fan_out(stream) for stream in (False, True)}

    async def call(stream: bool) -> list[str]:
        if not stream:
            found = await chains[stream].ainvoke(QUESTION)
            return [found[word].content for word in "abc"]
        parts: dict[str, list[str]] = {word: [] for word in "abc"}
        async for chunk in chains[stream].astream(QUESTION):
            for word, message in chunk.items():
                parts[word].append(message.content)
        return ["".join(parts[word]) for word in "abc"]

    return call


CLIENTS = {
    "ours": ours,
    "floor": floor,
    "openai_httpx": openai_httpx,
    "openai_aiohttp": openai_aiohttp,
    "litellm": litellm,
    "langchain": langchain,
}


async def measure(call: Call, concurrency: int, total: int, stream: bool) -> dict[str, object]:
    walls: list[float] = []
    wrong = errors = 0
    left = total
    before = rss()

    async def worker() -> None:
        nonlocal left, wrong, errors
        while left > 0:
            left -= 1
            begun = time.perf_counter()
            try:
                texts = await call(stream)
            except Exception:
                errors += 1
                continue
            walls.append((time.perf_counter() - begun) * 1000)
            wrong += len(texts) != 3 or any(len(text) != 5 * TOKENS for text in texts)

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return {
        "walls": walls,
        "cpu_ms": (time.process_time() - cpu) * 1000 / total,
        "wrong": wrong,
        "errors": errors,
        "seconds": time.perf_counter() - began,
        "rss_before_kb": before,
        "rss_peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def rss() -> int:
    """Return the resident memory of this process in kB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


async def main(name: str, base: str) -> None:
    try:
        call = await CLIENTS[name](base)
    except ImportError as error:
        print(f"missing: {error}", flush=True)
        return
    for stream in (False, True):
        for _ in range(2):
            await call(stream)  # imports, connections, caches
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        concurrency, total, mode = line.split()
        print(json.dumps(await measure(call, int(concurrency), int(total), mode == "stream")), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
    os._exit(0)  # some peers leave threads behind
