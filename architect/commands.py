"""Start commands as a repository writes them: Procfiles, scripts and READMEs, split into exec form where a shell is not needed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from architect.profile import Basis, Evidence, Fact, Variable
from architect.reading import Folder, Found, find_all

ENV_EXAMPLES = (
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    "env.example",
    "example.env",
    ".env.local.example",
    "env-example",
)
_SECRET = re.compile(
    r"SECRET|PASSWORD|PASSWD|(^|_)PASS$|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|ENCRYPTION|(^|_)(KEY|SALT|DSN|PEPPER)$", re.I
)
_NOT_SECRET = re.compile(
    r"PUBLIC|EXPIR|_(TTL|ALGORITHM|LENGTH|FILE|PATH|URL|HEADER|NAME|MINUTES|DAYS|HOURS|SECONDS|TIMEOUT)$",
    re.I,
)
_WITH_LOGIN = re.compile(r"(DATABASE|DB|REDIS|MONGO\w*|AMQP|RABBITMQ|BROKER|POSTGRES\w*|MYSQL)_?(URL|URI)$", re.I)
_SHELL = re.compile(r"[|&;<>`*?]|\$\(|\$\{?\w")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*$")


def is_secret(name: str) -> bool:
    """Tell from a variable's name whether its value must not be shown or written down (keys, passwords, URLs with a login)."""
    return bool(_WITH_LOGIN.search(name) or (_SECRET.search(name) and not _NOT_SECRET.search(name)))


def argv(command: str) -> tuple[str, ...] | None:
    """Split a command into exec form; None when only a shell can run it (pipes, variables, several commands).

    A port written as a shell variable with a default (`${PORT:-8000}`) or plainly (`$PORT`) should be replaced with
    `with_port` before.
    """
    text = re.sub(r"^exec\s+", "", command.strip())
    if not text or _SHELL.search(text):
        return None
    try:
        parts = shlex.split(text)
    except ValueError:
        return None
    return None if not parts or _ASSIGNMENT.match(parts[0]) else tuple(parts)


def with_port(command: str, port: int | None) -> str:
    """Replace `$PORT`, `${PORT}` and `${PORT:-8000}` in a command; the default written there wins over `port`."""
    text = re.sub(r"\$\{PORT:?-(\d+)\}", r"\1", command)
    return re.sub(r"\$\{?PORT\}?(?!\w)", str(port), text) if port is not None else text


def port_in(command: str) -> int | None:
    """Return the port a command line binds: `--port 80`, `-p 80`, `--bind host:80`, `-b :80`, `--server.port=80`, `host:80`."""
    patterns = (
        r"\$\{PORT:?-(\d{2,5})\}",
        r"(?:--(?:[\w.]*\.)?(?:http-)?port|-p|--listen)[ =](?:[\w.\[\]:]*:)?(\d{2,5})\b",
        r"(?:--bind|-b|--listen|-l|--address|--addr)[ =]?['\"]?(?:[a-z]+://)?[\w.\[\]:]*:(\d{2,5})\b",
        r"(?:^|\s)(?:[\w.\[\]]*|\[::\]):(\d{2,5})(?=\s|$)",
    )
    for pattern in patterns:
        hit = re.search(pattern, command)
        if hit and 1 <= int(hit[1]) <= 65535:
            return int(hit[1])
    return None


def procfile(folder: Folder) -> Mapping[str, tuple[str, Evidence]]:
    """Return a Procfile's entries, `name -> (command, line)`, empty when there is none."""
    for name in ("Procfile", "procfile", "Procfile.prod", "Procfile.production"):
        text = folder.read(name)
        if text:
            found = find_all(folder.path(name), text, r"^([A-Za-z0-9_-]+):[ \t]*(\S[^\n]*)$")
            return {
                hit.match[1]: (hit.match[2].strip(), Evidence(hit.evidence.path, hit.evidence.line, hit.evidence.excerpt)) for hit in found
            }
    return {}


def env_examples(folder: Folder) -> tuple[Variable, ...]:
    """Return the variables of the first `.env.example`-like file; values of secrets are left out."""
    for name in ENV_EXAMPLES:
        text = folder.read(name)
        if text:
            return tuple(_variable(hit) for hit in find_all(folder.path(name), text, r"^(?:export )?([A-Za-z_]\w*)[ \t]*=([^\n]*)$"))
    return ()


def env_port(folder: Folder, *names: str) -> Fact[int] | None:
    """Return the port that an example environment file gives to `PORT` (or the names given)."""
    wanted = names or ("PORT",)
    for variable in env_examples(folder):
        if variable.name in wanted and (variable.default or "").isdigit():
            return Fact(int(variable.default or 0), Basis.DECLARED, variable.evidence)
    return None


def merged(*groups: tuple[Variable, ...]) -> tuple[Variable, ...]:
    """Join variables by name, sorted; the first mention wins, a later one may add a default."""
    by_name: dict[str, Variable] = {}
    for variable in (variable for group in groups for variable in group):
        seen = by_name.get(variable.name)
        if seen is None:
            by_name[variable.name] = variable
        elif seen.default is None and variable.default:
            by_name[variable.name] = Variable(seen.name, variable.default, seen.secret, seen.evidence + variable.evidence)
    return tuple(by_name[name] for name in sorted(by_name))


def _variable(hit: Found) -> Variable:
    name = hit.match[1]
    value = re.sub(r"\s+#.*$", "", hit.match[2]).strip().strip("\"'")
    secret = is_secret(name)
    evidence = Evidence(hit.evidence.path, hit.evidence.line, f"{name}=..." if secret else hit.evidence.excerpt)
    return Variable(name, None if secret or not value else value, secret, (evidence,))
