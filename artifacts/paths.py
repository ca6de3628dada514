"""Whether a path that a model wrote may name a file of the workspace."""

from __future__ import annotations

import unicodedata

MAX_PATH = 255
_RESERVED = frozenset({"con", "prn", "aux", "nul"} | {f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)})


def clean_path(raw: str) -> str:
    """Return the path relative to the workspace, POSIX, without leading `./`.

    Raises ValueError with a sentence when it is absolute, climbs out, names `.git`, or holds characters that could
    mean something else to another system (control and format characters, backslashes, colons).
    """
    if not raw.strip():
        raise ValueError("the path is empty")
    if len(raw) > MAX_PATH:
        raise ValueError(f"the path is longer than {MAX_PATH} characters")
    if any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp") for char in raw):
        raise ValueError("the path holds control or invisible characters")
    if "\\" in raw:
        raise ValueError("the path holds a backslash; folders are separated by /")
    if ":" in raw:
        raise ValueError("the path holds a colon")
    path = raw.strip()
    if path.startswith(("/", "~")):
        raise ValueError("the path is absolute; a path inside the workspace is expected")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        raise ValueError("the path names a folder")
    if path.endswith("/"):
        raise ValueError("the path names a folder")
    for part in parts:
        folded = unicodedata.normalize("NFKC", part).casefold()
        if folded == ".." or part == "..":
            raise ValueError("the path climbs out of the workspace with ..")
        if part != part.rstrip(". ") or part != part.lstrip(" "):
            raise ValueError("a part of the path begins or ends with a blank or ends with a dot")
        if folded == ".git" or folded.startswith("git~"):
            raise ValueError("the path lies inside .git")
        if folded.split(".")[0] in _RESERVED:
            raise ValueError("a part of the path is a device name on some systems")
        if any(char in '<>|?*"\0' for char in folded) or "/" in folded or "\\" in folded:
            raise ValueError("the path holds characters that are not allowed in file names")
    return "/".join(parts)
