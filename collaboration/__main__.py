"""`python -m collaboration`: one sidecar, alone (told by the settings) or as the app's child (told by one line of standard input)."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import sys
from dataclasses import fields
from typing import Any

import orjson
import uvloop

from collaboration.installation import secret_of
from collaboration.limits import Limits
from collaboration.server import Config, Sidecar, origins_of

BAD_SETTING, IN_USE = 2, 3


def main(arguments: list[str]) -> int:
    """Run until told to stop; 2 when the settings are not usable, 3 when the port is in use."""
    child = arguments == ["--child"]
    if arguments and not child:
        print("usage: python -m collaboration   (the settings WEBSOCKET_*, REDIS_URL and OMNI_* apply)", file=sys.stderr)
        return BAD_SETTING
    try:
        config = told() if child else from_settings()
    except ValueError as problem:
        print(f"The sidecar's settings are not usable: {problem}", file=sys.stderr)
        return BAD_SETTING
    # connections live long and hold few cycles: looking for garbage at every 700th object costs a tenth of a thousand joins
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        return uvloop.run(serve(config, child))
    except KeyboardInterrupt:
        return 0


async def serve(config: Config, child: bool) -> int:
    """Serve, say where, and end on a signal or, as a child, when the parent is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    try:
        async with Sidecar(config) as node:
            print(orjson.dumps({"port": node.port, "installation": node.installation}).decode(), flush=True)
            if child:
                await _watch_parent(loop, stop)
            await stop.wait()
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        print(f"Port {config.port} on {config.host} is in use.", file=sys.stderr)
        return IN_USE
    return 0


async def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """End with the parent, however it ends: its side of our standard input closes then."""

    class Parent(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            stop.set()

    await loop.connect_read_pipe(Parent, sys.stdin)


def told() -> Config:
    """Read the configuration that the parent writes: one line of JSON, so that the secret is in no argument and no environment."""
    try:
        raw: dict[str, Any] = orjson.loads(sys.stdin.buffer.readline())
        raw["secret"] = str(raw["secret"]).encode()
        raw["origins"] = tuple(raw.get("origins", ()))
        raw["limits"] = Limits(**raw.get("limits", {}))
        return Config(**{name: raw[name] for name in (field.name for field in fields(Config)) if name in raw})
    except (orjson.JSONDecodeError, KeyError, TypeError) as problem:
        raise ValueError(f"one line of JSON with a secret was expected ({problem})") from None


def from_settings() -> Config:
    """Take the operator's settings."""
    from config import settings

    chosen = settings()
    secret = secret_of(chosen.omni_data_dir, chosen.websocket_secret.get_secret_value() if chosen.websocket_secret else None)
    names = (f"127.0.0.1:{chosen.omni_port}", f"localhost:{chosen.omni_port}", *chosen.omni_allowed_hosts)
    return Config(
        secret=secret,
        origins=origins_of(names, ("http", "https")),
        host=chosen.omni_host,
        port=chosen.websocket_port,
        ping_interval=chosen.websocket_ping_interval,
        timeout=chosen.websocket_timeout,
        limits=Limits(participants=chosen.max_session_participants),
        redis_url=chosen.redis_url.get_secret_value() if chosen.redis_url else None,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
