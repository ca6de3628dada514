"""Streamlit's own settings: one file, applied whatever the working directory, so that no start forgets one (SECURITY 35)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"

_STARTERS = frozenset({"server.address", "server.port"})
"""Left to whoever starts the server: `python app.py` binds by itself, `streamlit run` has flags for them."""


def load(file: Path = FILE) -> dict[str, Any]:
    """Return the file's options by dotted name."""
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8"))))


def apply(allowed_hosts: Iterable[str] = ()) -> None:
    """Set the options in Streamlit; `allowed_hosts` are names a proxy serves the page under."""
    from streamlit import config

    names = {host.rsplit(":", 1)[0] if ":" in host.rpartition("]")[2] else host for host in allowed_hosts}
    for name, value in load().items():
        if name in _STARTERS:
            continue
        config.set_option(name, [*value, *sorted(names)] if name == "server.allowedHosts" else value)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
