"""Takes keys and passwords out of what is logged: by the field's name, by the value's form, and by the operator's own keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

HIDDEN = "[redacted]"
MAX_TEXT = 2_000
MAX_ITEMS = 50
MAX_DEPTH = 6

_FIELD = re.compile(
    r"passw|passphrase|pwd|secret|token$|token[_-]?value|^token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|authorization|cookie|credential|"
    r"^auth$|signature|^key$|_key$|session[_-]?id",
    re.IGNORECASE,
)
# Counts of language-model tokens are figures, not secrets.
_FIGURE = re.compile(
    r"(?:^|_)(?:input|output|total|max|prompt|completion|cached|first|per|n|num)?_?tokens?(?:_ms|_per_s|_count|s)?$", re.IGNORECASE
)
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(expression), replacement)
    for expression, replacement in (
        (r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[^-]{0,10}-----|\Z)", HIDDEN),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", HIDDEN),
        (r"\b(?:sk|rk|pk)[-_](?:[A-Za-z0-9]{1,12}[-_])*[A-Za-z0-9_-]{12,}", HIDDEN),
        (r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", HIDDEN),
        (
            r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hf_|npm_|pypi-|dckr_pat_|AIza|GOCSPX-|ya29\.|gsk_|hvs\.|SG\.)[A-Za-z0-9_.-]{12,}",
            HIDDEN,
        ),
        (r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", rf"\1 {HIDDEN}"),
        (r"([A-Za-z][A-Za-z0-9+.-]{1,30}://)[^\s/@\"'<>]+@", rf"\1{HIDDEN}@"),
        (
            r"(?i)((?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|x-goog-api-key|authorization|cookie|credential|[?&]key)"
            r"[\w-]{0,20}[\"']?\s*[:=]\s*)(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&\"'}\])]+)",
            rf"\1{HIDDEN}",
        ),
    )
)


class Redactor:
    """Turns any value into plain data without secrets, bounded in size and depth.

    `known` are secrets to remove wherever they stand; `further` is one more pass over every text.
    """

    def __init__(self, known: Iterable[str] = (), further: Callable[[str], str] | None = None) -> None:
        values = sorted({value for value in known if len(value) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(value) for value in values)) if values else None
        self._further = further

    def text(self, text: str) -> str:
        """Return a text without secrets, shortened. What is cut off is cut before the last pass, so that no half of a key remains."""
        # Long texts are looked at a little past the cut: a key that begins before it must be seen whole.
        text = text[: MAX_TEXT + 4_096]
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for expression, replacement in _FORMS:
            text = expression.sub(replacement, text)
        if self._further is not None:
            text = self._further(text)
        return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"

    def plain(self, value: Any, name: str = "", depth: int = 0) -> Any:
        """Return a value as JSON knows it, redacted; anything else becomes its redacted `str`."""
        if value is None or isinstance(value, bool):
            return value
        if name and _FIELD.search(name) and not (isinstance(value, int | float) and _FIGURE.search(name)):
            return HIDDEN
        if isinstance(value, int):
            return value if abs(value) < 1 << 53 else str(value)[:400]
        if isinstance(value, float):
            return value if value == value and abs(value) != float("inf") else str(value)
        if isinstance(value, str):
            return self.text(value)
        if depth < MAX_DEPTH and isinstance(value, Mapping):
            return {self.text(_words(key))[:200]: self.plain(item, _words(key), depth + 1) for key, item in list(value.items())[:MAX_ITEMS]}
        if depth < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
            return [self.plain(item, "", depth + 1) for item in list(value)[:MAX_ITEMS]]
        return self.text(_words(value))


def _words(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return bytes(value[: MAX_TEXT * 2]).decode("utf-8", "replace")
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - an object that cannot print itself must not cost the record
        return f"<unprintable {type(value).__name__}>"
