"""The grammar of commands: a tool has templates, a template has the options and arguments it takes, and nothing else is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workspace.files import Workspace

# What names of images, resources, releases and services are made of; a value never begins with a dash.
NAME = r"[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,199}"
WORD = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"


class Kind(StrEnum):
    """What a value is; paths are relative, inside the workspace, followed without links, and no files of secrets."""

    TEXT = "text"
    FILE = "a file of the workspace"
    FOLDER = "a folder of the workspace"
    PATH = "a file or folder of the workspace"


@dataclass(frozen=True, slots=True)
class Value:
    """A value: of its kind, and for text an expression it must match in full; `meant` names it in a refusal."""

    kind: Kind = Kind.TEXT
    expression: str = NAME
    meant: str = "a plain name"


@dataclass(frozen=True, slots=True)
class Option:
    """An option by its names; without a value it stands alone. `joined` writes `-name=value`, the way some tools want it."""

    names: tuple[str, ...]
    value: Value | None = None
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """One thing a tool may be asked. `words` follow the program's name; `early` options may stand between them.

    `arguments` are the values after the options, the last one up to `most` times in all, the first `least` of them required.
    `always` is added to every call. One of `needs` must be given where it is not empty. `warns` is said before it is confirmed.
    """

    words: tuple[str, ...]
    about: str
    example: str
    options: tuple[Option, ...] = ()
    early: tuple[Option, ...] = ()
    arguments: tuple[Value, ...] = ()
    least: int = 0
    most: int = 0
    always: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    limit_s: float = 120.0
    warns: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program with its templates. `get` says how to install it; `passes` are the variables of ours it is given.

    `within` answers in this program instead of starting another one; it is given the workspace, the options and the arguments.
    """

    id: str
    label: str
    templates: tuple[Template, ...]
    get: str = ""
    passes: tuple[str, ...] = ()
    within: Callable[[Workspace, tuple[str, ...], tuple[str, ...]], str] | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A command that may be run: `argv` exactly as it will be, with the program's absolute path first where there is one."""

    text: str
    tool: Tool
    template: Template
    argv: tuple[str, ...]
    options: tuple[str, ...] = field(default=())
    arguments: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        """Return the tool and what it is asked: `docker compose config`."""
        return " ".join((self.tool.id, *self.template.words))


def flag(*names: str) -> Option:
    """Return an option that stands alone."""
    return Option(names)


def named(*names: str, expression: str = NAME, meant: str = "a plain name", joined: bool = False) -> Option:
    """Return an option with a value of text."""
    return Option(names, Value(Kind.TEXT, expression, meant), joined)


def one_of(*names: str, choices: str, joined: bool = False) -> Option:
    """Return an option whose value is one of a few words, given with spaces between them."""
    words = choices.split()
    return Option(names, Value(Kind.TEXT, "|".join(words), f"one of {', '.join(words)}"), joined)


def at(*names: str, kind: Kind = Kind.FILE, joined: bool = False) -> Option:
    """Return an option whose value is a place in the workspace."""
    return Option(names, Value(kind, meant=kind.value), joined)
