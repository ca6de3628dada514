"""Where a repository says how it is started, beyond its manifests: shell scripts, READMEs, an existing Dockerfile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find, find_all, line_at

_SCRIPT = re.compile(
    r"^(docker-)?(boot(strap)?|entry-?point|start|run|serve|server|init|launch|prestart|up|web|cmd)([-_.]?\w+)?(\.(sh|bash))?$", re.I
)
_OTHERS = re.compile(r"postgres|mysql|redis|mongo|grafana|prometheus|adminer|mail|jaeger|ollama|broker")
_SCRIPT_FOLDERS = ("", "bin", "scripts", "script", "docker", "deploy", "ops", "etc")
_PROXY = re.compile(r"\.conf(\.template)?$|(^|/)Caddyfile$|(^|/)(nginx|proxy|conf\.d|sites-enabled|gateway)/(conf|default|nginx)$")
_README = ("README.md", "README.rst", "README.txt", "README", "readme.md", "Readme.md", "README.markdown")
_ASIDE = re.compile(r"dev|test|debug|local|watch|seed|migrat|lint|format", re.I)
_FOREIGN_PORTS = frozenset(
    {
        22,
        25,
        53,
        80,
        443,
        465,
        587,
        1025,
        1433,
        1521,
        2181,
        2375,
        3306,
        4566,
        5432,
        5433,
        5555,
        5601,
        5672,
        6379,
        8025,
        8081,
        8125,
        9000,
        9001,
        9042,
    }
    | {9090, 9092, 9200, 11211, 11434, 15672, 16686, 27017}
)


def script_commands(folder: Folder, programs: str) -> Iterator[tuple[str, Evidence]]:
    """Yield the commands of start-up shell scripts that begin with one of `programs` (a pattern), variables filled with their defaults.

    A command that still holds a variable is left out, since its value is unknown.
    """
    for place in _SCRIPT_FOLDERS:
        for name in folder.names(place):
            if not _SCRIPT.match(name) or _ASIDE.search(name):
                continue
            full = f"{place}/{name}" if place else name
            text = folder.read(full)
            if text is None or not (name.endswith((".sh", ".bash")) or text.startswith("#!")):
                continue
            joined = re.sub(r"\\\n\s*", " ", text)
            values = _defaults(joined)
            for found in find_all(
                folder.path(full), joined, rf"^[ \t]*(?:exec[ \t]+)?(?:/[\w./-]+/)?((?:{programs})\b[^\n#;&|]*)(?:&|#[^\n]*)?$"
            ):
                command = _filled(found.value, values)
                if "$" not in command:
                    yield command.strip(), _line(folder.path(full), text, found.value)


def readme_commands(folder: Folder, programs: str) -> Iterator[tuple[str, Evidence]]:
    """Yield the commands a README shows that begin with one of `programs` (a pattern)."""
    name = folder.has(*_README)
    text = folder.read(name) if name else None
    if not name or not text:
        return
    for found in find_all(
        folder.path(name),
        text,
        rf"^[ \t>]*(?:[-*\d.]+[ \t]+)?(?:[^`\n]*`+)?(?:\$|%|>)?[ \t]*((?:uv run |poetry run |pipenv run )?(?:{programs})\b[^\n`]*)",
    ):
        yield re.sub(r"\s+#.*$", "", found.value).strip(), found.evidence


def readme_port(folder: Folder) -> Fact[int] | None:
    """Return the port of the first address on this machine that a README names, leaving out well-known service ports."""
    name = folder.has(*_README)
    text = folder.read(name) if name else None
    if not name or not text:
        return None
    for found in find_all(folder.path(name), text, r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{4,5})\b"):
        port = int(found.value)
        line = found.evidence.excerpt.lower()
        if port in _FOREIGN_PORTS or port > 65535 or _OTHERS.search(line):
            continue
        return Fact(port, Basis.CONVENTION, (found.evidence,), "the address the README gives")
    return None


def proxy_port(folder: Folder) -> Fact[int] | None:
    """Return the port at which a proxy's settings in the repository reach this folder's service, by the folder's name."""
    label = re.escape(folder.label)
    for path in folder.tree.paths():
        if _PROXY.search(path) and path.count("/") <= 3:
            text = folder.tree.read(path) or ""
            found = find(path, text, rf"^[^#\n]*?(?:https?://|server[ \t]+|reverse_proxy[ \t]+(?:\S+[ \t]+)?){label}:(\d{{2,5}})\b")
            if found:
                return Fact(int(found.value), Basis.CONVENTION, (found.evidence,), "where the repository's proxy looks for it")
    return None


def container_port(folder: Folder) -> Fact[int] | None:
    """Return the port that an existing Dockerfile of the folder exposes, when it names just one."""
    name = folder.has("Dockerfile", "docker/Dockerfile", "Containerfile")
    text = folder.read(name) if name else None
    if not name or not text:
        return None
    found = list(find_all(folder.path(name), text, r"^[ \t]*EXPOSE[ \t]+(\d{2,5})(?:/tcp)?[ \t]*$"))
    ports = {int(one.value) for one in found}
    return Fact(ports.pop(), Basis.DECLARED, (found[-1].evidence,)) if len(ports) == 1 and found else None


def _defaults(text: str) -> dict[str, str]:
    """Return the values a script gives its variables: `X=1`, `X="${X:-1}"`, `: ${X:=1}`."""
    values: dict[str, str] = {}
    for name, value in re.findall(r"^[ \t]*(?:export[ \t]+|readonly[ \t]+)?([A-Za-z_]\w*)=[\"']?([^\"'\n]*)[\"']?", text, re.M):
        values.setdefault(name, _filled(value, values))
    for name, value in re.findall(r":[ \t]+[\"']?\$\{(\w+):?=([^}]*)\}", text):
        values.setdefault(name, value)
    return {name: value for name, value in values.items() if "$" not in value and "`" not in value}


def _filled(text: str, values: dict[str, str]) -> str:
    """Replace variables by their defaults; quotes around one go with it."""

    def value(hit: re.Match[str]) -> str:
        name, fallback = hit[1] or hit[3], hit[2]
        return values.get(name) or fallback or hit[0]

    return re.sub(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)", value, text)


def _line(path: str, text: str, command: str) -> Evidence:
    position = text.find(command[:30])
    return line_at(path, text, max(position, 0))
