"""PHP programs that serve by themselves: Hyperf, webman, Workerman, ReactPHP, Amp and Swoole, started on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from architect import code, sockets
from architect.ecosystems import composer
from architect.ecosystems.composer import Php
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder
from architect.sockets import PortRule


@dataclass(frozen=True, slots=True)
class Daemon:
    """What starts the server: its library, the command, the port, the extensions it needs and the folders it writes."""

    label: Fact[str]
    start: Fact[tuple[str, ...]]
    port: Fact[int] | None
    extensions: tuple[str, ...]
    writable: tuple[str, ...]


# label, packages, the file that starts it (None: the one that makes a server), its argument, its own default, extensions, folders it writes
_KINDS: tuple[tuple[str, tuple[str, ...], str | None, str, int | None, tuple[str, ...], tuple[str, ...]], ...] = (
    ("hyperf", ("hyperf/http-server", "hyperf/framework"), "bin/hyperf.php", "start", 9501, ("swoole", "pcntl"), ("runtime",)),
    ("webman", ("workerman/webman-framework",), "start.php", "start", 8787, ("pcntl",), ("runtime",)),
    ("workerman", ("workerman/workerman",), None, "start", None, ("pcntl",), ()),
    ("reactphp", ("react/http",), None, "", None, (), ()),
    ("amphp", ("amphp/http-server",), None, "", None, ("pcntl",), ()),
    ("openswoole", ("ext-openswoole", "openswoole/core"), None, "", None, ("openswoole",), ()),
    ("swoole", ("ext-swoole",), None, "", None, ("swoole",), ()),
)
_MAKES = r"\bnew\s+\\?[\w\\]*(?:Worker|Server)\s*\(|\bSocketHttpServer::|\bCluster::listen\("
_ENTRIES = re.compile(r"(?:(?:bin|public|src|app)/)?[\w-]+\.php")
_ORDER = ("server.php", "start.php", "index.php", "app.php", "main.php", "bin/server.php")
_SETTINGS = ("config/autoload/server.php", "config/process.php", "config/server.php")
_RULES = (
    PortRule(re.compile(r"['\"]port['\"]\s*=>\s*(?:\(int\)\s*)?(?:env\(\s*['\"]\w+['\"]\s*,\s*)?['\"]?(\d{2,5})")),
    PortRule(re.compile(r"['\"](?:https?://|tcp://)?(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]):(\d{2,5})['\"]"), bound=True),
)


def daemon(php: Php) -> Daemon | None:
    """Return how the project serves by itself; None where a web server has to run its scripts."""
    framework = composer.framework(php)
    for name, packages, file, argument, default, extensions, writable in _KINDS:
        line = php.requires(*packages)
        entry = (php.folder.has(file) if file else _entry(php.folder)) if line else None
        if line is None or entry is None or (framework is not None and file is None):
            continue
        names = [place for place in (*_SETTINGS, entry) if php.folder.has(place)]
        port = sockets.stated(code.sources(php.folder, names), _RULES, named=True)
        if port is None and default:
            port = Fact(default, Basis.CONVENTION, (line,), f"the default of {name}")
        words: tuple[str, ...] = ("php", entry, argument) if argument else ("php", entry)
        proof = (Evidence(php.folder.path(entry)), line)
        start = Fact(words, Basis.CODE, proof, "the program is the server, and PID 1 that gets the signals")
        return Daemon(Fact(name, Basis.DECLARED, (line,)), start, port, extensions, writable)
    return None


def _entry(folder: Folder) -> str | None:
    names = [name for name in folder.files("*.php", depth=2) if _ENTRIES.fullmatch(name)]
    names.sort(key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name.count("/"), name))
    return next((name for name in names[:40] if re.search(_MAKES, folder.read(name) or "")), None)
