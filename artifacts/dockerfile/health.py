"""What a health check asks: the URL path and port it probes, or merely that some command succeeds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artifacts.dockerfile.words import substitute

_URL = re.compile(
    r"https?://(?:\[[0-9a-fA-F:]+\]|[\w.${}:-]*?)(?::(\$\{?\w+[^}\s/'\"]*\}?|\d{1,5}))?(/[^\s'\"`)|;&,]*)?(?=[\s'\"`)|;&,]|$)"
)


@dataclass(frozen=True, slots=True)
class Probe:
    """A health check understood. `path` is None where no URL is asked; `port` None where it is not told."""

    path: str | None
    port: int | None

    def text(self) -> str:
        """Return the decision's value: the path that is asked, or `command`."""
        return f"http {self.path}" if self.path is not None else "command"


def understand_probe(words: Sequence[str], env: Mapping[str, str]) -> Probe:
    """Read the command of a health check."""
    text = substitute(" ".join(words)[:4000], env, keep_unset=True, quotes=False)
    match = _URL.search(text)
    if match is None:
        return Probe(None, None)
    port = int(match[1]) if match[1] and match[1].isdigit() else None
    path = (match[2] or "/").split("?")[0]
    return Probe(path.rstrip("/") or "/", port)
