"""The messages of the wire: strict reading of what a client sends, encoding of what it is sent, and WebSocket framing."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from collaboration.limits import Limits

ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_TEXT, _PACKED = 0x81, 0xC1


class BadMessage(ValueError):
    """A message that is not one of the protocol's; the text says what was expected."""


# Named tuples, not dataclasses: one of these is made for every message, and a frozen dataclass costs five times as much to fill.
class Hello(NamedTuple):
    """The first message: a join token, and where to go on from."""

    token: str
    epoch: str
    seq: int


class Write(NamedTuple):
    """An op: set `key` to `value` if its revision is still `base_rev` (None: whatever it is)."""

    id: str
    key: str
    base_rev: int | None
    value: Any


class Here(NamedTuple):
    """Presence: where the participant looks, and whether it types."""

    where: Any
    typing: bool


class SetRole(NamedTuple):
    """The owner gives another participant a role."""

    id: str
    who: str
    role: str


class Remove(NamedTuple):
    """The owner removes a participant for as long as the session lives."""

    id: str
    who: str


class Leave(NamedTuple):
    """This connection leaves; the participant's last one leaves for good."""


class Ping(NamedTuple):
    """Asks for a pong: a browser cannot send WebSocket pings."""


Message = Hello | Write | Here | SetRole | Remove | Leave | Ping


def read(data: bytes | str, limits: Limits) -> Message:
    """Read one message. Raises BadMessage for anything that is not exactly one of them: unknown fields and types are refused."""
    if len(data) > limits.message_bytes:
        raise BadMessage(f"A message has at most {limits.message_bytes} bytes.")
    try:
        raw = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadMessage("A message is one JSON object.") from None
    if not isinstance(raw, dict):
        raise BadMessage("A message is one JSON object.")
    kind = raw.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadMessage(f"'type' must be one of {', '.join(_READERS)}.")
    fields, make = reader
    if not raw.keys() <= fields:
        raise BadMessage(f"'{kind}' has the fields {', '.join(sorted(fields - {'type'})) or 'none'}.")
    return make(raw, limits)


def _write(raw: dict[str, Any], limits: Limits) -> Write:
    base, value, key = raw.get("base_rev"), raw.get("value", _write), raw.get("key")
    if not isinstance(key, str):
        raise BadMessage("'key' must be a text.")
    if base is not None and (type(base) is not int or base < 0):
        raise BadMessage("'base_rev' must be a revision: 0 where the key is new.")
    if value is _write:
        raise BadMessage("'value' is missing; null deletes.")
    if type(value) in (dict, list):
        _bounded(value, limits)
    return Write(_id(raw), key, base, value)


def _hello(raw: dict[str, Any], _limits: Limits) -> Hello:
    token, resume = raw.get("token"), raw.get("resume")
    if not isinstance(token, str) or len(token) > 4_096:
        raise BadMessage("'token' must be the join token.")
    if resume is None:
        return Hello(token, "", 0)
    if not isinstance(resume, dict) or resume.keys() != {"epoch", "seq"}:
        raise BadMessage("'resume' is {epoch, seq}.")
    epoch, seq = resume["epoch"], resume["seq"]
    if not isinstance(epoch, str) or len(epoch) > 64 or type(seq) is not int or seq < 0:
        raise BadMessage("'resume' is {epoch, seq}: a text and a number.")
    return Hello(token, epoch, seq)


def _here(raw: dict[str, Any], limits: Limits) -> Here:
    where, typing = raw.get("where"), raw.get("typing", False)
    if type(typing) is not bool:
        raise BadMessage("'typing' must be true or false.")
    if where is not None and not isinstance(where, dict):
        raise BadMessage("'where' must be an object or null.")
    if where is not None:
        _bounded(where, limits)
        if len(orjson.dumps(where)) > limits.presence_bytes:
            raise BadMessage(f"'where' has at most {limits.presence_bytes} bytes.")
    return Here(where, typing)


def _set_role(raw: dict[str, Any], _limits: Limits) -> SetRole:
    return SetRole(_id(raw), _id(raw, "who"), _id(raw, "role"))


def _remove(raw: dict[str, Any], _limits: Limits) -> Remove:
    return Remove(_id(raw), _id(raw, "who"))


def _id(raw: dict[str, Any], field: str = "id") -> str:
    found = raw.get(field)
    if not isinstance(found, str) or ID.fullmatch(found) is None:
        raise BadMessage(f"'{field}' must have 1 to 64 letters, digits, dots, colons, dashes or underscores.")
    return found


def _bounded(value: Any, limits: Limits) -> None:
    """Walk the containers level by level: a deep or very branched value is refused before anything else looks at it."""
    level, left = [value], limits.nodes
    for _ in range(limits.depth):
        below = []
        for container in level:
            parts = container.values() if type(container) is dict else container
            left -= len(parts)
            if left < 0:
                raise BadMessage(f"A value has at most {limits.nodes} parts.")
            below += [part for part in parts if type(part) is dict or type(part) is list]
        if not below:
            return
        level = below
    raise BadMessage(f"A value is nested at most {limits.depth} deep.")


_READERS: dict[str, tuple[frozenset[str], Any]] = {
    "op": (frozenset({"type", "id", "key", "base_rev", "value"}), _write),
    "presence": (frozenset({"type", "where", "typing"}), _here),
    "ping": (frozenset({"type"}), lambda _raw, _limits: Ping()),
    "hello": (frozenset({"type", "token", "resume"}), _hello),
    "role": (frozenset({"type", "id", "who", "role"}), _set_role),
    "remove": (frozenset({"type", "id", "who"}), _remove),
    "leave": (frozenset({"type"}), lambda _raw, _limits: Leave()),
}


def op(seq: int, key: str, value: bytes, by: str, ident: str, at: int) -> bytes:
    """Encode a committed op; `value` is JSON already."""
    return b'{"type":"op","seq":%d,"key":%b,"by":"%b","id":"%b","at":%d,"value":%b}' % (
        seq,
        orjson.dumps(key),
        by.encode(),
        ident.encode(),
        at,
        value,
    )


def ack(ident: str, seq: int) -> bytes:
    """Encode an acknowledgement; the revision of a key is the number of the op that wrote it."""
    return b'{"type":"ack","id":"%b","seq":%d,"rev":%d}' % (ident.encode(), seq, seq)


def conflict(ident: str, key: str, rev: int, value: bytes, by: str) -> bytes:
    """Encode a conflict: what is there instead, and who wrote it."""
    return b'{"type":"conflict","id":"%b","key":%b,"rev":%d,"by":"%b","value":%b}' % (
        ident.encode(),
        orjson.dumps(key),
        rev,
        by.encode(),
        value,
    )


def refused(code: str, message: str, ident: str = "", retry_after: float | None = None) -> bytes:
    """Encode a refusal: nothing was changed, and the connection stays."""
    body: dict[str, Any] = {"type": "refused", "code": code, "message": message}
    if ident:
        body["id"] = ident
    if retry_after is not None:
        body["retry_after"] = round(retry_after, 3)
    return orjson.dumps(body)


def encode(kind: str, **fields: Any) -> bytes:
    """Encode any other message."""
    return orjson.dumps({"type": kind, **fields})


def snapshot(epoch: str, seq: int, state: Mapping[str, tuple[int, bytes, str, int]], recent: Iterable[bytes]) -> bytes:
    """Encode the whole state in one message; `state` maps a key to revision, JSON value, author and time."""
    entries = b",".join(
        b'%b:{"rev":%d,"by":"%b","at":%d,"value":%b}' % (orjson.dumps(key), rev, by.encode(), at, value)
        for key, (rev, value, by, at) in state.items()
    )
    return b'{"type":"snapshot","epoch":"%b","seq":%d,"state":{%b},"recent":[%b]}' % (epoch.encode(), seq, entries, b",".join(recent))


def kept(value: object) -> bytes:
    """Encode a value that stays in memory, in bytes of its own size: orjson's hold a buffer of 4 kB for as long as they live."""
    return bytes(memoryview(orjson.dumps(value)))


def frame(payload: bytes, packed: bool = False) -> bytes:
    """Frame one text message as a server sends it: unmasked, in one piece; `packed` says that the payload went through `pack`."""
    first, size = _PACKED if packed else _TEXT, len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65_536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def pack(payload: bytes) -> bytes:
    """Compress for permessage-deflate without context takeover, so that one result serves every reader."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -15, 8)
    return (squeeze.compress(payload) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]
