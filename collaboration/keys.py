"""The rules of the keys: which exist, what their values are, who may write them, and whether they are state or events."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collaboration.limits import Limits

OWNER, EDITOR, VIEWER = "owner", "editor", "viewer"
ROLES = (OWNER, EDITOR, VIEWER)
WRITERS = frozenset({OWNER, EDITOR})
EVERYONE = frozenset(ROLES)
OWNERS = frozenset({OWNER})

MEMBER, REMOVED, SESSION = "member/", "removed/", "session"
MAX_KEY = 600

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_HEX = re.compile(r"[0-9a-f]{64}")
_KEY_NAMES = frozenset(
    [
        "key",
        "keys",
        "apikey",
        "api_key",
        "api-key",
        "token",
        "access_token",
        "refresh_token",
        "auth_token",
        "secret",
        "client_secret",
        "password",
        "passwd",
        "authorization",
        "credential",
        "credentials",
        "bearer",
        "private_key",
    ]
)


class BadValue(ValueError):
    """A key or value that the rules do not allow; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one family of keys behaves. `stored`: it is state, else an event. `compared`: a write must name the revision it replaces."""

    stored: bool
    compared: bool
    roles: frozenset[str]
    check: Callable[[str, Any, Limits], None]
    deletable: bool = False


def rule_for(key: str) -> Rule:
    """Return the rule of a key. Raises BadValue for a key that no participant may write or that is badly formed."""
    if len(key) > MAX_KEY or _CONTROL.search(key):
        raise BadValue(f"A key has at most {MAX_KEY} characters and no control characters.")
    head, slash, rest = key.partition("/")
    rule = _FAMILIES.get(head) if slash else _SINGLE.get(key)
    if rule is None or (slash and not rest):
        raise BadValue(f"'{key[:80]}' is no key of a session. Known: {', '.join([*(f'{name}/…' for name in _FAMILIES), *_SINGLE])}.")
    return rule


def is_stored(key: str) -> bool:
    """Tell whether a committed key is state; the server's own keys (members, the removed) are."""
    head = key.partition("/")[0]
    rule = _FAMILIES.get(head) or _SINGLE.get(key)
    return rule.stored if rule is not None else True


def _artifact(key: str, value: Any, limits: Limits) -> None:
    _path(key)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or not isinstance(value.get("sha256"), str):
        raise BadValue('An artifact is {"text": …, "sha256": …}, and may name its "kind" and "run".')
    if not value.keys() <= {"text", "sha256", "kind", "run"} or not all(isinstance(part, str) for part in value.values()):
        raise BadValue('An artifact holds "text", "sha256", "kind" and "run" only, all of them texts.')
    text = value["text"].encode()
    if len(text) > limits.text_bytes:
        raise BadValue(f"An artifact's text has {len(text)} bytes, at most {limits.text_bytes} are shared.")
    if _HEX.fullmatch(value["sha256"]) is None or hashlib.sha256(text).hexdigest() != value["sha256"]:
        raise BadValue("The sha256 is not that of the text (UTF-8, lower-case hex).")


def _selected(key: str, value: Any, _limits: Limits) -> None:
    _path(key)
    if value is not True and value is not False:
        raise BadValue("A selection is true or false.")


def _path(key: str) -> None:
    path = key.partition("/")[2]
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise BadValue(f"'{path[:80]}' is no path inside the workspace.")


def _name(_key: str, value: Any, _limits: Limits) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= 200 or _CONTROL.search(value):
        raise BadValue("A name of 1 to 200 characters is expected.")


def _folder(_key: str, value: Any, _limits: Limits) -> None:
    if not isinstance(value, str) or len(value) > 1_000 or _CONTROL.search(value):
        raise BadValue("A folder inside the workspace, at most 1,000 characters, is expected; the top is an empty text.")
    if value and (value.startswith("/") or any(part in ("", ".", "..") for part in value.split("/"))):
        raise BadValue(f"'{value[:80]}' is no folder inside the workspace.")


def _parameters(_key: str, value: Any, _limits: Limits) -> None:
    if not isinstance(value, dict):
        raise BadValue("A provider's settings are an object of names and parameters.")
    _refuse_keys(value)


def _refuse_keys(value: Any) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            if name.lower() in _KEY_NAMES:
                raise BadValue(f"'{name}' looks like a credential. Names and parameters are shared, keys never.")
            _refuse_keys(part)
    elif isinstance(value, list):
        for part in value:
            _refuse_keys(part)


def _said(_key: str, value: Any, limits: Limits) -> None:
    if not isinstance(value, dict) or not value.keys() <= {"text", "to", "about"} or not isinstance(value.get("text"), str):
        raise BadValue('A chat message is {"text": …}, and may say "to" whom and "about" which path.')
    if not value["text"].strip() or len(value["text"]) > limits.chat_chars:
        raise BadValue(f"A chat message has 1 to {limits.chat_chars} characters.")
    if not all(isinstance(value.get(part, ""), str) and len(value.get(part, "")) <= MAX_KEY for part in ("to", "about")):
        raise BadValue('"to" and "about" are short texts.')


def _titled(_key: str, value: Any, limits: Limits) -> None:
    if not isinstance(value, dict) or value.keys() != {"name", "join_role"} or value["join_role"] not in (EDITOR, VIEWER):
        raise BadValue('A session is {"name": …, "join_role": "editor" or "viewer"}.')
    _name("", value["name"], limits)


def _anything(_key: str, _value: Any, _limits: Limits) -> None:
    """Any JSON within the limits of a message."""


_EVENT = Rule(stored=False, compared=False, roles=WRITERS, check=_anything)
_FAMILIES = {
    "gen": Rule(stored=True, compared=True, roles=WRITERS, check=_artifact, deletable=True),
    "provider": Rule(stored=True, compared=True, roles=WRITERS, check=_parameters, deletable=True),
    # One key a file, so that two people who toggle different files never conflict; the last toggle of one file counts.
    "sel": Rule(stored=True, compared=False, roles=WRITERS, check=_selected, deletable=True),
    "state": Rule(stored=True, compared=False, roles=WRITERS, check=_anything, deletable=True),
    "run": _EVENT,
    "exec": _EVENT,
    "git": _EVENT,
    "custom": _EVENT,
}
_SINGLE = {
    "preset": Rule(stored=True, compared=True, roles=WRITERS, check=_name, deletable=True),
    "cwd": Rule(stored=True, compared=True, roles=WRITERS, check=_folder, deletable=True),
    "chat": Rule(stored=False, compared=False, roles=EVERYONE, check=_said),
    SESSION: Rule(stored=True, compared=True, roles=OWNERS, check=_titled),
}
