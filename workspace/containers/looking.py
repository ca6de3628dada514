"""Looks at a running container from the machine's side: its listening ports and the user of its first process, from the kernel's tables."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from workspace.containers.records import Listening

_LISTEN = "0A"
_DOCKER_NAMES = "0B00007F"  # 127.0.0.11: the name server Docker puts into every container of a network
_LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")


def is_container(pid: int, container: str) -> bool:
    """Tell whether a process of this machine belongs to the container of this id; a remote engine's process ids mean nothing here."""
    for name in ("cgroup", "mountinfo"):
        with suppress(OSError):
            if pid > 0 and container in Path(f"/proc/{pid}/{name}").read_text():
                return True
    return False


def listening_of(pid: int) -> tuple[Listening, ...] | None:
    """Return what a process's network namespace listens on; None where that cannot be read."""
    try:
        tables = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6") if Path(f"/proc/{pid}/net/{name}").exists()]
    except OSError:
        return None
    return parse_listening("\n".join(tables)) if tables else None


def parse_listening(table: str) -> tuple[Listening, ...]:
    """Read the kernel's table of TCP sockets (`/proc/net/tcp` and `tcp6`)."""
    found: dict[int, bool] = {}
    for line in table.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[3] != _LISTEN or ":" not in fields[1]:
            continue
        address, _, port = fields[1].rpartition(":")
        if address == _DOCKER_NAMES:
            continue
        with suppress(ValueError):
            number = int(port, 16)
            reachable = address not in _LOOPBACK and not (len(address) == 8 and address.endswith("7F"))
            found[number] = found.get(number, False) or reachable
    return tuple(Listening(port, reachable) for port, reachable in sorted(found.items()))


def user_of(pid: int) -> int | None:
    """Return the user id of a process as the container itself sees it; None where that cannot be read."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        outside = next(int(line.split()[2]) for line in status.splitlines() if line.startswith("Uid:"))
        for line in Path(f"/proc/{pid}/uid_map").read_text().splitlines():
            inside, first, count = (int(word) for word in line.split())
            if first <= outside < first + count:
                return inside + outside - first
    except (OSError, ValueError, StopIteration, IndexError):
        return None
    return None


def can_enter_networks() -> bool:
    """Tell whether this process may step into a container's network by itself."""
    return os.geteuid() == 0 and Path("/proc/self/ns/net").exists()
