"""Wishes about how the files are written: base image, account, labels, variables, packages, volumes."""

from __future__ import annotations

import re
from dataclasses import replace

from architect.commands import is_secret
from architect.plan import Family
from architect.wishes.hearing import Hearing, NotHonoured, first, unquoted

LABELS = {Family.ALPINE: "an Alpine", Family.DISTROLESS: "a distroless", Family.DEBIAN: "a Debian"}
_FAMILIES = {
    "alpine": Family.ALPINE,
    "distroless": Family.DISTROLESS,
    "debian": Family.DEBIAN,
    "slim": Family.DEBIAN,
    "bookworm": Family.DEBIAN,
}


def further_port(hearing: Hearing, match: re.Match[str]) -> str:
    """Expose one more port."""
    port = int(first(match))
    if not 1 <= port <= 65535:
        raise NotHonoured(f"port {port} is not between 1 and 65535")
    hearing.changes = replace(hearing.changes, ports=tuple(dict.fromkeys((*hearing.changes.ports, port))))
    return f"port {port} is exposed too"


def family(hearing: Hearing, match: re.Match[str]) -> str:
    """Ask for a kind of base image."""
    family = _FAMILIES[match[1].lower()]
    hearing.changes = replace(hearing.changes, family=family)
    return f"{LABELS[family]} base image"


def not_family(hearing: Hearing, match: re.Match[str]) -> str:
    """Keep away from a kind of base image."""
    if _FAMILIES[match[1].lower()] is Family.DEBIAN:
        raise NotHonoured("a base image that is not Debian: say which kind instead")
    hearing.changes = replace(hearing.changes, family=Family.DEBIAN)
    return f"{LABELS[Family.DEBIAN]} base image"


def user(hearing: Hearing, match: re.Match[str]) -> str:
    """Run as a given uid."""
    uid = int(first(match))
    if uid == 0:
        raise NotHonoured("running as root (uid 0); no house style does that")
    if uid > 2_000_000_000:
        raise NotHonoured(f"uid {uid} is too large")
    hearing.changes = replace(hearing.changes, user=uid)
    return f"runs as user {uid}"


def root(hearing: Hearing, match: re.Match[str]) -> str:
    """Refuse to run as root."""
    raise NotHonoured("running as root; no house style does that")


def no_health(hearing: Hearing, match: re.Match[str]) -> str:
    """Leave the health check out."""
    hearing.changes = replace(hearing.changes, health=False)
    return "no health check in the image"


def label(hearing: Hearing, match: re.Match[str]) -> str:
    """Put a label on the image."""
    hearing.changes = replace(hearing.changes, labels=_with(hearing.changes.labels, match[1], unquoted(match[2])))
    return f"label {match[1]}"


def environment(hearing: Hearing, match: re.Match[str]) -> str:
    """Set a variable in the image."""
    name = match[1]
    if is_secret(name):
        raise NotHonoured(f"{name} in the image: it looks like a secret, and secrets come from outside")
    hearing.changes = replace(hearing.changes, environment=_with(hearing.changes.environment, name, unquoted(match[2])))
    return f"{name} is set"


def platforms(hearing: Hearing, match: re.Match[str]) -> str:
    """Build for both common processors."""
    hearing.changes = replace(hearing.changes, platforms=("linux/amd64", "linux/arm64"))
    return "Compose builds for linux/amd64 and linux/arm64 (all base images exist for both; alone: docker buildx build --platform)"


def no_volumes(hearing: Hearing, match: re.Match[str]) -> str:
    """Leave named volumes out."""
    hearing.changes = replace(hearing.changes, volumes=False)
    return "no named volumes"


def packages(hearing: Hearing, match: re.Match[str]) -> str:
    """Install further system packages."""
    names = tuple(name for name in re.split(r"[\s,]+|\band\b", match[1].lower()) if re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", name))
    if not names:
        raise NotHonoured("installing packages: none was named")
    hearing.changes = replace(hearing.changes, packages=tuple(dict.fromkeys((*hearing.changes.packages, *names))))
    return f"system packages {', '.join(names)} (by the same name in every family of base images)"


def init(hearing: Hearing, match: re.Match[str]) -> str:
    """Put a small init in front."""
    hearing.changes = replace(hearing.changes, init=True)
    return "tini as PID 1"


def read_only(hearing: Hearing, match: re.Match[str]) -> str:
    """Make the root file system read-only."""
    hearing.changes = replace(hearing.changes, read_only=True)
    return "a read-only root file system in Compose"


def always(hearing: Hearing, match: re.Match[str]) -> str:
    """Say that every house style does it."""
    words = re.sub(r"^(?:use |with |an? )+", "", match[0].strip().lower())
    return f"{words} (every house style does that)"


def _with(pairs: tuple[tuple[str, str], ...], name: str, value: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs with this one, which replaces an earlier one of the same name."""
    return (*(pair for pair in pairs if pair[0] != name), (name, value))
