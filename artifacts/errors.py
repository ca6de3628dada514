"""The one error tree of this room.

ArtifactError
├── UnreadableArtifact     the text is not what its kind says; `line` tells where
└── DecisionNotTakeable    one decision cannot be carried from another candidate alone; the message says why
"""

from __future__ import annotations


class ArtifactError(ValueError):
    """Something about a generated file is wrong; the message says what was seen and what to do."""


class UnreadableArtifact(ArtifactError):
    """The text cannot be read as its kind. `line` is 1-based, None where the whole file is meant."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.message = message
        self.line = line


class DecisionNotTakeable(ArtifactError):
    """The decision cannot be taken alone without breaking the rest of the file."""
