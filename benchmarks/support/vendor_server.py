"""A fake vendor for benchmarks: OpenAI's chat interface on a free loopback port, answering after a fixed time.

Run as a program it prints its port and serves until its standard input closes. The model's name says how it behaves:
`delay=200;tokens=100;gap=5;word=a` answers after 200 ms with 100 tokens, streamed one every 5 ms where streaming is asked for.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from functools import lru_cache

import orjson

HEAD_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
HEAD_JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


@dataclass(frozen=True)
class Behaviour:
    """How one model answers; times in seconds, the bytes ready to send."""

    delay: float
    gap: float
    body: bytes
    chunks: tuple[bytes, ...]


@lru_cache(maxsize=64)
def behaviour(model: str) -> Behaviour:
    values = dict(part.split("=", 1) for part in model.split(";") if "=" in part)
    count, word = int(values.get("tokens", "100")), values.get("word", "token")
    words = [f" {word}{at:03d}" for at in range(count)]
    message = {"role": "assistant", "content": "".join(words), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 20, "completion_tokens": count, "total_tokens": 20 + count}
    common = {"id": "chatcmpl-benchmark", "created": 1_700_000_000, "model": model}
    body = orjson.dumps({**common, "object": "chat.completion", "choices": [choice], "usage": usage})

    def event(delta: dict[str, str], finish: str | None) -> bytes:
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        return b"data: " + orjson.dumps({**common, "object": "chat.completion.chunk", "choices": choices}) + b"\n\n"

    events = [event({"content": text}, None) for text in words]
    events[0] = event({"role": "assistant", "content": ""}, None) + events[0]
    counted = b"data: " + orjson.dumps({**common, "object": "chat.completion.chunk", "choices": [], "usage": usage}) + b"\n\n"
    events[-1] += event({}, "stop") + counted + b"data: [DONE]\n\n"
    chunks = [b"%x\r\n%s\r\n" % (len(data), data) for data in events]
    chunks[-1] += b"0\r\n\r\n"
    return Behaviour(
        delay=float(values.get("delay", "0")) / 1000,
        gap=float(values.get("gap", "0")) / 1000,
        body=HEAD_JSON % len(body) + body,
        chunks=tuple(chunks),
    )


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport
        self.buffer = b""
        self.timer: asyncio.TimerHandle | None = None

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the answer that was due."""
        if self.timer:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer once the request is whole."""
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator or self.timer:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        request = orjson.loads(rest[:length])
        self.answer(behaviour(request["model"]), bool(request.get("stream")))

    def answer(self, how: Behaviour, stream: bool) -> None:
        """Send the whole answer, or its pieces, when their time comes."""
        loop = asyncio.get_running_loop()
        begin = loop.time() + how.delay
        if not stream:
            self.timer = loop.call_at(begin, self.finish, how.body)
        elif how.gap <= 0:
            self.timer = loop.call_at(begin, self.finish, HEAD_STREAM + b"".join(how.chunks))
        else:
            self.timer = loop.call_at(begin, self.piece, how, 0, begin)

    def piece(self, how: Behaviour, at: int, begin: float) -> None:
        """Send one piece and plan the next."""
        data = HEAD_STREAM + how.chunks[at] if at == 0 else how.chunks[at]
        if at + 1 == len(how.chunks):
            self.finish(data)
            return
        self.transport.write(data)  # type: ignore[attr-defined]
        self.timer = asyncio.get_running_loop().call_at(begin + (at + 1) * how.gap, self.piece, how, at + 1, begin)

    def finish(self, data: bytes) -> None:
        """Send the last bytes and be ready for the next request."""
        self.timer = None
        self.transport.write(data)  # type: ignore[attr-defined]


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started us goes
    server.close()


if __name__ == "__main__":
    try:  # so that the vendor costs as little as it can of the machine it shares with the clients
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(serve())
