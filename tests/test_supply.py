"""What is installed is what was locked: exact versions, each with its hashes, and nothing from anywhere else (SECURITY 37)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def requirements(name: str) -> list[str]:
    """Return the requirements of a lock, each with its lines joined and without comments."""
    text = re.sub(r"^\s*#.*$", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-audit.txt"])
def test_every_package_is_pinned_to_a_version_and_to_hashes(name: str) -> None:
    found = requirements(name)
    assert len(found) > 20
    pinned = re.compile(r"[\w.\-\[\],]+==[\w.!+]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [line[:80] for line in found if not pinned.fullmatch(line)] == []


def test_what_runs_is_part_of_what_is_tested() -> None:
    def versions(name: str) -> set[str]:
        return {line.partition(" ")[0] for line in requirements(name)}

    assert versions("requirements.txt") <= versions("requirements-dev.txt")
