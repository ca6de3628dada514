"""The containers, images and networks of one proof: made, looked at, and gone when the proof ends, however it ends."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from workspace.containers import asking, commands, looking
from workspace.containers.descendants import end_build_steps
from workspace.containers.owner import Owner, new_owner
from workspace.containers.records import BuildOrder, ContainerEngine, ImageFacts, Launch, Listening, Reply, State
from workspace.containers.store import make_folder, own_store, remove_folder
from workspace.errors import EngineFailed, ProgramFailed
from workspace.processes import Ended, LineListener, finish, run

QUICK_S = 30.0
"""Seconds a question to the engine may take."""

REMOVE_S = 60.0
_STEP_IMAGE = re.compile(r"^ ---> ([0-9a-f]{12})$")


@asynccontextmanager
async def open_sandbox(engine: ContainerEngine) -> AsyncIterator[Sandbox]:
    """Open a sandbox; everything made in it is removed at the end, also when the caller fails or is cancelled.

    Raises EngineFailed where something could not be removed.
    """
    owner = new_owner()
    folder = make_folder(owner)
    sandbox = Sandbox(engine, owner, folder)
    try:
        yield sandbox
    finally:
        await finish(sandbox.remove_all())


class Sandbox:
    """Everything one proof makes. Names and tags are ours and random; no text of a repository becomes an option."""

    def __init__(self, engine: ContainerEngine, owner: Owner, folder: Path) -> None:
        self.owner = owner
        self.folder = folder
        self.users = engine
        """The engine as the user has it: what is pulled with it stays theirs."""
        self.engine, self._globals = own_store(engine, folder)
        self._number = 0
        self._half_made: dict[str, None] = {}

    @property
    def context(self) -> Path:
        """Return the empty folder the copy to build from belongs into."""
        return self.folder / "context"

    def name(self, word: str) -> str:
        """Return a fresh name for an image, container or network."""
        self._number += 1
        return f"omni-proof-{self.owner.token}-{word}-{self._number}"

    async def has_image(self, reference: str) -> bool:
        """Tell whether an image is there without asking any network."""
        return (await self._ask("image", "inspect", "--format", "{{.Id}}", "--", reference)).ok

    async def pull(self, reference: str, *, on_line: LineListener, limit_s: float) -> Ended:
        """Fetch a base image into the user's own store, where a build of theirs would put it too."""
        return await run([self.users.program, "pull", "--", reference], env=self.engine.environment, limit_s=limit_s, on_line=on_line)

    async def build(self, order: BuildOrder, *, on_line: LineListener, limit_s: float) -> Ended:
        """Build an image; when it is ended early, the step that runs is killed too."""
        argv = [self.engine.program, *self._globals, *commands.build(self.engine, order, self.owner)]
        wind_down = end_build_steps if self.engine.kind == "podman" and not self.engine.remote else None
        if self.engine.environment.get("DOCKER_BUILDKIT") != "0":
            return await run(argv, env=self.engine.environment, limit_s=limit_s, on_line=on_line, wind_down=wind_down)
        # Docker's old builder leaves an image for every step of every stage and labels none: what it names and was not there is ours.
        there = set((await self._must("images", "--all", "--quiet", with_errors=False)).output.split())

        def listen(line: str) -> None:
            step = _STEP_IMAGE.match(line)
            if step and step[1] not in there:
                self._half_made[step[1]] = None
            on_line(line)

        return await run(argv, env=self.engine.environment, limit_s=limit_s, on_line=listen)

    async def inspect_image(self, reference: str) -> ImageFacts:
        """Return what an image commits to."""
        found = await self._inspect("image", reference)
        config = found.get("Config") or {}
        health = config.get("Healthcheck") or found.get("Healthcheck") or found.get("HealthCheck") or {}
        ports = [name.partition("/") for name in config.get("ExposedPorts") or {}]
        return ImageFacts(
            id=str(found.get("Id", "")),
            size=int(found.get("Size") or 0),
            layers=len((found.get("RootFS") or {}).get("Layers") or ()),
            user=str(config.get("User") or ""),
            ports=tuple(sorted(int(port) for port, _, protocol in ports if port.isdigit() and protocol in ("", "tcp"))),
            command=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
            has_health_check=bool(health.get("Test")) and health.get("Test") != ["NONE"],
            stop_signal=str(config.get("StopSignal") or ""),
        )

    async def make_network(self) -> str:
        """Create a network without a way out and return its name."""
        name = self.name("network")
        await self._must(*commands.network(self.engine, name, self.owner))
        return name

    async def create(self, launch: Launch) -> str:
        """Create a container and return its id. Raises EngineFailed where the engine refuses."""
        created = (await self._must(*commands.create(self.engine, launch, self.owner))).output.split()
        if not created:
            raise EngineFailed(f"{self.engine.label} did not say which container it created.")
        return created[-1]

    async def start(self, container: str) -> None:
        """Start a container. Raises EngineFailed where that is impossible, for a program that is missing for example."""
        await self._must("start", container)

    async def alive(self, container: str, pid: int) -> bool:
        """Tell whether a container still runs, by the kernel's tables where they can be read: that costs no program."""
        if not self.engine.remote and looking.is_container(pid, container):
            return True
        return (await self.state(container)).running

    async def execute(self, container: str, argv: Sequence[str], limit_s: float = QUICK_S) -> Ended:
        """Run a command inside a container; the words are never read as options of the engine."""
        return await self._ask("exec", container, *argv, limit_s=limit_s)

    async def state(self, container: str) -> State:
        """Return how a container is now."""
        found = await self._inspect("container", container)
        said = found.get("State") or {}
        health = said.get("Health") or said.get("Healthcheck") or {}
        networks = (found.get("NetworkSettings") or {}).get("Networks") or {}
        addresses = [str(network.get("IPAddress") or "") for network in networks.values() if isinstance(network, dict)]
        return State(
            running=bool(said.get("Running")),
            exit_code=int(said.get("ExitCode") or 0),
            pid=int(said.get("Pid") or 0),
            health=str(health.get("Status") or ""),
            health_said=str((health.get("Log") or [{}])[-1].get("Output") or ""),
            address=next((address for address in addresses if address), ""),
            out_of_memory=bool(said.get("OOMKilled")),
            error=str(said.get("Error") or ""),
        )

    async def check_health(self, container: str) -> bool:
        """Tell whether the image's health check succeeds now. Podman runs it when asked, Docker by itself every second."""
        if self.engine.kind == "podman":
            return (await self._ask("healthcheck", "run", container)).ok
        return (await self.state(container)).health == "healthy"

    async def listening(self, container: str, pid: int) -> tuple[Listening, ...] | None:
        """Return what listens in a container: from the kernel's tables, or read by the container itself; None where neither works."""
        if not self.engine.remote and looking.is_container(pid, container):
            found = looking.listening_of(pid)
            if found is not None:
                return found
        said = await self._ask("exec", container, "cat", "/proc/net/tcp", "/proc/net/tcp6")
        return looking.parse_listening(said.output) if "local_address" in said.output else None

    async def user(self, container: str, pid: int) -> int | None:
        """Return the user id its first process really runs as; None where that cannot be told."""
        if not self.engine.remote and looking.is_container(pid, container):
            found = looking.user_of(pid)
            if found is not None:
                return found
        said = await self._ask("exec", container, "cat", "/proc/1/status")
        for line in said.output.splitlines():
            words = line.split()
            if len(words) > 2 and words[0] == "Uid:" and words[2].isdigit():
                return int(words[2])
        return None

    async def ask(self, container: str, pid: int, port: int, path: str) -> Reply | None:
        """Send an HTTP request to a port from inside the container's network; None where nothing answered."""
        path = path if asking.is_plain(path) else "/"
        lent = self.engine.rootless and self.engine.kind == "podman"
        if not self.engine.remote and (looking.can_enter_networks() or lent) and looking.is_container(pid, container):
            said = await run(asking.by_namespace(self.engine, pid, port, path), env=self.engine.environment, limit_s=asking.LIMIT_S)
            if "refused" not in said.output:
                return asking.read_reply(said.output, "from the machine, in the container's network")
        for command in asking.by_tool(port, path):
            said = await self._ask("exec", container, *command, limit_s=asking.LIMIT_S)
            reply = asking.read_reply(said.output, f"with {command[0]} in the container")
            if reply is not None:
                return reply
        return None

    async def logs(self, container: str, lines: int) -> tuple[str, ...]:
        """Return the last lines a container said."""
        return (await self._ask("logs", "--tail", str(lines), container)).tail[-lines:]

    async def changed_files(self, container: str) -> tuple[str, ...]:
        """Return the files a container has written to its own root file system, folders left out where something in them is named."""
        said = await self._ask("diff", container)
        paths = [line[2:].strip() for line in said.output.splitlines() if line[:2] in ("A ", "C ")] if said.ok else []
        return tuple(path for path in paths if not any(other.startswith(f"{path}/") for other in paths))

    async def stop(self, container: str, grace_s: int) -> None:
        """Ask a container to stop by the image's signal and kill it after `grace_s` seconds."""
        await self._must("stop", "-t", str(grace_s), container, limit_s=grace_s + QUICK_S)

    async def remove(self, container: str) -> None:
        """Remove a container now."""
        await self._must(*commands.remove("container", (container,)), limit_s=REMOVE_S)

    async def remove_all(self) -> None:
        """Remove whatever carries this proof's label, then its folder. Raises EngineFailed naming what is left."""
        trouble: list[str] = []
        for kind in ("container", "image", "network"):
            try:
                await self._remove_kind(kind)
            except ProgramFailed as error:
                trouble.append(error.message)
        for identity in reversed(self._half_made):
            # Most went with the image they led to; the rest are the stages it only copied from, which parents keep until they are gone.
            await self._ask("image", "rm", identity, limit_s=REMOVE_S)
        try:
            await remove_folder(self.engine, self.folder)
        except EngineFailed as error:
            trouble.append(error.message)
        if trouble:
            raise EngineFailed(f"Not everything of the proof could be removed: {' '.join(trouble)}")

    async def _remove_kind(self, kind: str) -> None:
        owned = f"{commands.list_made(kind)[-1]}={self.owner.text}"
        listed = await self._must(*commands.list_made(kind)[:-1], owned, limit_s=QUICK_S, with_errors=False)
        ids = tuple(dict.fromkeys(listed.output.split()))
        if ids:
            await self._must(*commands.remove(kind, ids), limit_s=REMOVE_S)

    async def _inspect(self, kind: str, reference: str) -> dict[str, Any]:
        said = await self._must(kind, "inspect", reference, with_errors=False)
        with suppress(ValueError, IndexError, TypeError):
            found = json.loads(said.output)[0]
            if isinstance(found, dict):
                return found
        raise EngineFailed(f"{self.engine.label} described a {kind} in a way that is not understood.")

    async def _ask(self, *arguments: str, limit_s: float = QUICK_S, with_errors: bool = True) -> Ended:
        argv = [self.engine.program, *self._globals, *arguments]
        return await run(argv, env=self.engine.environment, limit_s=limit_s, with_errors=with_errors)

    async def _must(self, *arguments: str, limit_s: float = QUICK_S, with_errors: bool = True) -> Ended:
        said = await self._ask(*arguments, limit_s=limit_s, with_errors=with_errors)
        if not said.ok:
            raise EngineFailed(f"{self.engine.label} could not {_task(arguments)}: {last_words(said)}")
        return said


def last_words(ended: Ended) -> str:
    """Return the line that says best why a command failed."""
    if ended.timed_out:
        return "it took too long."
    lines = [line.strip() for line in ended.tail if line.strip()]
    telling = [line for line in lines if line.lower().startswith(("error", "err:"))] or lines
    return (telling[-1] if telling else f"exit status {ended.status}")[:400]


def _task(arguments: Sequence[str]) -> str:
    """Name a command without its arguments, which are long: `create`, `image inspect`."""
    return " ".join(arguments[:2] if arguments[0] in ("image", "container", "network", "volume") else arguments[:1])
