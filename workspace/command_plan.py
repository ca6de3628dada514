"""From a line someone typed to a command that may be run, or a refusal that says why; nothing is started here (SECURITY 7)."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from workspace import confined
from workspace.command_line import Kind, Option, Planned, Template, Tool, Value
from workspace.commands import TOOLS
from workspace.denied import denied_reason
from workspace.errors import CommandRefused, NoProgram, WorkspaceError
from workspace.files import Workspace
from workspace.paths import join, shown, split
from workspace.programs import find_program

MOST = 2_000
_SHELL = "|&;<>()"


def plan(workspace: Workspace, text: str) -> Planned:
    """Return the command a line means. Raises CommandRefused, and NoProgram with how to get the tool.

    A line is split into words like a shell does, and nothing of it is ever expanded or given to one.
    """
    words = _words(text)
    tool = TOOLS.get(words[0])
    if tool is None:
        close = get_close_matches(words[0], TOOLS, 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise CommandRefused(f"{shown(words[0])} is not a tool that is run here.{hint} These are: {', '.join(TOOLS)}.")
    template, early, rest = _template(tool, words[1:])
    reader = _Reader(workspace, tool, template)
    before = reader.options(early, template.early)
    options, values = reader.rest(rest)
    argv = (tool.id, *template.words[:1], *before, *template.words[1:], *template.always, *options, *values)
    if tool.within is None and tool.id != "git":
        program = find_program(tool.id, workspace.root.path)
        if program is None:
            raise NoProgram(f"{tool.label} is not installed. {tool.get}")
        argv = (program, *argv[1:])
    return Planned(text.strip(), tool, template, argv, tuple(options), tuple(values))


def _words(text: str) -> list[str]:
    if not text.strip():
        raise CommandRefused("Type a command, for example: docker build -t shop .")
    if len(text) > MOST or any(not char.isprintable() for char in text.strip()):
        raise CommandRefused(f"A command is one line of at most {MOST:,} characters without invisible ones.")
    lexer = shlex.shlex(text.strip(), posix=True, punctuation_chars=_SHELL)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise CommandRefused("A quotation mark or a backslash has no counterpart. Close it.") from error
    if any(word and set(word) <= set(_SHELL) for word in words) or any("`" in word or "$" in word for word in words):
        raise CommandRefused(
            "There is no shell here: pipes, redirections, several commands in a line, variables and substitutions do not work."
        )
    if not words or not words[0]:
        raise CommandRefused("Type a command, for example: docker build -t shop .")
    return words


def _template(tool: Tool, words: Sequence[str]) -> tuple[Template, list[str], list[str]]:
    """Return the template the words fit, the words of early options, and the rest; the one with the most words wins."""
    best: tuple[Template, list[str], list[str]] | None = None
    for template in tool.templates:
        found = _fits(template, words)
        if found is not None and (best is None or len(template.words) > len(best[0].words)):
            best = (template, *found)
    if best is None:
        known = ", ".join(dict.fromkeys(" ".join((tool.id, *template.words)) for template in tool.templates))
        raise CommandRefused(f"This is not among what {tool.id} may be asked here: {known}.")
    return best


def _fits(template: Template, words: Sequence[str]) -> tuple[list[str], list[str]] | None:
    early: list[str] = []
    place = 0
    for number, wanted in enumerate(template.words):
        while number and place < len(words) and (option := _known(template.early, words[place].partition("=")[0])) is not None:
            width = 2 if option.value is not None and "=" not in words[place] else 1
            early += words[place : place + width]
            place += width
        if place >= len(words) or words[place] != wanted:
            return None
        place += 1
    return early, list(words[place:])


def _known(options: Sequence[Option], name: str) -> Option | None:
    return next((option for option in options if name in option.names), None)


class _Reader:
    """Reads the words after a template's own, each against what the template takes."""

    def __init__(self, workspace: Workspace, tool: Tool, template: Template) -> None:
        self._workspace = workspace
        self._tool = tool
        self._template = template

    def options(self, words: Sequence[str], known: Sequence[Option]) -> list[str]:
        pending = iter(words)
        return [part for word in pending for part in self._option(word, pending, known)]

    def rest(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        template = self._template
        options: list[str] = []
        values: list[str] = []
        given: set[str] = set()
        pending = iter(words)
        only_values = False
        for word in pending:
            if word == "--" and not only_values:
                only_values = True
            elif word.startswith("-") and word != "-" and not only_values:
                name = word.partition("=")[0]
                option = _known(template.options, name)
                given.update(option.names if option else ())
                options += self._option(word, pending, template.options)
            else:
                values.append(self._value(self._argument(len(values), word), word, word))
        if len(values) < template.least:
            raise CommandRefused(f"{self._title()} needs {template.arguments[len(values)].meant}. For example: {template.example}")
        if template.needs and not given.intersection(template.needs):
            raise CommandRefused(f"{self._title()} is run here with {' or '.join(template.needs)} only. For example: {template.example}")
        return options, values

    def _option(self, word: str, pending: Iterator[str], known: Sequence[Option]) -> list[str]:
        name, sign, value = word.partition("=")
        option = _known(known, name)
        if option is None:
            allowed = ", ".join(entry.names[0] for entry in known) or "none"
            raise CommandRefused(f"The option {shown(name)} of {self._title()} is not allowed here. Allowed: {allowed}.")
        if option.value is None:
            if sign:
                raise CommandRefused(f"The option {shown(name)} takes no value.")
            return [name]
        if not sign:
            following = next(pending, None)
            if following is None:
                raise CommandRefused(f"The option {shown(name)} needs {option.value.meant}.")
            value = following
        clean = self._value(option.value, value, name)
        return [f"{name}={clean}"] if option.joined or sign else [name, clean]

    def _argument(self, place: int, word: str) -> Value:
        template = self._template
        if place >= template.most or not template.arguments:
            raise CommandRefused(f"{shown(word)} is one argument too many for {self._title()}. For example: {template.example}")
        return template.arguments[min(place, len(template.arguments) - 1)]

    def _value(self, value: Value, text: str, name: str) -> str:
        if value.kind is not Kind.TEXT:
            return self._place(value.kind, text)
        if not re.fullmatch(value.expression, text):
            about = f"of {shown(name)} " if name != text else ""
            raise CommandRefused(f"The value {shown(text)} {about}is not {value.meant}.")
        return text

    def _place(self, kind: Kind, text: str) -> str:
        """Return a place inside the workspace as the program is given it; beginning with `./`, it is never an option."""
        try:
            parts = split(text)
            path = join(*parts)
            why = denied_reason(path)
            if why:
                raise CommandRefused(f"{shown(path)} is not given to a command: {why}.")
            if not self._is(kind, parts):
                raise CommandRefused(f"{shown(text)} is not {kind.value}.")
        except CommandRefused:
            raise
        except WorkspaceError as problem:
            raise CommandRefused(problem.message) from problem
        return f"./{path}" if path else "."

    def _is(self, kind: Kind, parts: tuple[str, ...]) -> bool:
        if not parts:
            return kind is not Kind.FILE
        with self._workspace.root.folder(parts[:-1]) as folder:
            try:
                state = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
            except OSError as error:
                raise confined.translate(error, join(*parts)) from error
        if stat.S_ISDIR(state.st_mode):
            return kind is not Kind.FILE
        confined.require_regular(state, join(*parts))
        return kind is not Kind.FOLDER

    def _title(self) -> str:
        return " ".join((self._tool.id, *self._template.words))
