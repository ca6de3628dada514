"""What a start command runs once its wrappers are taken away: program, essence, options and the port it binds."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artifacts.dockerfile.words import substitute

_INITS = frozenset({"tini", "dumb-init", "catatonit", "gosu", "su-exec", "nice", "exec", "env", "docker-entrypoint.sh", "entrypoint.sh"})
_RUNNERS: tuple[tuple[str, ...], ...] = (
    ("uv", "run"),
    ("poetry", "run"),
    ("pipenv", "run"),
    ("bundle", "exec"),
    ("npx",),
    ("bunx",),
    ("pdm", "run"),
)
_SERVERS = frozenset(
    {"gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve", "celery", "flask", "streamlit", "puma", "rackup", "rails"}
)
_SERVER_SHORT = frozenset({"-b", "-w", "-k", "-t", "-p", "-h", "-H", "-P", "-l", "-c", "-n", "-Q", "-e", "-o"})
_LONG = frozenset(
    {"--bind", "--workers", "--worker-class", "--timeout", "--threads", "--log-level", "--access-logfile", "--error-logfile", "--host"}
    | {"--port", "--concurrency", "--graceful-timeout", "--keep-alive", "--max-requests", "--max-requests-jitter", "--worker-tmp-dir"}
    | {"--log-config", "--forwarded-allow-ips", "--interface", "--loop", "--http", "--ws", "--queues", "--loglevel", "--pool", "--hostname"}
    | {"--environment", "--binding", "--listen", "--server.port", "--server.address", "--urls", "--root-path", "--worker-connections"}
    | {"--pidfile", "--chdir", "--app-dir", "--bind-address"}
)
_TUNING = frozenset({"--preload", "--no-access-log", "--proxy-headers", "--reload", "-u", "-O", "--no-server-header"})
_JVM_TUNING = re.compile(r"^-(?:XX:\S+|Xm[sxn]\S+|Xss\S+)$")
_PORT_OPTION = re.compile(r"^(?:--?(?:port|bind|listen|http|server[.]port|urls|binding|p|b|l|P)|-D?server[.]port)$")
_PORT_VALUE = re.compile(r"^(?:\S*?[:=])?(\d{2,5})/?$")
_INLINE_PORT = re.compile(
    r"^--?(?!(?:allow|deny)-)(?![\w.-]*(?:im|ex|sup|re|trans)port)[\w.-]*(?:port|bind|listen|http|urls)[\w.-]*=(?:\S*?:)?(\d{2,5})/?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"^(?:tcp://|https?://)?(?:0\.0\.0\.0|\[::\]|localhost|127\.0\.0\.1|\*|\+)?:(\d{2,5})$")


@dataclass(frozen=True, slots=True)
class Start:
    """A start command understood. `essence` is program and what it runs; `options` tune it; `port` is what it binds."""

    argv: tuple[str, ...]
    essence: str
    options: tuple[str, ...]
    port: int | None
    through_shell: bool


def understand(argv: Sequence[str], env: Mapping[str, str], *, exec_form: bool = True) -> Start:
    """Take wrappers off a command and tell its essence from its tuning; never raises."""
    words = [substitute(word, env, keep_unset=True, quotes=False)[:2000] for word in argv][:500]
    words, through_shell = _unwrapped(words)
    words = _program(words)
    essence, options = _parted(words)
    return Start(tuple(words), essence, tuple(sorted(options)), bound_port(words), through_shell or not exec_form)


def bound_port(words: Sequence[str]) -> int | None:
    """Return the port a command's arguments bind, None when they do not say."""
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if _PORT_OPTION.match(word) and (match := _PORT_VALUE.match(following)):
            return _in_range(match[1])
        match = _INLINE_PORT.match(word) or _ADDRESS.match(word)
        if match is not None:
            return _in_range(match[1])
    if list(words[:1]) == ["php"] and "serve" in words:
        return None
    runserver = next((index for index, word in enumerate(words) if word == "runserver"), None)
    if runserver is not None and runserver + 1 < len(words) and (match := _PORT_VALUE.match(words[runserver + 1])):
        return _in_range(match[1])
    return None


def _in_range(text: str) -> int | None:
    number = int(text)
    return number if 0 < number <= 65535 else None


def _unwrapped(words: list[str]) -> tuple[list[str], bool]:
    """Open `sh -c "..."`, inits and `exec`; tell whether a shell stays in front of the program."""
    shell = False
    for _ in range(6):
        if not words:
            break
        name = words[0].rsplit("/", 1)[-1]
        if name in ("sh", "bash", "ash", "dash") and len(words) > 2 and words[1] in ("-c", "-lc", "-ec", "-exc", "-euc"):
            inner = _split(words[2])
            shell = "exec" not in inner
            words = _last_command(inner)
        elif name in _INITS:
            words = words[1:]
            while words and (words[0].startswith("-") or (name == "env" and "=" in words[0])):
                words = words[1:]
            if name in ("gosu", "su-exec"):
                words = words[1:]
        else:
            break
    return _last_command(words) if any(word in ("&&", ";") for word in words) else words, shell


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text[:4000])
    except ValueError:
        return text[:4000].split()


def _last_command(words: list[str]) -> list[str]:
    """Return the words behind the last `&&` or `;`: what keeps running."""
    for index in range(len(words) - 1, -1, -1):
        if words[index] in ("&&", ";") or words[index].endswith(";"):
            return words[index + 1 :]
    return words


def _program(words: list[str]) -> list[str]:
    """Take off runners and paths: `poetry run /usr/bin/gunicorn` and `python -m gunicorn` are gunicorn."""
    for runner in _RUNNERS:
        if tuple(words[: len(runner)]) == runner:
            words = words[len(runner) :]
            while words and words[0].startswith("-"):
                words = words[1:]
            break
    if len(words) > 2 and re.fullmatch(r"(?:\S*/)?python[\d.]*", words[0]) and words[1] == "-m":
        words = words[2:]
    if words and "/" in words[0] and not words[0].startswith("./"):
        words = [words[0].rsplit("/", 1)[-1], *words[1:]]
    if words and re.fullmatch(r"python[\d.]*", words[0]):
        words = ["python", *words[1:]]
    return words


def _parted(words: list[str]) -> tuple[str, list[str]]:
    essence: list[str] = []
    options: list[str] = []
    server = bool(words) and words[0] in _SERVERS
    index = 0
    while index < len(words):
        word = words[index]
        following = words[index + 1] if index + 1 < len(words) else None
        valued = word in _LONG or (server and word in _SERVER_SHORT)
        if index > 0 and valued and following is not None and not following.startswith("--"):
            options.append(f"{word} {following}")
            index += 1
        elif index > 0 and (word in _TUNING or (word.startswith("-") and "=" in word) or _JVM_TUNING.match(word)):
            options.append(word)
        else:
            essence.append(word)
        index += 1
    return " ".join(essence), options
