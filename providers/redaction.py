"""A vendor's own message made safe to show: one short line without markup, keys or credentials in URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from providers.cleaning import clean

_MARKUP = re.compile(r"<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r"(?i:\b(?:sk|pk|rk|key|token|gsk|xai|hf|ghp|glpat)[-_][a-z0-9_\-*.]{6,}|\bAIza[\w\-*]{8,}|\bBearer\s+[\w\-.~+/=*]+|\beyJ[\w\-.]{16,})"
    r"|\b(?=\w*[A-Z])(?=\w*[a-z])(?=\w*\d)[\w\-]{24,}|\b[0-9a-f]{32,}\b"
)
_URL_USER = re.compile(r"(\bhttps?://)[^\s/@]*@", re.IGNORECASE)
_URL_QUERY = re.compile(r"(\bhttps?://[^\s?#<>]+)[?#][^\s<>)]*", re.IGNORECASE)
_WINDOW = 8


def safe_name(name: str, limit: int = 80) -> str:
    """Return a model's or file's name as one line without control characters; it is not searched for keys, whose form it may have."""
    return " ".join(clean(name).split())[:limit]


def safe_sentence(text: str, secrets: Iterable[str] = (), limit: int = 200) -> str:
    """Return the message as one line of at most `limit` characters; empty when nothing safe is left of it."""
    if _MARKUP.search(text):
        return ""
    line = " ".join(clean(text[:4000]).split())
    for secret in secrets:
        if not secret:
            continue
        for form in {secret, quote(secret, safe="")}:
            line = line.replace(form, "[key]")
        if any(secret[at : at + _WINDOW] in line for at in range(max(1, len(secret) - _WINDOW + 1))):
            return ""  # a part of the key is still there: say nothing rather than that
    line = _URL_QUERY.sub(r"\1", _URL_USER.sub(r"\1", line))
    line = _CREDENTIAL.sub("[key]", line)
    if len(line) > limit:
        line = line[: limit - 1].rsplit(" ", 1)[0] + "…"
    return line.rstrip(" .")
