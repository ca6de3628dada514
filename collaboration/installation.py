"""The secret that the app and its sidecar share: one an installation, in a file of its owner's or given by the operator."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FILE = "collaboration.key"


def secret_of(data: Path, given: str | None = None) -> bytes:
    """Return the operator's secret, else the one kept in the data folder, made at the first start.

    Raises ValueError for a short secret and OSError where the folder cannot be written.
    """
    if given is not None:
        if len(given) < 32:
            raise ValueError(f"WEBSOCKET_SECRET has {len(given)} characters, at least 32 are needed; leave it unset to have one made.")
        return given.encode()
    path = data.expanduser() / FILE
    kept = _kept(path)
    if kept:
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_hex(32)
    draft = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(made)
    try:
        # a link, not a rename: of two apps that start at once the first one's secret stays
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    return _kept(path) or made.encode()


def _kept(path: Path) -> bytes:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            text = file.read(200).strip()
    except FileNotFoundError:
        return b""
    return text if len(text) >= 32 else b""
