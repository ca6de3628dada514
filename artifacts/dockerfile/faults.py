"""What a builder would refuse in a Dockerfile: checks of one instruction and of the whole structure."""

from __future__ import annotations

import difflib
import re

from artifacts.dockerfile.model import Dockerfile, Fault, Instruction
from artifacts.dockerfile.words import split_words

KNOWN_OPS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL"}
    | {"STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_FLAGS: dict[str, frozenset[str]] = {
    "FROM": frozenset({"platform"}),
    "COPY": frozenset({"from", "chown", "chmod", "link", "parents", "exclude"}),
    "ADD": frozenset({"keep-git-dir", "checksum", "chown", "chmod", "link", "exclude", "unpack"}),
    "RUN": frozenset({"mount", "network", "security", "device"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "start-interval", "retries"}),
}
_STAGE_NAME = re.compile(r"^[a-z][a-z0-9_.-]*$")
_PORT = re.compile(r"^(?:[\d.]*:)*(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?$", re.IGNORECASE)
_DURATION = re.compile(r"^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$|^0$")
_ENV_NAME = re.compile(r"^[^\s=]+$")


def instruction_faults(instruction: Instruction) -> list[Fault]:
    """Return what is wrong with this instruction by itself."""
    op, line = instruction.op, instruction.line
    if op not in KNOWN_OPS:
        near = difflib.get_close_matches(op[:20], sorted(KNOWN_OPS), n=1)
        return [Fault(line, f"{op[:30]!r} is not an instruction" + (f"; {near[0]} was perhaps meant" if near else ""))]
    if not instruction.rest and not instruction.heredocs:
        return [Fault(line, f"{op} needs at least one argument")]
    allowed = _FLAGS.get(op, frozenset())
    for name, _ in instruction.flags:
        if name not in allowed and op != "ONBUILD":
            return [Fault(line, f"{op} does not know the flag --{name[:40]}")]
    check = _CHECKS.get(op)
    message = check(instruction) if check else None
    return [Fault(line, message)] if message else []


def structure_faults(dockerfile: Dockerfile) -> list[Fault]:
    """Return what is wrong with the file as a whole: no stage, copies from a stage that is not there yet."""
    if not dockerfile.stages:
        return [Fault(1, "there is no FROM, so there is nothing to build from")]
    faults: list[Fault] = []
    for stage in dockerfile.stages:
        if not stage.base:
            faults.append(Fault(stage.line, f"the base image {stage.raw_base[:60]!r} is empty once its ARGs are filled in"))
        for copy in stage.of("COPY"):
            source = copy.flag("from")
            if source is None or "$" in source:
                continue
            if source.isdigit() and len(source) < 6 and int(source) >= stage.index:
                faults.append(Fault(copy.line, f"COPY --from={source} names a stage that is not defined before this one"))
            elif stage.name is not None and source.lower() == stage.name.lower() and not dockerfile.stage(source, before=stage.index):
                faults.append(Fault(copy.line, f"COPY --from={source} names its own stage"))
            elif dockerfile.stage(source) is not None and dockerfile.stage(source, before=stage.index) is None:
                faults.append(Fault(copy.line, f"COPY --from={source} names a stage that is only defined later"))
    return faults


def _from(instruction: Instruction) -> str | None:
    words = instruction.words()
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].lower() != "as"):
        return "FROM takes an image, or an image, AS and a name"
    if len(words) == 3 and not _STAGE_NAME.match(words[2].lower()):
        return f"{words[2][:40]!r} is not a name for a stage; letters, digits, dot, dash and underscore are expected, a letter first"
    return None


def _copy(instruction: Instruction) -> str | None:
    if len(instruction.words()) < 2:
        return f"{instruction.op} needs a source and a destination"
    return None


def _env(instruction: Instruction) -> str | None:
    words = split_words(instruction.rest, instruction.escape)
    if "=" not in words[0]:
        return None if len(words) > 1 else f"{instruction.op} {words[0][:40]} has no value"
    for word in words:
        name, sign, _ = word.partition("=")
        if not sign:
            return f"{instruction.op} has the word {word[:40]!r} without an equals sign; a value with blanks needs quotes"
        if not _ENV_NAME.match(name):
            return f"{instruction.op} has an empty name"
    return None


def _arg(instruction: Instruction) -> str | None:
    for word in split_words(instruction.rest, instruction.escape):
        if word.startswith("="):
            return "ARG has an empty name"
    return None


def _expose(instruction: Instruction) -> str | None:
    for word in instruction.words():
        if "$" in word:
            continue
        match = _PORT.match(word)
        if match is None:
            return f"EXPOSE {word[:40]!r} is not a port; a number with /tcp or /udp is expected"
        first, last = int(match[1]), int(match[2] or match[1])
        if not (0 < first <= 65535 and first <= last <= 65535):
            return f"EXPOSE {word[:40]} is outside 1 to 65535"
    return None


def _healthcheck(instruction: Instruction) -> str | None:
    kind = instruction.rest.split(None, 1)[0].upper()
    if kind == "NONE":
        return None
    if kind != "CMD":
        return f"HEALTHCHECK takes CMD or NONE, not {kind[:30]!r}"
    if len(instruction.rest.split(None, 1)) < 2:
        return "HEALTHCHECK CMD has no command"
    for name, value in instruction.flags:
        if "$" in value:
            continue
        if name == "retries":
            if not value.isdigit():
                return f"--retries={value[:20]} is not a number"
        elif not _DURATION.match(value):
            return f"--{name}={value[:20]} is not a duration such as 30s"
    return None


def _shell(instruction: Instruction) -> str | None:
    return None if instruction.argv else 'SHELL needs a JSON array such as ["/bin/bash", "-c"]'


def _onbuild(instruction: Instruction) -> str | None:
    inner = instruction.rest.split(None, 1)[0].upper()
    if inner in ("FROM", "ONBUILD", "MAINTAINER"):
        return f"ONBUILD {inner} is not allowed"
    return None if inner in KNOWN_OPS else f"ONBUILD {inner[:30]!r} is not an instruction"


_CHECKS = {
    "FROM": _from,
    "COPY": _copy,
    "ADD": _copy,
    "ENV": _env,
    "LABEL": _env,
    "ARG": _arg,
    "EXPOSE": _expose,
    "HEALTHCHECK": _healthcheck,
    "SHELL": _shell,
    "ONBUILD": _onbuild,
}
