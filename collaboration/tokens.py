"""Join tokens: who may take which place in which session, signed by the app, good for one use within a minute."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

import orjson

from collaboration.keys import ROLES

LIFE_S = 60.0
MIN_SECRET = 32
_SESSION = re.compile(r"[A-Za-z0-9_-]{20,64}")
_PERSON = re.compile(r"[A-Za-z0-9_-]{1,64}")
_JOIN, _ATTACH = b"join:", b"attach:"


class BadToken(ValueError):
    """A token that opens nothing. The text never says more than that, so that guessing learns nothing."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token grants. `may_create`: the session is made if it is not there. `app`: the app speaks for the participant here."""

    session: str
    person: str
    name: str
    role: str
    title: str = ""
    may_create: bool = False
    app: bool = False


def mint(secret: bytes, granted: Pass, now: float, nonce: str) -> str:
    """Sign a pass; `now` is wall-clock seconds, `nonce` an unguessable text. Raises ValueError for a pass that is badly formed."""
    _check(granted)
    body = {
        "s": granted.session,
        "p": granted.person,
        "n": granted.name,
        "r": granted.role,
        "t": granted.title,
        "c": granted.may_create,
        "a": granted.app,
        "x": round(now + LIFE_S, 3),
        "j": nonce,
    }
    return _sign(secret, _JOIN, body)


def read(secret: bytes, token: str, now: float) -> tuple[Pass, str]:
    """Return the pass of a genuine token that has not run out, and its nonce, which its reader must not accept twice. Raises BadToken."""
    body = _verify(secret, _JOIN, token, now)
    try:
        granted = Pass(body["s"], body["p"], body["n"], body["r"], body["t"], body["c"], body["a"])
        _check(granted)
        return granted, str(body["j"])
    except (KeyError, TypeError, ValueError):
        raise BadToken("This token opens no session.") from None


def mint_attach(secret: bytes, origin: str, now: float, nonce: str) -> str:
    """Sign the request of another app of the same installation to let its pages in too."""
    return _sign(secret, _ATTACH, {"o": origin, "x": round(now + LIFE_S, 3), "j": nonce})


def read_attach(secret: bytes, token: str, now: float) -> tuple[str, str]:
    """Return the origin and the nonce of a genuine request to attach. Raises BadToken."""
    body = _verify(secret, _ATTACH, token, now)
    return str(body["o"]), str(body["j"])


def fingerprint(secret: bytes) -> str:
    """Name an installation without telling its secret."""
    return hashlib.sha256(b"installation:" + secret).hexdigest()[:16]


def _check(granted: Pass) -> None:
    if _SESSION.fullmatch(granted.session) is None:
        raise ValueError("A session's id has 20 to 64 letters, digits, dashes or underscores.")
    if _PERSON.fullmatch(granted.person) is None:
        raise ValueError("A participant's id has 1 to 64 letters, digits, dashes or underscores.")
    if granted.role not in ROLES:
        raise ValueError(f"A role is one of {', '.join(ROLES)}.")
    if not 0 < len(granted.name) <= 60 or len(granted.title) > 200:
        raise ValueError("A participant's name has 1 to 60 characters, a session's at most 200.")


def _sign(secret: bytes, purpose: bytes, body: dict[str, object]) -> str:
    if len(secret) < MIN_SECRET:
        raise ValueError(f"The secret has {len(secret)} bytes, at least {MIN_SECRET} are needed.")
    payload = base64.urlsafe_b64encode(orjson.dumps(body)).rstrip(b"=")
    return f"{payload.decode()}.{_signature(secret, purpose, payload)}"


def _verify(secret: bytes, purpose: bytes, token: str, now: float) -> dict[str, Any]:
    payload, _, signature = token.partition(".")
    wanted = _signature(secret, purpose, payload.encode("utf-8", "replace"))
    if not hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace")):
        raise BadToken("This token opens no session.")
    try:
        body = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if not isinstance(body["x"], int | float) or now > body["x"] or now < body["x"] - 2 * LIFE_S:
            raise BadToken("This token has run out.")
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError):
        raise BadToken("This token opens no session.") from None
    return dict(body)


def _signature(secret: bytes, purpose: bytes, payload: bytes) -> str:
    return hmac.new(secret, purpose + payload, hashlib.sha256).hexdigest()
