"""Every bound of a session in one record: sizes in bytes, times in seconds, rates per second."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """What a session and its participants may take. The values are those of the protocol's description; tests and benchmarks set others."""

    participants: int = 10
    seats: int = 8
    """Connections of one participant at once: tabs, and the app that speaks for them."""
    ring_ops: int = 1024
    ring_bytes: int = 2_000_000
    state_bytes: int = 8 * MIB
    message_bytes: int = 256 * KIB
    text_bytes: int = 128 * KIB
    chat_chars: int = 4_000
    presence_bytes: int = 2 * KIB
    depth: int = 24
    nodes: int = 20_000
    ops_per_s: float = 20.0
    ops_burst: int = 40
    frames_per_s: float = 60.0
    frames_burst: int = 120
    """Messages of any kind on one connection."""
    strikes: int = 200
    """Refusals in a row before a connection is closed."""
    hold_s: float = 60.0
    """How long a dropped participant's place is held."""
    hello_s: float = 5.0
    idle_s: float = 8 * 3600.0
    high_bytes: int = 256 * KIB
    """Unsent bytes of a connection above which it becomes a cursor; below `low_bytes` it goes on from the ring."""
    low_bytes: int = 64 * KIB
    stuck_s: float = 45.0
    remembered_ids: int = 1_300
    """Ids of one participant's ops that are recognised again: what may be written within `hold_s`, and the burst."""
    recent_events: int = 100
    """Events (chat, runs, commands) that a snapshot carries."""
    packed_bytes: int = 4 * KIB
    """Messages from this size on are compressed, once for all who read compressed."""
