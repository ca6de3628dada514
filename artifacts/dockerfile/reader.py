"""Dockerfile text to structure, by the rules of the BuildKit frontend; what it would refuse becomes a fault, never an exception.

Source of the grammar: the Dockerfile reference and the behaviour of moby/buildkit's parser (continuation, directives,
comments inside continued lines, here-documents, flags before arguments, JSON form).
"""

from __future__ import annotations

import json
import re

from artifacts.dockerfile.faults import KNOWN_OPS, instruction_faults, structure_faults
from artifacts.dockerfile.model import Dockerfile, Fault, Heredoc, Instruction, Stage
from artifacts.dockerfile.words import resolve, split_words, strip_quotes
from artifacts.keeping import keep, text_length

MAX_INPUT = 262_144
MAX_INSTRUCTIONS = 4000
MAX_STAGES = 200
_DIRECTIVE = re.compile(r"^#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$")
_HEREDOC = re.compile(r"^\d*<<(-?)([^<]+)$")
_HEREDOC_OPS = frozenset({"RUN", "COPY", "ADD"})
_JSON_OPS = frozenset({"RUN", "CMD", "ENTRYPOINT", "COPY", "ADD", "VOLUME", "SHELL"})
_FLAG = re.compile(r"^--([A-Za-z][A-Za-z0-9-]*)(?:=(.*))?$", re.DOTALL)


@keep(text_length)
def read_dockerfile(text: str) -> Dockerfile:
    """Read a Dockerfile. A text over 256 KiB is not read at all and gives one fault."""
    if len(text) > MAX_INPUT:
        return Dockerfile(faults=(Fault(1, f"the file has {len(text)} characters, more than the {MAX_INPUT} that are read"),))
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    directives, start, faults = _directives(lines)
    escape = next((value for name, value in directives if name == "escape"), "\\")
    if escape not in ("\\", "`"):
        faults.append(Fault(1, f"the escape directive names {escape[:20]!r}; a backslash or a backtick is expected"))
        escape = "\\"
    instructions = _instructions(lines, start, escape, faults)
    global_args, stages = _stages(instructions, escape, faults)
    dockerfile = Dockerfile(stages, global_args, tuple(directives), escape)
    faults += structure_faults(dockerfile)
    return Dockerfile(stages, global_args, tuple(directives), escape, tuple(sorted(faults, key=lambda fault: fault.line)))


def _directives(lines: list[str]) -> tuple[list[tuple[str, str]], int, list[Fault]]:
    """Read the parser directives at the very top; they end at the first line that is not one."""
    found: list[tuple[str, str]] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines):
        match = _DIRECTIVE.match(line.strip()) if len(line) < 500 else None
        if match is None or match[1].lower() not in ("syntax", "escape", "check"):
            return found, number, faults
        if any(name == match[1].lower() for name, _ in found):
            faults.append(Fault(number + 1, f"the directive {match[1].lower()} is given twice"))
        found.append((match[1].lower(), match[2]))
    return found, len(lines), faults


def _instructions(lines: list[str], start: int, escape: str, faults: list[Fault]) -> list[Instruction]:
    found: list[Instruction] = []
    index = start
    while index < len(lines):
        first = lines[index].strip()
        if not first or first.startswith("#"):
            index += 1
            continue
        if len(found) >= MAX_INSTRUCTIONS:
            faults.append(Fault(index + 1, f"the file has more than {MAX_INSTRUCTIONS} instructions; the rest is not read"))
            break
        begin = index
        text, index = _joined(lines, index, escape)
        instruction, index = _instruction(text, lines, begin, index, escape, faults)
        found.append(instruction)
    return found


def _joined(lines: list[str], index: int, escape: str) -> tuple[str, int]:
    """Join a line with its continuation lines; comments and blank lines between them are dropped."""
    pieces: list[str] = []
    while index < len(lines):
        line = lines[index]
        stripped = line.strip()
        if pieces and (not stripped or stripped.startswith("#")):
            index += 1
            continue
        index += 1
        body = line.rstrip(" \t")
        if body.endswith(escape) and not body.endswith(escape * 2):
            pieces.append(body[:-1])
            continue
        pieces.append(line)
        break
    return "".join(pieces).strip(), index


def _instruction(text: str, lines: list[str], begin: int, index: int, escape: str, faults: list[Fault]) -> tuple[Instruction, int]:
    line = begin + 1
    op, _, rest = _partition(text)
    op = op.upper()
    flags, rest = _flags(rest, escape) if op in KNOWN_OPS else ((), rest)
    inner = op
    if op == "ONBUILD":
        inner = _partition(rest)[0].upper()
    argv = _exec_form(op, rest)
    heredocs: list[Heredoc] = []
    if inner in _HEREDOC_OPS and argv is None and "<<" in rest:
        for name, expand, strip_tabs in _heredoc_names(rest, escape):
            body: list[str] = []
            closed = False
            while index < len(lines):
                current = lines[index].lstrip("\t") if strip_tabs else lines[index]
                index += 1
                if current == name:
                    closed = True
                    break
                body.append(current)
            if not closed:
                faults.append(Fault(line, f"the here-document {name[:40]} is not closed by a line that holds only {name[:40]}"))
            heredocs.append(Heredoc(name, "\n".join(body), expand, strip_tabs))
    instruction = Instruction(op, rest, line, max(index, line), flags, argv, tuple(heredocs), escape)
    faults.extend(instruction_faults(instruction))
    return instruction, index


def _partition(text: str) -> tuple[str, str, str]:
    parts = text.split(None, 1)
    return (parts[0] if parts else "", " ", parts[1].strip() if len(parts) > 1 else "")


def _flags(rest: str, escape: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Take the leading `--name=value` words off the arguments."""
    flags: list[tuple[str, str]] = []
    while rest.startswith("--"):
        end = _word_end(rest, escape)
        word = rest[:end]
        match = _FLAG.match(word)
        if match is None:
            if word == "--":
                rest = rest[end:].lstrip()
            break
        flags.append((match[1], strip_quotes(match[2] or "", escape)))
        rest = rest[end:].lstrip()
    return tuple(flags), rest


def _word_end(text: str, escape: str) -> int:
    quote = ""
    index = 0
    while index < len(text):
        char = text[index]
        if char == escape and quote != "'":
            index += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char.isspace():
            break
        index += 1
    return min(index, len(text))


def _exec_form(op: str, rest: str) -> tuple[str, ...] | None:
    """Read the JSON array of the exec form; anything else is shell form, as in the builder."""
    text = rest
    if op == "HEALTHCHECK":
        word, _, text = _partition(rest)
        if word.upper() != "CMD":
            return None
    elif op not in _JSON_OPS:
        return None
    if not text.startswith("[") or not text.endswith("]") or text.count("[") > 50:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def _heredoc_names(rest: str, escape: str) -> list[tuple[str, bool, bool]]:
    found: list[tuple[str, bool, bool]] = []
    for word in split_words(rest, escape):
        match = _HEREDOC.match(word)
        if match is None or len(found) >= 16:
            continue
        name = strip_quotes(match[2], escape)
        if name and len(split_words(match[2], escape)) == 1:
            found.append((name, name == match[2], bool(match[1])))
    return found


def _stages(instructions: list[Instruction], escape: str, faults: list[Fault]) -> tuple[tuple[Instruction, ...], tuple[Stage, ...]]:
    """Group the instructions by stage; base images are substituted from the ARGs before the first FROM."""
    global_args: list[Instruction] = []
    values: dict[str, str] = {"TARGETPLATFORM": "linux/amd64", "BUILDPLATFORM": "linux/amd64", "TARGETARCH": "amd64", "TARGETOS": "linux"}
    stages: list[tuple[Instruction, list[Instruction]]] = []
    for instruction in instructions:
        if instruction.op == "FROM" and len(stages) >= MAX_STAGES:
            faults.append(Fault(instruction.line, f"the file has more than {MAX_STAGES} stages; the rest is not read"))
            break
        if instruction.op == "FROM":
            stages.append((instruction, []))
        elif stages:
            stages[-1][1].append(instruction)
        elif instruction.op == "ARG":
            global_args.append(instruction)
            for name, value in instruction.pairs():
                if value is not None:
                    values[name] = resolve(value, values, escape=escape)
        elif instruction.op in KNOWN_OPS:
            faults.append(Fault(instruction.line, f"{instruction.op} stands before the first FROM; only ARG may"))
    result: list[Stage] = []
    for index, (origin, body) in enumerate(stages):
        words = origin.words()
        raw = words[0] if words else ""
        alias = words[2] if len(words) >= 3 and words[1].lower() == "as" else None
        result.append(Stage(index, resolve(raw, values, keep_unset=True, escape=escape), raw, alias, origin, tuple(body)))
    return tuple(global_args), tuple(result)
