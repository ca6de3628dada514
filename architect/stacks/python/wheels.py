"""Which interpreters and platforms a lock file has wheels for."""

from __future__ import annotations

from architect.reading import Folder
from architect.stacks.python.requirements import Requirements, normal


def wheel_tags(folder: Folder, requirements: Requirements) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return, from a lock that lists files, package -> interpreter tags (`cp312`, `abi3`, `any`) and package -> platforms."""
    lock = requirements.lockfile
    if lock is None or not lock.endswith(".lock") or lock.endswith("Pipfile.lock"):
        return {}, {}
    known = folder.tree.memo.get(("wheels", lock))
    if known is None:
        known = folder.tree.memo[("wheels", lock)] = _wheels(folder.tree.read(lock, 4_000_000) or "")
    return known


def _wheels(text: str) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    tags: dict[str, set[str]] = {}
    platforms: dict[str, set[str]] = {}
    for piece in text.split(".whl")[:-1]:
        tail = piece[-240:]
        parts = tail[max(tail.rfind(mark) for mark in "/\"' =\n") + 1 :].split("-")
        if len(parts) < 5:
            continue
        python, abi, platform = parts[-3:]
        name = normal(parts[0])
        universal = platform == "any"
        tags.setdefault(name, set()).update({"any"} if universal else {"abi3"} if abi.startswith("abi3") else set(python.split(".")))
        kind = "any" if universal else "musl" if "musllinux" in platform else "gnu" if "linux" in platform else "other"
        platforms.setdefault(name, set()).add(kind)
    return tags, platforms
