"""A gem that installs a server as a command: which command, the options that keep it in the foreground and reachable, and its port."""

from __future__ import annotations

import re
from collections.abc import Sequence

from architect import code, sockets
from architect.ecosystems.gems import FRAMEWORKS, SERVERS, Gems
from architect.profile import Basis, Fact
from architect.reading import Folder, find_all

_EXECUTABLES = r"\.executables\s*(?:=|\+=|<<)\s*(\[[^\]]*\]|%w[\[({<][^\])}>]*[\])}>]|[\"'][\w-]+[\"'])"
_OPTION = re.compile(r"\.on(?:_tail)?\(?\s*(?:[\"']-\w[^\"']*[\"']\s*,\s*)?[\"']--([\w-]+)")
_HOSTS = ("ip", "host", "bind", "address", "http-ip", "http-host")
_FOREGROUND = ("foreground", "no-daemon", "no-daemonize", "no-fork")
_PORT = re.compile(r"(?<![\w:])(?::(?:http_|web_)?port\s*=>|(?:http_|web_)?port:)\s*[\"']?(\d{2,5})")


def own_command(folder: Folder, known: Gems | None) -> tuple[Fact[tuple[str, ...]], Fact[int]] | None:
    """Return start command and port of a gem whose command serves: it depends on a web server or framework and names a port."""
    web = known.has("rack", "webrick", *SERVERS, *(name for name, _ in FRAMEWORKS)) if known else None
    spec = next(iter(folder.files("*.gemspec", depth=0)), None)
    found = folder.find(spec, _EXECUTABLES) if spec and web else None
    if spec is None or found is None:
        return None
    names = re.findall(r"[\w-]+", re.sub(r"^%w", "", found.value))
    stem = spec.removesuffix(".gemspec")
    name = stem if stem in names else next(iter(names), "")
    script = folder.has(f"bin/{name}", f"exe/{name}")
    if script is None:
        return None
    files = code.sources(
        folder, [script, *(path for path in code.own_files(folder, "*.rb", boundary=("Gemfile",)) if path.startswith("lib/"))]
    )
    hit = next((hit for source in files for hit in find_all(source.path, source.text, _PORT)), None)
    port = sockets.port_of(hit, Basis.CODE) if hit else None
    if port is None:
        return None
    options = _options(files)
    words: list[str] = ["bundle", "exec", name]
    words += [f"--{option}" for option in _FOREGROUND if option in options][:1]
    host = next((option for option in _HOSTS if option in options), None)
    words += [f"--{host}", code.ANYWHERE] if host else []
    start = Fact(tuple(words), Basis.DECLARED, (found.evidence,), "the command this gem installs")
    return start, port


def _options(files: Sequence[code.Source]) -> frozenset[str]:
    """Return the long options that the program's own parser declares."""
    return frozenset(hit[1] for source in files for hit in _OPTION.finditer(source.text))
