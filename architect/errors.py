"""The architect's errors: one tree, each message says what was seen, what was expected and what to do."""

from __future__ import annotations


class ArchitectError(Exception):
    """Anything the architect refuses to do."""


class UnknownTarget(ArchitectError):
    """A target that no blueprint renders."""


class NoPlan(ArchitectError):
    """A component of which too little is known to plan an image."""
