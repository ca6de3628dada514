"""Values of Terraform's language and the functions that make values of values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any

from artifacts.terraform.model import Expression

MAX_SIZE = 20_000
"""Elements one value may hold; larger ones stay unknown."""
LONGEST = 100_000
"""Characters one text may have."""


class _Unknown:
    """The one value that only a run of Terraform could tell."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()
FAILED = _Unknown()
"""What evaluating something that is not there gives: unknown to all but `try`, which goes on to its next argument."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value and the expression it was written as; lists and objects hold Values."""

    data: Any
    origin: Expression | None = None
    size: int = 1

    @property
    def known(self) -> bool:
        """Tell whether the files alone tell it."""
        return not isinstance(self.data, _Unknown)

    def failed(self) -> bool:
        """Tell whether it holds something that is not there."""
        if isinstance(self.data, dict):
            return any(value.failed() for value in self.data.values())
        if isinstance(self.data, list):
            return any(value.failed() for value in self.data)
        return self.data is FAILED

    def plain(self) -> Any:
        """Return lists, dicts and scalars; UNKNOWN or FAILED stands where something is not known."""
        if isinstance(self.data, dict):
            return {key: value.plain() for key, value in self.data.items()}
        if isinstance(self.data, list):
            return [value.plain() for value in self.data]
        return self.data

    def get(self, key: str) -> Value:
        """Return an object's member; unknown where there is none."""
        if not isinstance(self.data, dict):
            return Value(FAILED) if self.known else NOTHING
        return self.data.get(key) or Value(FAILED)


NOTHING = Value(UNKNOWN)


def listed(items: Iterable[Value], origin: Expression | None = None) -> Value:
    """Return a list; unknown where it would be too large to go through."""
    held = list(items)
    size = 1 + sum(item.size for item in held)
    return Value(held, origin, size) if size <= MAX_SIZE else Value(UNKNOWN, origin)


def mapped(items: Map[str, Value], origin: Expression | None = None) -> Value:
    """Return an object; unknown where it would be too large to go through."""
    size = 1 + sum(item.size for item in items.values())
    return Value(dict(items), origin, size) if size <= MAX_SIZE else Value(UNKNOWN, origin)


def worded(text: str, origin: Expression | None = None) -> Value:
    """Return a text; unknown where it would be too long."""
    return Value(text, origin) if len(text) <= LONGEST else Value(UNKNOWN, origin)


def text_of(data: Any) -> str | None:
    """Return a scalar as Terraform writes it into a text, None for anything else."""
    if isinstance(data, str):
        return data
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, int | float):
        return str(int(data)) if isinstance(data, float) and data.is_integer() and abs(data) < 1e15 else str(data)
    return None


def number_of(data: Any) -> float | None:
    """Return a number, also one in quotes; None for anything else."""
    if isinstance(data, bool):
        return None
    if isinstance(data, int | float):
        return float(data) if abs(data) < 1e300 else None
    if isinstance(data, str) and len(data) < 30:
        try:
            return float(data)
        except ValueError:
            return None
    return None


def _merge(*given: Value) -> Value:
    if not all(isinstance(value.data, dict) for value in given):
        return NOTHING
    return mapped({key: item for value in given for key, item in value.data.items()})


def _concat(*given: Value) -> Value:
    if not all(isinstance(value.data, list) for value in given):
        return NOTHING
    return listed(item for value in given for item in value.data)


def _lookup(of: Value, key: Value, *default: Value) -> Value:
    name = text_of(key.data)
    if not isinstance(of.data, dict) or name is None:
        return NOTHING
    return of.data.get(name) or (default[0] if default else NOTHING)


def _format(pattern: Value, *given: Value) -> Value:
    texts = [text_of(value.data) for value in given]
    if not isinstance(pattern.data, str) or None in texts or pattern.data.count("%") != len(texts):
        return NOTHING
    result = pattern.data
    for text in texts:
        for mark in ("%s", "%d", "%v", "%q"):
            if mark in result:
                result = result.replace(mark, text or "", 1)
                break
        else:
            return NOTHING
    return worded(result)


def _join(separator: Value, of: Value) -> Value:
    texts = [text_of(item.data) for item in of.data]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts) or sum(map(len, known)) + len(known) * len(str(separator.data)) > LONGEST:
        return NOTHING
    return Value(str(separator.data).join(known))


def _decoded(text: Value) -> Value:
    return _wrapped(json.loads(text.data)) if isinstance(text.data, str) and len(text.data) < 65_536 else NOTHING


def _wrapped(data: Any) -> Value:
    if isinstance(data, dict):
        return mapped({str(key): _wrapped(value) for key, value in data.items()})
    if isinstance(data, list):
        return listed(_wrapped(value) for value in data)
    return Value(data)


def _same(value: Value, *_: Value) -> Value:
    return value


def _number(value: Value) -> Value:
    number = number_of(value.data)
    if number is None:
        return NOTHING
    return Value(int(number) if number.is_integer() else number, value.origin)


def _replace(value: Value, old: Value, new: Value) -> Value:
    text: str = value.data
    if not old.data or len(text) + text.count(old.data) * len(new.data) > LONGEST:
        return NOTHING
    return Value(text.replace(old.data, new.data))


def _members(value: Value) -> Value:
    if isinstance(value.data, dict):
        return listed(item for _, item in sorted(value.data.items()))
    return value if isinstance(value.data, list) else NOTHING


FUNCTIONS: Map[str, Callable[..., Value]] = {
    "merge": _merge,
    "concat": _concat,
    "lookup": _lookup,
    "format": _format,
    "join": _join,
    "jsondecode": _decoded,
    # JSON is kept as the value it says: what reads it wants the value, not its text
    "jsonencode": _same,
    "sensitive": _same,
    "nonsensitive": _same,
    "tolist": _same,
    "toset": _same,
    "tomap": _same,
    "tonumber": _number,
    "tostring": lambda value: Value(text_of(value.data), value.origin) if text_of(value.data) is not None else NOTHING,
    "lower": lambda value: Value(value.data.lower()),
    "upper": lambda value: Value(value.data.upper()),
    "trimspace": lambda value: Value(value.data.strip()),
    "replace": _replace,
    "substr": lambda value, start, length: Value(value.data[start.data : start.data + length.data]) if length.data >= 0 else NOTHING,
    "keys": lambda value: listed(Value(key) for key in sorted(value.data)),
    "values": _members,
    "compact": lambda value: listed(item for item in value.data if item.data not in (None, "")),
    "distinct": _same,
    "length": lambda value: Value(len(value.data)) if isinstance(value.data, str | list | dict) else NOTHING,
    "element": lambda value, place: value.data[place.data % len(value.data)],
    "one": lambda value: value.data[0] if len(value.data) == 1 else NOTHING,
    "contains": lambda value, item: Value(any(held.data == item.data for held in value.data)) if item.known else NOTHING,
}
