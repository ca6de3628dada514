"""One decision carried from one Dockerfile to another, the rest of the text left as it was."""

from __future__ import annotations

import re
from collections.abc import Callable

from artifacts.dockerfile.decisions import listening_ports, port_variables
from artifacts.dockerfile.health import understand_probe
from artifacts.dockerfile.image import Image, image_of
from artifacts.dockerfile.installs import SYSTEM_MANAGERS, installs, run_commands
from artifacts.dockerfile.model import Dockerfile, Instruction, Stage
from artifacts.dockerfile.reader import read_dockerfile
from artifacts.errors import DecisionNotTakeable
from artifacts.images import family_of, reference, runtime_of
from artifacts.records import Artifact, Decision

_USER_TOOLS = frozenset({"useradd", "adduser", "groupadd", "addgroup", "usermod", "mkdir", "chown", "install", "set", "id", "true"})
_USER_MAKERS = frozenset({"useradd", "adduser"})


class _Side:
    """One of the two files: its text in lines and what was read from it."""

    def __init__(self, artifact: Artifact):
        self.path = artifact.path
        self.lines = artifact.content.replace("\r\n", "\n").split("\n")
        self.dockerfile: Dockerfile = read_dockerfile(artifact.content)
        image = image_of(self.dockerfile)
        if image is None:
            raise DecisionNotTakeable(f"{artifact.path} has no stage.")
        self.image: Image = image
        self.edits: list[tuple[int, int, list[str]]] = []

    def source(self, instruction: Instruction) -> list[str]:
        """Return an instruction's lines as written."""
        return self.lines[instruction.line - 1 : instruction.end_line]

    def replace(self, instruction: Instruction, lines: list[str]) -> None:
        """Put other lines in an instruction's place; none removes it."""
        self.edits.append((instruction.line - 1, instruction.end_line, lines))

    def insert(self, line: int, lines: list[str]) -> None:
        """Put lines in front of a 1-based line."""
        self.edits.append((line - 1, line - 1, lines))

    def text(self) -> str:
        """Return the text with the edits made."""
        lines = list(self.lines)
        for start, end, new in sorted(self.edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
            lines[start:end] = new
        return "\n".join(lines)

    def before_start(self) -> int:
        """Return the line in front of which configuration belongs: the first CMD, ENTRYPOINT or HEALTHCHECK of the last stage."""
        stage = self.image.stage
        tail = stage.of("CMD", "ENTRYPOINT", "HEALTHCHECK")
        if tail:
            return tail[0].line
        last = stage.instructions[-1] if stage.instructions else stage.origin
        return last.end_line + 1

    def in_chain(self, *ops: str) -> list[Instruction]:
        """Return the instructions of these kinds that shape the final image."""
        return [instruction for stage in self.image.chain for instruction in stage.of(*ops)]


def take_from_dockerfile(artifact: Artifact, decision: Decision, donor: Artifact) -> str:
    """Return the artifact's text with the donor's value of this decision. Raises DecisionNotTakeable."""
    taker = _TAKERS.get(decision.name)
    if taker is None:
        raise DecisionNotTakeable(f"{decision.name} shapes the whole file and cannot be taken alone; take the whole {donor.path} instead.")
    ours, theirs = _Side(artifact), _Side(donor)
    if ours.dockerfile.escape != theirs.dockerfile.escape:
        raise DecisionNotTakeable("The two files use different escape characters; take the whole file instead.")
    return taker(ours, theirs, decision)


def _base_image(ours: _Side, theirs: _Side, decision: Decision) -> str:
    _set_base(ours, ours.image.chain[0], theirs.image.root, {stage.index for stage in ours.image.chain})
    return ours.text()


def _build_image(ours: _Side, theirs: _Side, decision: Decision) -> str:
    sides = []
    for side in (ours, theirs):
        chain = {stage.index for stage in side.image.chain}
        sides.append([stage for stage in side.dockerfile.external_bases() if stage.index not in chain])
    if len(sides[0]) != 1 or len(sides[1]) != 1:
        raise DecisionNotTakeable("The build stages of the two files do not correspond one to one; take the whole file instead.")
    stage = sides[0][0]
    _set_base(ours, stage, sides[1][0].base, {stage.index})
    return ours.text()


def _set_base(side: _Side, stage: Stage, base: str, indexes: set[int]) -> None:
    """Change a FROM, unless the stages on it install packages in a way the new image does not know."""
    old, new = family_of(stage.base), family_of(base)
    stages = [candidate for candidate in side.dockerfile.stages if candidate.index in indexes]
    runs = [run for candidate in stages for run in candidate.of("RUN")]
    if new == "none" and runs:
        raise DecisionNotTakeable(f"{base} has no shell, and {side.path} runs commands in that stage (line {runs[0].line}).")
    if old != new:
        for run in runs:
            for command in run_commands(run):
                if command[0] in SYSTEM_MANAGERS | {"useradd", "adduser", "groupadd", "addgroup"}:
                    message = f"line {run.line} uses {command[0]}, which is made for {stage.base} and may be missing in {base}"
                    raise DecisionNotTakeable(f"{side.path}: {message}; take the whole file instead.")
    lines = side.source(stage.origin)
    changed = [line.replace(stage.raw_base, base, 1) if stage.raw_base in line else line for line in lines]
    if changed == lines:
        raise DecisionNotTakeable(f"The base image on line {stage.line} of {side.path} could not be found in its text.")
    side.replace(stage.origin, changed)


def _runtime(ours: _Side, theirs: _Side, decision: Decision) -> str:
    """Change the version in the tags of every stage of this runtime."""
    name, _, version = decision.value.partition(" ")
    touched = False
    for stage in ours.dockerfile.external_bases():
        found = runtime_of(stage.base)
        if found is None or found[0] != name or not found[1] or not version:
            continue
        ref = reference(stage.base)
        if ref.digest or not ref.tag.startswith(found[1]):
            raise DecisionNotTakeable(f"{stage.base} on line {stage.line} is not named by its version; take the whole file instead.")
        new = f"{ref.repository}:{version}{ref.tag[len(found[1]) :]}"
        ours.replace(stage.origin, [line.replace(stage.raw_base, new, 1) for line in ours.source(stage.origin)])
        touched = True
    if not touched:
        raise DecisionNotTakeable(f"{ours.path} has no stage with {name or 'that runtime'}; take the whole file instead.")
    return ours.text()


def _port(ours: _Side, theirs: _Side, decision: Decision) -> str:
    """Change the port wherever the final image names it: EXPOSE, variables, start command, health check."""
    old, new = listening_ports(ours.image), listening_ports(theirs.image)
    if len(new) != 1 or len(old) > 1:
        raise DecisionNotTakeable("The port can be taken alone only where each file has exactly one; take the whole file instead.")
    if not old:
        ours.insert(ours.before_start(), [f"EXPOSE {new[0]}"])
        return ours.text()
    pattern = re.compile(rf"(?<![\d.]){old[0]}(?![\d.])")
    for instruction in ours.in_chain("EXPOSE", "ENV", "ARG", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
        lines = ours.source(instruction)
        if any(pattern.search(line) for line in lines):
            ours.replace(instruction, [pattern.sub(str(new[0]), line) for line in lines])
    for argument in ours.dockerfile.global_args:
        if pattern.search(argument.rest):
            ours.replace(argument, [pattern.sub(str(new[0]), line) for line in ours.source(argument)])
    return ours.text()


def _user(ours: _Side, theirs: _Side, decision: Decision) -> str:
    for instruction in ours.in_chain("USER"):
        ours.replace(instruction, [])
    if decision.value == "root":
        return ours.text()
    users = theirs.in_chain("USER")
    if not users:
        raise DecisionNotTakeable(f"{theirs.path} is not root because of its base image {theirs.image.root}; take base_image instead.")
    name = (theirs.image.user or "").split(":")[0]
    makers = [run for run in theirs.in_chain("RUN") if any(command[0] in _USER_MAKERS for command in run_commands(run))]
    lines: list[str] = []
    if makers and not name.isdigit():
        if any(command[0] not in _USER_TOOLS for maker in makers for command in run_commands(maker)):
            raise DecisionNotTakeable(f"Line {makers[0].line} of {theirs.path} makes the user {name} together with other work.")
        if family_of(ours.image.root) != family_of(theirs.image.root):
            raise DecisionNotTakeable(
                f"{theirs.path} makes its user in a way that {ours.image.root} may not know; take the whole file instead."
            )
        lines = [line for maker in makers for line in theirs.source(maker)]
    elif not name.isdigit() and reference(ours.image.root).repository != reference(theirs.image.root).repository:
        raise DecisionNotTakeable(f"The user {name} comes with {theirs.image.root}, which {ours.path} does not use.")
    ours.insert(ours.before_start(), [*lines, *theirs.source(users[-1])])
    return ours.text()


def _workdir(ours: _Side, theirs: _Side, decision: Decision) -> str:
    old, new = ours.image.workdir, theirs.image.workdir
    if not new:
        raise DecisionNotTakeable(f"{theirs.path} sets no working directory.")
    if not old or old == "/":
        first = ours.image.stage.instructions[0].line if ours.image.stage.instructions else ours.image.stage.origin.end_line + 1
        ours.insert(first, [f"WORKDIR {new}"])
        return ours.text()
    pattern = re.compile(rf"(?<![\w.@-]){re.escape(old)}(?![\w.-])")
    return "\n".join(line if line.lstrip().startswith("#") else pattern.sub(lambda _: new, line) for line in ours.lines)


def _health_check(ours: _Side, theirs: _Side, decision: Decision) -> str:
    health = theirs.image.health
    if health is not None:
        words = health.argv if health.argv is not None else tuple(health.rest.split()[1:])
        tool = next((word for word in ("curl", "wget") if word in words[:4]), None)
        if tool is not None and _installs(theirs, tool) and not _installs(ours, tool):
            raise DecisionNotTakeable(f"That health check needs {tool}, which {theirs.path} installs and {ours.path} does not.")
    replaced = _swap(ours, theirs, ("HEALTHCHECK",))
    probe = understand_probe(health.words() if health and health.argv else (health.rest.split() if health else ()), theirs.image.values)
    ports = listening_ports(ours.image)
    if probe.port is not None and len(ports) == 1 and probe.port != ports[0] and probe.port in listening_ports(theirs.image):
        pattern = re.compile(rf"(?<![\d.]){probe.port}(?![\d.])")
        return "\n".join(pattern.sub(str(ports[0]), line) if _in_health(line) else line for line in replaced.split("\n"))
    return replaced


def _in_health(line: str) -> bool:
    return "HEALTHCHECK" in line or "http" in line


def _installs(side: _Side, package: str) -> bool:
    chain = {stage.index for stage in side.image.chain}
    return any(package in install.packages for install in installs(side.dockerfile) if install.stage.index in chain)


def _start(ours: _Side, theirs: _Side, decision: Decision) -> str:
    if not theirs.image.command:
        raise DecisionNotTakeable(f"{theirs.path} sets no start command; it keeps that of its base image.")
    return _swap(ours, theirs, ("ENTRYPOINT", "CMD"))


def _swap(ours: _Side, theirs: _Side, ops: tuple[str, ...]) -> str:
    """Put the donor's instructions of these kinds in the place of ours."""
    mine = ours.in_chain(*ops)
    lines = [line for instruction in theirs.in_chain(*ops) for line in theirs.source(instruction)]
    if ops == ("HEALTHCHECK",) and theirs.image.health is None:
        lines = []
    for instruction in mine[1:]:
        ours.replace(instruction, [])
    if mine:
        ours.replace(mine[0], lines)
    elif lines:
        ours.insert(ours.before_start(), lines)
    return ours.text()


def _environment(ours: _Side, theirs: _Side, decision: Decision) -> str:
    names = ours.image.env.keys() | theirs.image.env.keys()
    differing = sorted(name for name in names - {"PATH"} if ours.image.env.get(name) != theirs.image.env.get(name))
    ports = port_variables(ours.image).keys() | port_variables(theirs.image).keys()
    if clash := ports & set(differing):
        raise DecisionNotTakeable(f"{sorted(clash)[0]} sets the port; take the decision `port` instead.")
    extra = [name for name in differing if name not in theirs.image.env]
    for instruction in ours.in_chain("ENV"):
        pairs = instruction.pairs()
        kept = [f"{name}={value}" for name, value in pairs if name not in extra]
        if len(kept) != len(pairs):
            ours.replace(instruction, [f"ENV {' '.join(kept)}"] if kept else [])
    added = [f"ENV {name}={_quoted(theirs.image.env[name])}" for name in differing if name in theirs.image.env]
    if added:
        ours.insert(ours.before_start(), added)
    return ours.text()


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def _system_packages(ours: _Side, theirs: _Side, decision: Decision) -> str:
    """Exchange the one RUN that installs packages, where it does nothing else."""
    found = []
    for side in (ours, theirs):
        chain = {stage.index for stage in side.image.chain}
        mine = [item for item in installs(side.dockerfile) if item.manager in SYSTEM_MANAGERS and item.stage.index in chain]
        runs = {item.instruction.line: item.instruction for item in mine}
        plain = all(command[0] in SYSTEM_MANAGERS | {"rm", "set"} for run in runs.values() for command in run_commands(run))
        if len(runs) > 1 or not plain:
            raise DecisionNotTakeable(f"{side.path} installs its packages together with other work; take the whole file instead.")
        found.append(list(runs.values()))
    (mine_runs, their_runs) = found
    if their_runs and family_of(ours.image.root) != family_of(theirs.image.root):
        raise DecisionNotTakeable(f"Packages of {theirs.image.root} are not those of {ours.image.root}; take the whole file instead.")
    lines = [line for run in their_runs for line in theirs.source(run)]
    if mine_runs:
        ours.replace(mine_runs[0], lines)
    else:
        ours.insert(ours.image.chain[0].origin.end_line + 1, lines)
    return ours.text()


_TAKERS: dict[str, Callable[[_Side, _Side, Decision], str]] = {
    "base_image": _base_image,
    "build_image": _build_image,
    "runtime": _runtime,
    "port": _port,
    "user": _user,
    "workdir": _workdir,
    "health_check": _health_check,
    "start": _start,
    "start_options": _start,
    "environment": _environment,
    "system_packages": _system_packages,
    "stop_signal": lambda ours, theirs, decision: _swap(ours, theirs, ("STOPSIGNAL",)),
    "volumes": lambda ours, theirs, decision: _swap(ours, theirs, ("VOLUME",)),
}
