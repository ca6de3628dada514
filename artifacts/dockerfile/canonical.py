"""A Dockerfile's canonical text: equal for files that build the same image by the same steps."""

from __future__ import annotations

import json
import re

from artifacts.dockerfile.installs import SYSTEM_MANAGERS
from artifacts.dockerfile.model import Dockerfile, Instruction
from artifacts.dockerfile.words import resolve, split_words
from artifacts.images import reference
from artifacts.shell import commands

_LAST_WINS = ("CMD", "ENTRYPOINT", "HEALTHCHECK", "STOPSIGNAL")
_UNORDERED = ("EXPOSE", "LABEL", "VOLUME", "MAINTAINER")


def canonical_dockerfile(dockerfile: Dockerfile) -> str:
    """Return the canonical text. Comments, case, blank lines, continuation, quoting, stage names, the order of labels, ports,
    variables set together and packages installed together do not show in it."""
    lines: list[str] = []
    for stage in dockerfile.stages:
        parent = dockerfile.stage(stage.base, before=stage.index)
        base = f"stage {parent.index}" if parent is not None else reference(stage.base).text
        platform = stage.origin.flag("platform")
        lines.append(f"FROM {base}" + (f" platform={platform}" if platform else ""))
        lines += _stage_lines(dockerfile, stage.instructions)
    return "\n".join(lines) + "\n"


def _stage_lines(dockerfile: Dockerfile, instructions: tuple[Instruction, ...]) -> list[str]:
    lines: list[str] = []
    tail: dict[str, set[str]] = {}
    group: list[str] = []
    for instruction in instructions:
        if instruction.op in ("ENV", "ARG"):
            names = instruction.pairs()
            group += [f"{instruction.op} {name}" + ("" if value is None else f"={_value(value)}") for name, value in names]
            continue
        lines += sorted(group)
        group = []
        if instruction.op in _LAST_WINS:
            tail[instruction.op] = {_line(dockerfile, instruction)}
        elif instruction.op in _UNORDERED:
            tail.setdefault(instruction.op, set()).update(_members(instruction))
        elif instruction.op == "WORKDIR":
            lines.append(f"WORKDIR {_value(instruction.rest).rstrip('/') or '/'}")
        else:
            lines.append(_line(dockerfile, instruction))
    lines += sorted(group)
    for op in (*_UNORDERED, *_LAST_WINS):
        lines += sorted(tail.get(op, ()))
    return lines


def _value(word: str) -> str:
    """Return a value without quotes, variables as written."""
    return resolve(word, {}, keep_unset=True)


def _members(instruction: Instruction) -> set[str]:
    if instruction.op == "LABEL":
        return {f"LABEL {name}={_value(value or '')}" for name, value in instruction.pairs()}
    if instruction.op == "EXPOSE":
        return {f"EXPOSE {word.lower().removesuffix('/tcp')}" for word in instruction.words()}
    return {f"{instruction.op} {word}" for word in instruction.words()}


def _line(dockerfile: Dockerfile, instruction: Instruction) -> str:
    flags = sorted(f"--{name}={_flag(dockerfile, name, value)}" for name, value in instruction.flags)
    op = instruction.op
    if op == "RUN":
        body = _script(instruction)
    elif op in ("COPY", "ADD"):
        sources = sorted(source.removeprefix("./") or "." for source in instruction.sources())
        body = " ".join([*sources, "->", instruction.destination()])
    elif instruction.argv is not None:
        body = ("CMD " if op == "HEALTHCHECK" else "") + json.dumps(list(instruction.argv), ensure_ascii=False)
    else:
        body = " ".join(split_words(instruction.rest))
    heredocs = [heredoc.body.strip() for heredoc in instruction.heredocs] if op != "RUN" else []
    return " ".join([op, *flags, body, *heredocs])


def _flag(dockerfile: Dockerfile, name: str, value: str) -> str:
    if name == "from":
        stage = dockerfile.stage(value)
        return f"stage {stage.index}" if stage is not None else reference(value).text
    if name == "mount":
        return ",".join(sorted(value.split(",")))
    return value


def _script(instruction: Instruction) -> str:
    """Return a RUN's text with single blanks; packages that are installed together are sorted."""
    if instruction.argv is not None:
        return json.dumps(list(instruction.argv), ensure_ascii=False)
    text = re.sub(r"\\\n", " ", instruction.script())
    text = re.sub(r"[ \t]+", " ", text).strip()
    for command in commands(text)[:50]:
        if command[0] in SYSTEM_MANAGERS and ("install" in command or "add" in command):
            text = _sorted_packages(text, command)
    return re.sub(r"\s*(&&|\|\||;)\s*", r" \1 ", text)


def _sorted_packages(text: str, command: tuple[str, ...]) -> str:
    verb = "install" if "install" in command else "add"
    head, tail = command[: command.index(verb) + 1], command[command.index(verb) + 1 :]
    written = " ".join(command)
    if written not in text:
        return text
    options = sorted(word for word in (*head[1:-1], *tail) if word.startswith("-"))
    if any(option in ("-t", "--virtual", "-o", "-c") for option in options):
        return text
    packages = sorted(word for word in tail if not word.startswith("-"))
    return text.replace(written, " ".join([head[0], verb, *options, *packages]), 1)
