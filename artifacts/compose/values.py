"""The forms of Compose's values that the schema leaves open: ports, durations, sizes, numbers, volume specifications."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from artifacts.compose.reader import interpolated

_NUMBER = re.compile(r"^\d{1,5}$")
_RANGE = re.compile(r"^(\d{1,5})-(\d{1,5})$")
_DURATION = re.compile(r"^[-+]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h|d|w|y))+$|^0$")
_SIZE = re.compile(r"^-?\d+(?:\.\d+)?\s*[kKmMgGtTpP]?[iI]?[bB]?$")
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})


def is_open(text: str) -> bool:
    """Tell whether a value still depends on variables without a default, so that its form cannot be judged."""
    return "$" in interpolated(text)


def port_problem(text: str) -> str | None:
    """Return what is wrong with a port in short syntax, None when nothing is or it depends on variables."""
    if is_open(text):
        return None
    body = interpolated(text).strip()
    body, slash, protocol = body.partition("/")
    if slash and protocol.lower() not in _PROTOCOLS:
        return f"{protocol!r} is not a protocol; tcp or udp is expected"
    address = ""
    if body.startswith("["):
        address, closed, body = body[1:].partition("]")
        body = body.removeprefix(":") if closed else body
    parts = body.split(":")
    if len(parts) > 3 or (address and len(parts) > 2):
        return f"{text[:60]!r} has too many parts; [address:]published:target is expected"
    if len(parts) == 3:
        address, parts = parts[0], parts[1:]
    elif len(parts) == 2 and "." in parts[0]:
        address, parts = parts[0], ["", parts[1]]
    if address and not _is_address(address):
        return f"{address[:60]!r} is not an IP address"
    target = _span(parts[-1])
    if target is None:
        return f"{parts[-1][:60]!r} is not a port of the container; 1 to 65535 is expected"
    if len(parts) == 2 and parts[0]:
        published = _span(parts[0], lowest=0)
        if published is None:
            return f"{parts[0][:60]!r} is not a port of the host; 1 to 65535 is expected"
        sizes = (published[1] - published[0], target[1] - target[0])
        if sizes[1] > 0 and sizes[0] != sizes[1]:
            return f"{text[:60]!r} maps {sizes[0] + 1} ports to {sizes[1] + 1}"
    return None


def _span(text: str, lowest: int = 1) -> tuple[int, int] | None:
    match = _RANGE.match(text)
    if match is not None:
        first, last = int(match[1]), int(match[2])
    elif _NUMBER.match(text):
        first = last = int(text)
    else:
        return None
    return (first, last) if lowest <= first <= last <= 65535 else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def is_port_number(value: Any, *, lowest: int = 1) -> bool:
    """Tell whether a plain value is a port or a range of ports."""
    return isinstance(value, int | str) and not isinstance(value, bool) and _span(str(value).strip(), lowest) is not None


def is_duration(value: Any) -> bool:
    """Tell whether a plain value is a duration such as 1m30s."""
    return isinstance(value, str) and bool(_DURATION.match(value.strip()))


def is_size(value: Any) -> bool:
    """Tell whether a plain value is a size such as 512m; plain numbers are bytes."""
    return isinstance(value, int | float) or (isinstance(value, str) and bool(_SIZE.match(value.strip())))


def is_number(value: Any, *, whole: bool) -> bool:
    """Tell whether a plain value is a number, or text that is one."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int) or (isinstance(value, float) and not whole):
        return True
    pattern = r"^[-+]?\d{1,18}$" if whole else r"^[-+]?\d{1,18}(?:\.\d{1,18})?(?:[eE][-+]?\d{1,3})?$"
    return isinstance(value, str) and bool(re.match(pattern, value.strip()))


def is_boolean(value: Any) -> bool:
    """Tell whether a plain value is a boolean, or text that Compose casts to one."""
    words = {"1", "t", "true", "y", "yes", "on", "0", "f", "false", "n", "no", "off"}
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in words)


def mount_problem(text: str) -> str | None:
    """Return what is wrong with a volume in short syntax, None when nothing is or it depends on variables."""
    if is_open(text):
        return None
    body = interpolated(text)
    if re.match(r"^[A-Za-z]:[\\/]", body):
        body = body[2:]
    parts = body.split(":")
    if any(re.search(r"(?:^|:)[A-Za-z]$", part) for part in parts[1:]):
        return None
    if len(parts) > 3:
        return f"{text[:80]!r} has too many colons; source:target[:mode] is expected"
    if any(not part for part in parts):
        return f"{text[:80]!r} has an empty part between its colons"
    return None
