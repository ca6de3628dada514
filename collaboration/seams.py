"""What surrounds the core: the seam to where ops are decided, the counters, and why connections are closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from collaboration.rooms import Ask, Outcome, Room

LEFT, UNKNOWN, NO_SESSION, SLOW, REMOVED, FULL, FLOOD, ENDED, OFF = 4000, 4001, 4004, 4008, 4009, 4010, 4029, 4012, 1012
"""Why a connection was closed; docs/collaboration.md says what a client does then."""


class Backplane(Protocol):
    """Where ops are decided and heard: in this process, or in a store that several share. Every answer comes through a callback.

    `submit` calls `deliver` of the hub for what was committed, in sequence, before it calls `reply`.
    """

    def claim(self, nonce: str, reply: Callable[[bool], None]) -> None:
        """Use up a token's nonce; False when it was used before."""

    def open(self, session: str, epoch: str, create: bool, reply: Callable[[Room | None], None]) -> None:
        """Return the room of a session, made with this epoch if it may be; None where it is not there."""

    def submit(self, room: Room, ask: Ask, at: int, reply: Callable[[Outcome], None]) -> None:
        """Decide a change."""

    def whisper(self, room: Room, payload: bytes) -> None:
        """Tell the other nodes a presence message."""

    def drop(self, room: Room, ended: bool) -> None:
        """Nobody of the room is on this node any more; `ended`: nor anywhere else."""


@dataclass(slots=True)
class Counters:
    """What happened since the start."""

    ops: int = 0
    conflicts: int = 0
    refused: int = 0
    drops: int = 0
    joins: int = 0
    snapshots: int = 0
    replays: int = 0
    lagged: int = 0
    connections: int = 0
    ended: dict[str, int] = field(default_factory=dict)
