"""Which of the folders a process writes hold what must outlive it, by their names."""

from __future__ import annotations

import re

_LASTING = re.compile(r"data|db|database|media|upload|storage|files|attachments|static|public|state|repositor|content", re.I)
_PASSING = re.compile(r"cache|tmp|temp|log|run|session", re.I)


def lasting(path: str) -> bool:
    """Tell whether a folder keeps what users gave, rather than what can be made again."""
    name = path.rstrip("/").rsplit("/", 1)[-1]
    return _LASTING.search(name) is not None and _PASSING.search(name) is None
