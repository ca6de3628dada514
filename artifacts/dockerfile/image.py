"""What the image built from a Dockerfile's last stage would be: its base, environment, ports, user and command."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from artifacts.dockerfile.model import Dockerfile, Instruction, Stage
from artifacts.dockerfile.words import resolve, split_words, substitute

_PORT = re.compile(r"^(?:[\d.]*:)*(\d{1,5})(?:-(\d{1,5}))?(?:/(\w+))?$")
MAX_ENV = 1000
"""Variables that are kept; a file with more is hostile or broken, and each may hold MAX_EXPANDED characters."""


@dataclass(frozen=True, slots=True)
class Port:
    """An exposed port, its protocol and the line that exposes it."""

    number: int
    protocol: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """ENTRYPOINT or CMD. `argv` has variables filled in; in shell form it is the line's words."""

    argv: tuple[str, ...]
    exec_form: bool
    instruction: Instruction

    @property
    def line(self) -> int:
        """Return the line it starts on."""
        return self.instruction.line

    @property
    def text(self) -> str:
        """Return the command on one line."""
        return " ".join(self.argv)


@dataclass(frozen=True, slots=True)
class Image:
    """The image of one stage with all it inherits. `root` is the external image it starts from.

    `env` holds ENV only; `values` also ARGs, as an instruction at the end of the stage would see them.
    `user` and `workdir` are None where no instruction sets them, so the base image's value holds.
    """

    stage: Stage
    chain: tuple[Stage, ...]
    root: str
    env: Mapping[str, str]
    values: Mapping[str, str]
    ports: tuple[Port, ...] = ()
    user: str | None = None
    user_line: int | None = None
    workdir: str | None = None
    workdir_line: int | None = None
    entrypoint: Command | None = None
    cmd: Command | None = None
    health: Instruction | None = None
    stop_signal: str | None = None
    volumes: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """Return the whole command the container starts: entry point, then CMD."""
        first = self.entrypoint.argv if self.entrypoint else ()
        if self.entrypoint is not None and not self.entrypoint.exec_form:
            return first
        return first + (self.cmd.argv if self.cmd else ())

    @property
    def start_line(self) -> int | None:
        """Return the line that decides the command."""
        command = self.cmd or self.entrypoint
        return command.line if command else None

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Return every instruction that shapes this image, inherited stages first."""
        return tuple(instruction for stage in self.chain for instruction in stage.instructions)

    @property
    def runs_as_root(self) -> bool | None:
        """Tell whether the process is root: None where only the base image knows."""
        if self.user is None:
            return None
        return self.user.split(":")[0].strip() in ("root", "0", "")


def image_of(dockerfile: Dockerfile, target: str | None = None) -> Image | None:
    """Return the image of the last stage, or of the stage named `target`; None when there is no stage."""
    if not dockerfile.stages:
        return None
    stage = dockerfile.stage(target) if target is not None else dockerfile.stages[-1]
    if stage is None:
        return None
    chain = dockerfile.chain(stage)
    state = _State(dockerfile)
    for link in chain:
        state.enter()
        for instruction in link.instructions:
            state.apply(instruction)
    return Image(
        stage=stage,
        chain=chain,
        root=chain[0].base,
        env=MappingProxyType(dict(state.env)),
        values=MappingProxyType({**state.args, **state.env}),
        ports=tuple(state.ports),
        user=state.user,
        user_line=state.user_line,
        workdir=state.workdir,
        workdir_line=state.workdir_line,
        entrypoint=state.entrypoint,
        cmd=state.cmd,
        health=state.health,
        stop_signal=state.stop_signal,
        volumes=tuple(state.volumes),
    )


class _State:
    """The configuration of an image while its instructions are read one after the other."""

    def __init__(self, dockerfile: Dockerfile):
        self.escape = dockerfile.escape
        self.global_args: dict[str, str] = {}
        for instruction in dockerfile.global_args:
            for name, value in instruction.pairs()[:MAX_ENV]:
                if value is not None and len(self.global_args) < MAX_ENV:
                    self.global_args[name] = resolve(value, self.global_args, escape=self.escape)
        self.env: dict[str, str] = {}
        self.args: dict[str, str] = {}
        self.ports: list[Port] = []
        self.volumes: list[str] = []
        self.user: str | None = None
        self.user_line: int | None = None
        self.workdir: str | None = None
        self.workdir_line: int | None = None
        self.entrypoint: Command | None = None
        self.cmd: Command | None = None
        self.health: Instruction | None = None
        self.stop_signal: str | None = None
        self.cmd_is_inherited = False

    def enter(self) -> None:
        """Begin a stage: ARGs end with their stage, a CMD from before is inherited."""
        self.args = {}
        self.cmd_is_inherited = True

    def value(self, word: str) -> str:
        return resolve(word, ChainMap(self.env, self.args), escape=self.escape)

    def apply(self, instruction: Instruction) -> None:
        handler = getattr(self, f"_{instruction.op.lower()}", None)
        if handler is not None:
            handler(instruction)

    def _arg(self, instruction: Instruction) -> None:
        for name, value in instruction.pairs()[:MAX_ENV]:
            if value is not None and len(self.args) < MAX_ENV:
                self.args[name] = self.value(value)
            elif name in self.global_args:
                self.args[name] = self.global_args[name]

    def _env(self, instruction: Instruction) -> None:
        found = [(name, self.value(value or "")) for name, value in instruction.pairs()[:MAX_ENV]]
        self.env.update(found[: max(0, MAX_ENV - len(self.env))])

    def _expose(self, instruction: Instruction) -> None:
        for word in split_words(instruction.rest, self.escape)[:200]:
            match = _PORT.match(self.value(word))
            if match is None:
                continue
            first, last = int(match[1]), int(match[2] or match[1])
            for number in range(first, min(last, first + 100) + 1):
                port = Port(number, (match[3] or "tcp").lower(), instruction.line)
                if all((port.number, port.protocol) != (other.number, other.protocol) for other in self.ports) and len(self.ports) < 500:
                    self.ports.append(port)

    def _user(self, instruction: Instruction) -> None:
        # a variable set only in the base image (APP_UID) stays as written rather than becoming nothing, which would be root
        values = ChainMap(self.env, self.args)
        self.user, self.user_line = resolve(instruction.rest, values, keep_unset=True, escape=self.escape).strip(), instruction.line

    def _workdir(self, instruction: Instruction) -> None:
        path = self.value(instruction.rest).strip()
        if not path.startswith("/") and not re.match(r"^[A-Za-z]:", path):
            path = f"{(self.workdir or '/').rstrip('/')}/{path}"
        self.workdir, self.workdir_line = path[:1000], instruction.line

    def _cmd(self, instruction: Instruction) -> None:
        self.cmd = self._command(instruction)
        self.cmd_is_inherited = False

    def _entrypoint(self, instruction: Instruction) -> None:
        self.entrypoint = self._command(instruction)
        if self.cmd_is_inherited:
            self.cmd = None

    def _healthcheck(self, instruction: Instruction) -> None:
        self.health = None if instruction.rest.upper().startswith("NONE") else instruction

    def _stopsignal(self, instruction: Instruction) -> None:
        self.stop_signal = self.value(instruction.rest).strip()

    def _volume(self, instruction: Instruction) -> None:
        self.volumes.extend(self.value(word) for word in instruction.words()[:100])

    def _command(self, instruction: Instruction) -> Command:
        if instruction.argv is not None:
            return Command(instruction.argv, True, instruction)
        text = substitute(instruction.rest, ChainMap(self.env, self.args), keep_unset=True, escape=self.escape)
        return Command(tuple(resolve(word, {}, escape=self.escape) for word in split_words(text, self.escape)), False, instruction)
