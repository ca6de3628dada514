"""The sidecar's figures: the `/health` body and the `/metrics` text. Counts only: a session is never named or listed."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from collaboration.protocol import Hub

BOUNDS_MS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 100.0)


class Latency:
    """How long messages took to handle, as a histogram."""

    __slots__ = ("counts", "total_ms")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_MS) + 1)
        self.total_ms = 0.0

    def add(self, milliseconds: float) -> None:
        """Count one message."""
        self.counts[bisect_left(BOUNDS_MS, milliseconds)] += 1
        self.total_ms += milliseconds


def health(hub: Hub, installation: str, started: float, now: float, store: str, ready: bool) -> dict[str, Any]:
    """Describe the sidecar to its supervisor and to a load balancer."""
    return {
        "status": "healthy" if ready else "degraded",
        "service": "omni-architect-collaboration",
        "installation": installation,
        "store": store,
        "sessions": len(hub.gatherings),
        "connections": hub.counters.connections,
        "uptime_s": round(now - started, 1),
    }


def text(hub: Hub, latency: Latency, started: float, now: float) -> str:
    """Render the figures in Prometheus' text format."""
    counters, gatherings = hub.counters, list(hub.gatherings.values())
    lines: list[str] = []

    def family(name: str, kind: str, what: str, *values: tuple[str, float]) -> None:
        lines.extend((f"# HELP omni_collaboration_{name} {what}", f"# TYPE omni_collaboration_{name} {kind}"))
        lines.extend(f"omni_collaboration_{name}{labels} {value:g}" for labels, value in values)

    family("uptime_seconds", "gauge", "Seconds since the sidecar started.", ("", now - started))
    family("sessions", "gauge", "Sessions that somebody is in.", ("", len(gatherings)))
    family("connections", "gauge", "Open connections.", ("", counters.connections))
    family("participants", "gauge", "Participants of all sessions.", ("", sum(len(held.room.members) for held in gatherings)))
    family("state_bytes", "gauge", "Bytes of shared state.", ("", sum(held.room.state_bytes for held in gatherings)))
    family(
        "oldest_session_seconds", "gauge", "Age of the oldest session.", ("", max((now - held.started for held in gatherings), default=0))
    )
    family(
        "last_activity_seconds",
        "gauge",
        "Seconds since the latest change.",
        ("", min((now - held.touched for held in gatherings), default=0)),
    )
    family("ops_total", "counter", "Committed changes.", ("", counters.ops))
    family("conflicts_total", "counter", "Changes that another one came before.", ("", counters.conflicts))
    family("refused_total", "counter", "Messages that were refused.", ("", counters.refused))
    family("drops_total", "counter", "Readers dropped because they stopped reading.", ("", counters.drops))
    family("lagged_total", "counter", "Times a reader fell behind and became a cursor.", ("", counters.lagged))
    family("joins_total", "counter", "Connections that joined.", ("", counters.joins))
    family("replays_total", "counter", "Joins that went on from where they were.", ("", counters.replays))
    family("snapshots_total", "counter", "Snapshots sent.", ("", counters.snapshots))
    family("ended_total", "counter", "Sessions that ended, by reason.", *((f'{{reason="{why}"}}', n) for why, n in counters.ended.items()))
    running, buckets = 0, []
    for bound, count in zip((*BOUNDS_MS, float("inf")), latency.counts, strict=True):
        running += count
        buckets.append((f'_bucket{{le="{"+Inf" if bound == float("inf") else bound / 1000:}"}}', running))
    family("handling_seconds", "histogram", "Time to handle one message and write it to everyone.", *buckets)
    lines.append(f"omni_collaboration_handling_seconds_sum {latency.total_ms / 1000:g}")
    lines.append(f"omni_collaboration_handling_seconds_count {running}")
    return "\n".join(lines) + "\n"
