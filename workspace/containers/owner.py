"""Who made a container: the process that did, named so that a later run can tell whether it is still alive."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LABEL = "omni-architect.proof"
"""The label of everything a proof makes; its value is `Owner.text`."""

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Owner:
    """A machine (and process namespace), a boot, a process with its start, and a random part: one proof of one run."""

    machine: str
    boot: str
    pid: int
    started: str
    token: str

    @property
    def text(self) -> str:
        """Return the owner in one word of letters, digits and dots."""
        return f"{self.machine}.{self.boot}.{self.pid}.{self.started}.{self.token}"

    @property
    def is_gone(self) -> bool:
        """Tell whether its process has ended for certain; a process of another machine is never called gone."""
        here = _here()
        if self.machine != here.machine:
            return False
        if self.boot != here.boot:
            return True
        return _start_of(self.pid) != self.started


def new_owner() -> Owner:
    """Return this process as the owner of one proof."""
    here = _here()
    return Owner(here.machine, here.boot, os.getpid(), _start_of(os.getpid()) or "0", secrets.token_hex(4))


def parse_owner(text: str) -> Owner | None:
    """Read an owner's text; None when it is not one of ours."""
    parts = text.split(".")
    if len(parts) != 5 or not parts[2].isdigit() or not all(part.isalnum() and part.isascii() for part in parts):
        return None
    return Owner(parts[0], parts[1], int(parts[2]), parts[3], parts[4])


def _here() -> Owner:
    machine = _first_line("/etc/machine-id") or os.uname().nodename
    with suppress(OSError):
        # Two containers of one machine may share everything but this.
        machine += os.readlink("/proc/self/ns/pid") + os.uname().nodename
    boot = _first_line("/proc/sys/kernel/random/boot_id") or "unknown"
    return Owner(_short(machine), _short(boot), 0, "0", "")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _start_of(pid: int) -> str | None:
    """Return when a process started, in the kernel's ticks; "0" where that cannot be told, None when there is no such process."""
    if _PROC.joinpath("self/stat").exists():
        line = _first_line(f"/proc/{pid}/stat")
        fields = line.rpartition(")")[2].split() if line else []
        return fields[19] if len(fields) > 19 else None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return "0"
    return "0"


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""
