"""Whether a variable written into an artifact looks like a secret in clear."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"(?:SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)(?:_|$)|(?:^|_)(?:PWD|PASS)$", re.I
)
_NOT_SECRET = re.compile(
    r"(?:_FILE|_PATH|_URL|_EXPIR\w*|_TTL|_LENGTH|_HEADER|_NAME|_ID|_ENABLED|_REQUIRED|_TYPE|_ALGORITHM|_MAX_AGE|_COOKIE)$", re.I
)
_HARMLESS = re.compile(
    r"^(?:dummy|build|placeholder|unused|none|null|true|false|yes|no|0|1|secret_key_base_dummy|x+|\*+|<.*>|/\S*|[\w.-]+\.(?:sh|py|txt|json|pem)$)",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|glpat-[A-Za-z0-9_-]{20}|AIza[0-9A-Za-z_-]{35})\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_URL_PASSWORD = re.compile(r"^[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@$]+)@", re.I)


def secret_variable(name: str, value: str | None) -> bool:
    """Tell whether this variable holds a secret in clear: by its name with a real value, or by the value's shape.

    Empty values, references to other variables (`${...}`) and stand-ins needed only while building do not count.
    """
    text = (value or "").strip().strip("'\"").strip()
    if not text or text.startswith("$") or len(text) > 8192:
        return False
    if _SHAPES.search(text):
        return True
    if _URL_PASSWORD.match(text):
        return True
    return bool(_NAME.search(name)) and not _NOT_SECRET.search(name) and not _HARMLESS.match(text)
