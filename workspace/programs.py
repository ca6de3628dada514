"""Where programs are found: by absolute path, in absolute folders, and never inside the opened folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

_PLACES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/opt/homebrew/bin")
_ALWAYS = ("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")


def search_path(barred: Path | None = None, ours: Mapping[str, str] | None = None) -> str:
    """Return the folders programs are looked for in; `barred` and all below it are left out, whatever our own environment says."""
    environment = os.environ if ours is None else ours
    places = dict.fromkeys([*environment.get("PATH", "").split(os.pathsep), *_PLACES])
    return os.pathsep.join(place for place in places if os.path.isabs(place) and not _inside(place, barred))


def find_program(name: str, barred: Path | None = None) -> str | None:
    """Return a program's absolute path, None where it is not installed or lies in the barred folder."""
    found = shutil.which(name, path=search_path(barred))
    return None if found is None or not os.path.isabs(found) or _inside(os.path.realpath(found), barred) else found


def environment(names: Iterable[str] = (), barred: Path | None = None) -> dict[str, str]:
    """Return a clean environment for a child: the search path, the places of the user's own settings, and the named variables."""
    kept = {name: os.environ[name] for name in (*_ALWAYS, *names) if os.environ.get(name)}
    return {"LC_ALL": "C.UTF-8", "HOME": "/", **kept, "PATH": search_path(barred)}


def _inside(place: str, barred: Path | None) -> bool:
    return barred is not None and Path(os.path.realpath(place)).is_relative_to(barred)
