"""Keeps a sidecar for the app: starts it as a child, shares one of the same installation, or says why there is none."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from collaboration import tokens
from collaboration.server import ATTACH_HEADER, Config

ROOT = Path(__file__).resolve().parent.parent
STARTING_S, STOPPING_S, ASKING_S, WATCH_S = 10.0, 3.0, 2.0, 2.0
PAUSES_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
IN_USE = 3
log = logging.getLogger("collaboration")


@dataclass(frozen=True, slots=True)
class Status:
    """Whether there is a sidecar: its port, and a sentence for the page."""

    port: int | None
    sentence: str
    shared: bool = False


STARTING = Status(None, "Collaboration is starting.")
OFF = Status(None, "Collaboration is off: WEBSOCKET_ENABLED is false.")


class Supervisor:
    """Runs one sidecar until `stop`. `status` is always current; nothing here ever keeps the app from starting."""

    def __init__(self, config: Config):
        self.config = config
        self.status = STARTING
        self._process: asyncio.subprocess.Process | None = None
        self._port = config.port
        self._task: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()

    async def start(self, patience_s: float = 5.0) -> None:
        """Begin; returns once there is a sidecar or a reason why not, or when the patience is over."""
        self.begin()
        await self.settled(patience_s)

    def begin(self) -> None:
        """Begin, and wait for nothing; needs a running loop."""
        self._task = asyncio.create_task(self._keep())

    async def settled(self, patience_s: float = 5.0) -> None:
        """Return once there was a sidecar or a reason why not, or when the patience is over."""
        try:
            await asyncio.wait_for(self._settled.wait(), patience_s)
        except TimeoutError:
            log.warning("the sidecar takes long to start")

    async def stop(self) -> None:
        """End the child, if there is one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._end_child()
        self.status = Status(None, "Collaboration is off: the app stops.")

    async def _keep(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._one_life()
            except OSError as problem:
                self._settle(Status(None, f"Collaboration is off: the sidecar cannot be started ({problem.strerror or problem})."))
            failures = 0 if time.monotonic() - began > 30 else failures + 1
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S)) - 1])

    async def _one_life(self) -> None:
        """Have a sidecar, our own or a shared one, and return when it is gone."""
        port = await self._spawn()
        if port is not None:
            self._settle(Status(port, "Collaboration is on."))
            assert self._process is not None
            code = await self._process.wait()
            self._process = None
            self._settle(Status(None, "Collaboration is interrupted: the sidecar ended and is being started again."))
            log.warning("the sidecar ended with status %s and is started again", code)
            return
        if self.config.port and await self._attach():
            self._settle(
                Status(self.config.port, "Collaboration is on, over the sidecar of another app of this installation.", shared=True)
            )
            while await self._healthy() is not None:  # noqa: ASYNC110  the other side tells nobody when it goes
                await asyncio.sleep(WATCH_S)
            return
        self._settled.set()

    async def _spawn(self) -> int | None:
        """Start the child; None when it did not come up, for the reason in `status`."""
        # The child gets an empty environment: it needs none of the app's settings, and no vendor's key may reach it.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "collaboration",
            "--child",
            cwd=ROOT,
            env={},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        told = {**asdict(self.config), "port": self._port, "secret": self.config.secret.decode(), "origins": list(self.config.origins)}
        self._process.stdin.write(orjson.dumps(told) + b"\n")
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), STARTING_S)
            port = orjson.loads(line)["port"]
        except (TimeoutError, orjson.JSONDecodeError, KeyError):
            said = (await self._end_child()).decode(errors="replace").strip().splitlines()
            code = self._process.returncode
            self._process = None
            if code == IN_USE and self._port != self.config.port:
                self._port = self.config.port  # somebody took it meanwhile; any free one was asked for
            elif code == IN_USE:
                # whether it can be shared is asked next; only then is it settled
                self._settle(Status(None, await self._whose()), final=False)
            else:
                why = said[-1] if said else f"status {code}"
                self._settle(Status(None, f"Collaboration is off: the sidecar did not start ({why[:200]})."))
            return None
        stderr = self._process.stderr
        assert stderr is not None
        self._listening = asyncio.create_task(_drain(stderr))
        self._port = int(port)  # open pages may connect to this port only, so it is asked for again after a fall
        return self._port

    async def _end_child(self) -> bytes:
        process = self._process
        if process is None:
            return b""
        if process.stdin is not None:
            process.stdin.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        said = b""
        if process.returncode is None:
            try:
                async with asyncio.timeout(STOPPING_S):
                    if process.stderr is not None:
                        said = await process.stderr.read()
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        elif process.stderr is not None:
            said = await process.stderr.read()
        return said

    async def _whose(self) -> str:
        found = await self._healthy(any_installation=True)
        port = self.config.port
        if found is None:
            return f"Collaboration is off: another program listens on port {port}. Stop it, or set WEBSOCKET_PORT."
        if found != tokens.fingerprint(self.config.secret):
            return f"Collaboration is off: another installation of Omni-Architect listens on port {port}. Set WEBSOCKET_PORT."
        return f"Collaboration is off: a sidecar of this installation on port {port} does not let this app in."

    async def _healthy(self, any_installation: bool = False) -> str | None:
        """Return the installation that a healthy sidecar on our port belongs to."""
        status, body = await ask(self.config.host, self.config.port, "/health")
        try:
            told = orjson.loads(body)
            installation = str(told["installation"]) if status == 200 and told["service"].startswith("omni-architect") else None
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return None
        return installation if any_installation or installation == tokens.fingerprint(self.config.secret) else None

    async def _attach(self) -> bool:
        """Ask a sidecar of the same installation to serve our pages too."""
        if await self._healthy() is None:
            return False
        for origin in self.config.origins:
            token = tokens.mint_attach(self.config.secret, origin, time.time(), secrets.token_urlsafe(16))
            status, _ = await ask(self.config.host, self.config.port, "/attach", {ATTACH_HEADER: token})
            if status != 200:
                return False
        return True

    def _settle(self, status: Status, final: bool = True) -> None:
        if status != self.status:
            self.status = status
            log.info(status.sentence)
        if final:
            self._settled.set()


async def ask(host: str, port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Fetch one small page over HTTP; (0, b"") when nobody answers in time."""
    host = "127.0.0.1" if host in ("", "0.0.0.0") else host  # noqa: S104  an address to ask, nothing is bound
    try:
        async with asyncio.timeout(ASKING_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                lines = [
                    f"GET {path} HTTP/1.1",
                    f"Host: {host}:{port}",
                    "Connection: close",
                    *(f"{k}: {v}" for k, v in (headers or {}).items()),
                ]
                writer.write("\r\n".join([*lines, "", ""]).encode())
                answer = await reader.read(65_536)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return 0, b""
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return (int(words[1]), body) if len(words) > 1 and words[1].isdigit() else (0, b"")


async def _drain(stream: asyncio.StreamReader) -> None:
    """Pass what the child says on its error output to the log, so that its pipe never fills."""
    while line := await stream.readline():
        log.warning("sidecar: %s", line.decode(errors="replace").rstrip()[:500])
