"""Proves one image: builds it, starts it without a network, waits, asks, looks, stops it, and starts it again read-only."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from architect.profile import Role
from engine.proving.account import LOG_LINES, Account, Ended, Running, Tell
from engine.proving.backing import NotStarted, start_backings
from engine.proving.failing import failed_step, missing_image, not_ours, outside_host, telling_line
from engine.proving.needs import Needs
from engine.proving.plan import Task, bases
from engine.proving.records import ImageProof, Outcome, Step
from workspace.containers import BuildMount, BuildOrder, ImageFacts, Launch, Reply, Sandbox, last_words
from workspace.errors import EngineFailed, ProgramFailed

PULL_S = 600.0
READY_S = 60.0
"""Seconds an application has to open its port and to become healthy."""

HEALTH_LEAST_S = 5.0
"""Seconds the health check is given after the port opened, however long that took."""

SETTLE_S = 3.0
"""Seconds a process without a port must stay alive to count as started, and an unexpected port is given to be joined by the right one."""

STAY_S = 3.0
"""Seconds an application is watched after everything was asked: one whose worker fails at once has answered by then, and is gone."""

ASKS = 3
"""Times a port that takes the connection and answers no HTTP is asked before that is believed: the first answer may be slow."""

GRACE_S = 10
"""Seconds between the stop signal and the kill, as every engine and orchestrator has it or longer."""

_NEARLY_HTTP = ("HTTP/2", "TLS")  # gRPC, HTTPS: a port of an application may speak these
_POLL_S = 0.05


class ImageProver(Account):
    """One image on its way; `proof` is what was found so far and is always complete enough to be shown."""

    def __init__(self, box: Sandbox, task: Task, needs: Needs, tell: Tell, deadline: float, mounts: tuple[BuildMount, ...] = ()) -> None:
        super().__init__(box, task, needs, tell, deadline)
        self.mounts = mounts
        self._network = "none"
        self._hosts: tuple[tuple[str, str], ...] = ()

    async def prove(self) -> ImageProof:
        """Take every step that can be taken and return what was found. An engine that fails is a fact, not an exception."""
        began = time.monotonic()
        try:
            await self._bases()
            tag, facts = await self._build()
            await self._services()
            running = await self._start(tag, facts)
            await self._health(running, facts)
            await self._port(running)
            await self._user(running)
            await self._stay(running)
            await self._stop(running)
            await self._read_only(tag, facts)
        except Ended:
            pass
        except ProgramFailed as error:
            self._fact(Step.START if self.proof.built else Step.BUILD, Outcome.NOT_CHECKED, error.message)
        self.proof = replace(self.proof, seconds=time.monotonic() - began)
        return self.proof

    async def _bases(self) -> None:
        self._begin(Step.BASES)
        began = time.monotonic()
        names = bases(self.task.dockerfile)
        for name in names:
            if await self.box.has_image(name):
                continue
            ended = await self.box.pull(name, on_line=self._lines(Step.BASES), limit_s=self._left(PULL_S))
            if ended.ok:
                continue
            if missing_image(ended.tail):
                line = next((stage.line for stage in self.task.dockerfile.external_bases() if stage.base == name), None)
                self._fact(Step.BASES, Outcome.FAILED, f"the registry has no image {name}", "proof_base_missing", line)
            else:
                why = "it took too long" if ended.timed_out else not_ours(ended.tail) or last_words(ended)
                self._fact(Step.BASES, Outcome.NOT_CHECKED, f"the base image {name} could not be had here: {why}")
            raise Ended
        self._fact(Step.BASES, Outcome.PASSED, f"{', '.join(names) or 'none needed'}", seconds=time.monotonic() - began)

    async def _build(self) -> tuple[str, ImageFacts]:
        self._begin(Step.BUILD)
        began = time.monotonic()
        tag = f"localhost/{self.box.name('image')}:proof" if self.box.engine.kind == "podman" else f"{self.box.name('image')}:proof"
        context = self.box.context / self.task.context if self.task.context else self.box.context
        order = BuildOrder(
            context=str(context),
            dockerfile=str(self.box.context / self.task.path),
            tag=tag,
            ignorefile=str(self.box.context / self.task.ignorefile) if self.task.ignorefile else None,
            mounts=self.mounts,
        )
        ended = await self.box.build(order, on_line=self._lines(Step.BUILD), limit_s=self._left())
        took = time.monotonic() - began
        if not ended.ok:
            said = tuple(self._clean(line) for line in ended.tail)
            self.proof = replace(self.proof, log=said[-LOG_LINES:])
            where = f" at {failed_step(said)}" if failed_step(said) else ""
            if ended.timed_out:
                self._fact(
                    Step.BUILD, Outcome.NOT_CHECKED, f"the build was not done when the time was up, after {took:.0f} s", seconds=took
                )
            elif why := not_ours(said):
                self._fact(Step.BUILD, Outcome.NOT_CHECKED, f"the build stopped{where}: {why} ({telling_line(said)})", seconds=took)
            else:
                line = self._line_of(failed_step(said))
                self._fact(Step.BUILD, Outcome.FAILED, f"the build fails{where}: {telling_line(said)}", "proof_build", line, took)
            raise Ended
        facts = await self.box.inspect_image(tag)
        self.proof = replace(self.proof, built=True, build_seconds=took, size=facts.size, layers=facts.layers)
        self._fact(Step.BUILD, Outcome.PASSED, f"built in {took:.1f} s: {facts.size / 1e6:.0f} MB in {facts.layers} layers", seconds=took)
        return tag, facts

    async def _services(self) -> None:
        if not self.needs.backings:
            return
        self._begin(Step.SERVICES)
        try:
            self._network, self._hosts = await start_backings(self.box, self.needs.backings, self._lines(Step.SERVICES), self._left)
        except NotStarted as error:
            self._missing = (*self._missing, *(backing.name for backing in self.needs.backings))
            self._network, self._hosts = "none", ()
            self._fact(Step.SERVICES, Outcome.NOT_CHECKED, str(error))
            return
        names = tuple(backing.name for backing in self.needs.backings)
        self.proof = replace(self.proof, services=names)
        self._fact(Step.SERVICES, Outcome.PASSED, f"{', '.join(names)} answer on a network without a way out")

    async def _start(self, tag: str, facts: ImageFacts) -> Running:
        self._begin(Step.START)
        container = await self.box.create(self._launch(tag))
        began = time.monotonic()
        try:
            await self.box.start(container)
        except EngineFailed as error:
            self._fact(Step.START, Outcome.FAILED, f"the container does not start: {error.message}", "proof_start", self.task.start_line)
            raise Ended from error
        running = Running(container, (await self.box.state(container)).pid, began)
        opened, ports = await self._wait_for_port(running)
        if not await self.box.alive(container, running.pid):
            await self._died(running)
        took = (opened or time.monotonic()) - began
        where = "without a network" if self._network == "none" else f"with {', '.join(self.proof.services)}"
        given = f"; made-up values for {', '.join(self.needs.made_up)}" if self.needs.made_up else ""
        ready = opened is not None or not self.task.serves
        self.proof = replace(self.proof, started=True, listening=ports, start_seconds=took if ready else None)
        if not ready:
            self._unready(Step.START, f"nothing listens {READY_S:.0f} s after the start", "proof_start", self.task.start_line)
        else:
            self._fact(Step.START, Outcome.PASSED, f"runs {where}, ready after {took:.2f} s{given}", seconds=took)
        return running

    async def _wait_for_port(self, running: Running) -> tuple[float | None, tuple[int, ...]]:
        """Wait until the expected port is open; return when the first port opened and what listens in the end."""
        give_up = time.monotonic() + self._left(READY_S if self.task.serves else SETTLE_S)
        first: float | None = None
        ports: tuple[int, ...] = ()
        while time.monotonic() < give_up:
            found = await self.box.listening(running.container, running.pid)
            ports = tuple(entry.port for entry in found or ())
            now = time.monotonic()
            if ports and first is None:
                first = now
            wanted = self.task.port in ports if self.task.port is not None else bool(ports)
            if self.task.serves and first is not None and (wanted or now - first > SETTLE_S):
                break
            if not await self.box.alive(running.container, running.pid):
                break
            await asyncio.sleep(_POLL_S if not self.box.engine.remote else 10 * _POLL_S)
        return first, ports

    async def _died(self, running: Running, step: Step = Step.START) -> None:
        """Record that the process ended by itself and end the proof; only a job may, with exit status 0."""
        state = await self.box.state(running.container)
        log = await self._log(running)
        done = self.task.component is not None and self.task.component.role is Role.JOB and state.exit_code == 0
        if done:
            self.proof = replace(self.proof, started=True)
            self._fact(step, Outcome.PASSED, "ran to its end with exit status 0")
            raise Ended
        why = "it was killed for using too much memory" if state.out_of_memory else telling_line(log)
        if step is Step.START:
            text, rule = f"the process ended with exit status {state.exit_code}: {why}", "proof_start"
        else:
            lived = f"{time.monotonic() - running.began:.1f} s after its start"
            text, rule = f"the process ended by itself within {lived}, with exit status {state.exit_code}: {why}", "proof_stay"
        self.proof = replace(self.proof, started=False)
        if host := outside_host(log):
            self.proof = replace(self.proof, unsettled=True)
            self._fact(step, Outcome.NOT_CHECKED, f"it asks {host} as it starts, and a proof has no way out: {text}")
            raise Ended
        self._unready(step, text, rule, self.task.start_line)
        raise Ended

    async def _health(self, running: Running, facts: ImageFacts) -> None:
        if not facts.has_health_check:
            self._fact(Step.HEALTH, Outcome.NOT_CHECKED, "the image has no health check")
            return
        self._begin(Step.HEALTH)
        give_up = max(running.began + READY_S, time.monotonic() + HEALTH_LEAST_S)
        healthy = False
        while not healthy and time.monotonic() < min(give_up, self.deadline):
            healthy = await self.box.check_health(running.container)
            if not healthy:
                if not await self.box.alive(running.container, running.pid):
                    await self._died(running)
                await asyncio.sleep(10 * _POLL_S)
        took = time.monotonic() - running.began
        state = await self.box.state(running.container)
        self.proof = replace(self.proof, healthy=healthy, healthy_seconds=took if healthy else None)
        if healthy:
            self._fact(Step.HEALTH, Outcome.PASSED, f"{self.box.engine.label} reports it {state.health or 'healthy'} after {took:.2f} s")
        else:
            word = f" ({self.box.engine.label} reports {state.health})" if state.health else ""
            word += f": {telling_line(state.health_said.splitlines())}" if state.health_said.strip() else ""
            self._unready(Step.HEALTH, f"its health check did not succeed within {took:.0f} s{word}", "proof_health", self.task.health_line)

    async def _port(self, running: Running) -> None:
        if not self.task.serves:
            return
        self._begin(Step.PORT)
        found = await self.box.listening(running.container, running.pid)
        if found is None:
            self._fact(Step.PORT, Outcome.NOT_CHECKED, "neither this machine nor a tool in the image can tell what listens")
            return
        ports = tuple(entry.port for entry in found)
        self.proof = replace(self.proof, listening=ports)
        said = ", ".join(map(str, ports)) or "no port"
        line = self.task.exposed_line or self.task.start_line
        if self.task.exposed and not set(self.task.exposed) & set(ports):
            wanted = ", ".join(map(str, self.task.exposed))
            self._unready(Step.PORT, f"the image listens on {said}, {self.task.path} exposes {wanted}", "proof_port", line)
            return
        if self.task.port is not None and self.task.port not in ports:
            text = f"the image listens on {said}; expected was {self.task.port} ({self.task.port_why})"
            self._unready(Step.PORT, text, "proof_port", line)
            return
        port = self.task.port or (ports[0] if ports else None)
        if port is None:
            return
        if not next((entry.open for entry in found if entry.port == port), True):
            text = f"port {port} listens on 127.0.0.1 only, so nobody outside the container reaches it"
            self._fact(Step.PORT, Outcome.FAILED, text, "proof_loopback", self.task.start_line)
            return
        reply = await self._ask(running, port)
        if reply is None:
            self._fact(Step.PORT, Outcome.NOT_CHECKED, f"port {port} is open, and nothing here or in the image could ask it")
        elif reply.status is None and self.task.speaks_http and reply.said not in _NEARLY_HTTP:
            self._unready(Step.PORT, f"port {port} takes connections and does not answer HTTP: {reply.said}", "proof_http", line)
        elif reply.status is None:
            self._fact(Step.PORT, Outcome.PASSED, f"port {port} is open and speaks something other than HTTP/1.1: {reply.said}")
        else:
            self.proof = replace(self.proof, status=reply.status, asked=f":{port}{self.task.health}")
            text = f"port {port} answers {reply.status} to {self.task.health} ({reply.how})"
            if reply.status >= 500:
                self._unready(Step.PORT, text, "proof_answer", self.task.start_line)
            else:
                self._fact(Step.PORT, Outcome.PASSED, text)

    async def _user(self, running: Running) -> None:
        user = await self.box.user(running.container, running.pid)
        self.proof = replace(self.proof, user=user, written=(await self.box.changed_files(running.container))[:50])
        if user is None:
            self._fact(Step.USER, Outcome.NOT_CHECKED, "neither this machine nor a tool in the image can tell the user")
        elif user == 0:
            self._fact(Step.USER, Outcome.FAILED, "the first process runs as root (uid 0)", "proof_root", self.task.user_line)
        else:
            self._fact(Step.USER, Outcome.PASSED, f"the first process runs as uid {user}")

    async def _stay(self, running: Running) -> None:
        """Watch it a little longer and ask again: what answered once may have been about to end."""
        self._begin(Step.STAY)
        until = time.monotonic() + self._left(STAY_S)
        while time.monotonic() < until:
            if not await self.box.alive(running.container, running.pid):
                await self._died(running, Step.STAY)
            await asyncio.sleep(5 * _POLL_S)
        again = ""
        if self.proof.status is not None:
            port = int(self.proof.asked.removeprefix(":").partition("/")[0])
            reply = await self._ask(running, port)
            if not await self.box.alive(running.container, running.pid):
                await self._died(running, Step.STAY)
            status = reply.status if reply is not None else None
            if status is None or (status >= 500 > self.proof.status):
                said = (
                    f"answers {status}" if status is not None else f"does not answer any more: {reply.said if reply else 'nobody is there'}"
                )
                text = f"port {port} answered {self.proof.status} at first and {said} {STAY_S:.0f} s later"
                self._unready(Step.STAY, text, "proof_stay", self.task.start_line)
                return
            again = f" and its port answers {status} again"
        self._fact(Step.STAY, Outcome.PASSED, f"still runs {time.monotonic() - running.began:.1f} s after its start{again}")

    async def _ask(self, running: Running, port: int) -> Reply | None:
        """Ask a port, once more where it took the connection and answered nothing in HTTP though it should."""
        reply = await self.box.ask(running.container, running.pid, port, self.task.health)
        for _ in range(ASKS - 1):
            if reply is None or reply.status is not None or reply.said in _NEARLY_HTTP or not self.task.speaks_http:
                break
            if not await self.box.alive(running.container, running.pid):
                break
            await asyncio.sleep(10 * _POLL_S)
            reply = await self.box.ask(running.container, running.pid, port, self.task.health)
        return reply

    async def _stop(self, running: Running) -> None:
        self._begin(Step.STOP)
        if not await self.box.alive(running.container, running.pid):
            await self._died(running, Step.STOP)
        await self._log(running)
        began = time.monotonic()
        await self.box.stop(running.container, GRACE_S)
        took = time.monotonic() - began
        state = await self.box.state(running.container)
        cleanly = state.exit_code != 137 and took < GRACE_S
        self.proof = replace(self.proof, stop_seconds=took, stopped_cleanly=cleanly)
        if cleanly:
            self._fact(Step.STOP, Outcome.PASSED, f"stops on its signal in {took:.1f} s (exit status {state.exit_code})", seconds=took)
        else:
            text = f"does not stop on its signal and had to be killed after {GRACE_S} s"
            self._fact(Step.STOP, Outcome.FAILED, text, "proof_stop", self.task.start_line, took)
        await self.box.remove(running.container)

    async def _read_only(self, tag: str, facts: ImageFacts) -> None:
        if self.proof.healthy is False or (self.task.serves and not self.proof.listening):
            return
        self._begin(Step.READ_ONLY)
        began = time.monotonic()
        container = await self.box.create(replace(self._launch(tag), read_only=True, writable=self.needs.writable))
        try:
            await self.box.start(container)
            running = Running(container, (await self.box.state(container)).pid, time.monotonic())
            opened, _ = await self._wait_for_port(running)
            good = (opened is not None or not self.task.serves) and await self.box.alive(container, running.pid)
            while good and facts.has_health_check and not (healthy := await self.box.check_health(container)):
                good = time.monotonic() < min(running.began + READY_S / 2, self.deadline)
                await asyncio.sleep(10 * _POLL_S)
            good = good and (not facts.has_health_check or healthy)
            if good:
                await asyncio.sleep(self._left(STAY_S))
                good = await self.box.alive(container, running.pid)
        except EngineFailed:
            good = False
        log = await self.box.logs(container, LOG_LINES)
        await self.box.remove(container)
        self.proof = replace(self.proof, read_only=good)
        took = time.monotonic() - began
        besides = f" besides /tmp and {', '.join(self.needs.writable)}" if self.needs.writable else " besides /tmp"
        if good:
            self._fact(Step.READ_ONLY, Outcome.PASSED, f"works when nothing{besides} can be written", seconds=took)
        else:
            wrote = f"; it writes {', '.join(self.proof.written[:5])}" if self.proof.written else ""
            text = f"does not work when nothing{besides} can be written{wrote} ({telling_line([self._clean(line) for line in log])})"
            self._fact(Step.READ_ONLY, Outcome.FAILED, text, "proof_read_only", self.task.start_line, took)

    def _launch(self, tag: str) -> Launch:
        return Launch(
            image=tag,
            name=self.box.name("container"),
            network=self._network,
            environment=self.needs.environment,
            hosts=self._hosts,
            life_s=int(max(60, self._left() + 60)),
        )
