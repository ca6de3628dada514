"""A shell script as a list of simple commands, enough to see what a RUN line installs; it is never run."""

from __future__ import annotations

import re

from artifacts.keeping import keep, text_length

_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_PREFIXES = frozenset({"sudo", "exec", "time", "command", "env", "then", "do", "else", "if", "while", "!", "nice", "yes", "eatmydata"})
MAX_COMMANDS = 2000

Commands = tuple[tuple[str, ...], ...]


@keep(text_length, 400_000)
def commands(script: str) -> Commands:
    """Split a script at `&&`, `||`, `;`, `|`, `&`, brackets and line ends outside quotes; comments are dropped.

    Each command is its words without quotes. Bounded in number; linear in the script's length.
    """
    found: list[tuple[str, ...]] = []
    words: list[str] = []
    current: list[str] = []
    quote = ""
    started = False
    index, length = 0, len(script)

    def end_word() -> None:
        nonlocal started
        if started:
            words.append("".join(current))
            current.clear()
            started = False

    def end_command() -> None:
        end_word()
        if words:
            found.append(tuple(words))
            words.clear()

    while index < length and len(found) < MAX_COMMANDS:
        char = script[index]
        if char == "\\" and quote != "'" and index + 1 < length:
            if script[index + 1] != "\n":
                current.append(script[index + 1])
                started = True
            index += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                current.append(char)
        elif char in "'\"":
            quote = char
            started = True
        elif char == "#" and not started:
            while index < length and script[index] != "\n":
                index += 1
            continue
        elif char in "&|;\n()":
            end_command()
        elif char in " \t\r":
            end_word()
        else:
            current.append(char)
            started = True
        index += 1
    end_command()
    return tuple(found)


def bare(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without assignments, `sudo`, `exec` and the like in front, its program without folders."""
    index = 0
    while index < len(command) and (command[index] in _PREFIXES or _ASSIGNMENT.match(command[index]) or command[index] in ("{", "}")):
        index += 1
    rest = command[index:]
    if rest and "/" in rest[0] and not rest[0].startswith("./"):
        rest = (rest[0].rsplit("/", 1)[-1], *rest[1:])
    return rest


def words_of(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command's words that are not options: `apt-get -y install curl` is apt-get, install, curl."""
    return tuple(word for word in command if not word.startswith("-"))
