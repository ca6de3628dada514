"""The history checker: what clients sent, had acknowledged and received must be one story, whatever happened to their connections.

A log is built for each epoch from all that was received and acknowledged. Then: no number was told differently to two clients, no client
skipped, repeated or reordered a number, everything acknowledged is in the log once, nothing is in it that nobody sent, every
compare-and-set replaced exactly the revision it named, every conflict showed a revision that the key had, and all copies are equal.

A node that is killed may have made changes of which nobody was told: their authors were not answered either, so they ask again in the next
epoch. A conflict of its last moments may name one; what the node held when it died bears that out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

EVENTS = frozenset({"run", "exec", "git", "custom", "chat"})


class Sent(NamedTuple):
    """A change that a client asked for."""

    key: str
    base: int | None
    value: Any


@dataclass
class History:
    """What one client saw. `got` holds (epoch, seq, by, id, key, value) in order; a snapshot is (epoch, seq, state)."""

    person: str
    sent: dict[str, Sent] = field(default_factory=dict)
    acked: list[tuple[str, str, int]] = field(default_factory=list)
    conflicts: list[tuple[str, str, int]] = field(default_factory=list)
    got: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass
class Verdict:
    """What the checker found; `faults` is empty where all is well."""

    ops: int = 0
    acked: int = 0
    conflicts: int = 0
    epochs: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    torn: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, kind: str, text: str) -> None:
        """Count a fault and keep the first few in words."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.faults) < 20:
            self.faults.append(f"{kind}: {text}")


def check(
    histories: Iterable[History],
    final: Iterable[tuple[str, str, int, dict[str, tuple[int, Any]]]] = (),
    died: Iterable[tuple[str, int, str]] = (),
) -> Verdict:
    """Judge the histories; `final` are the copies at the end: (person, epoch, seq, {key: (rev, value)}).

    `died` are the last changes of nodes that were killed: (epoch, seq, key).
    """
    histories = list(histories)
    verdict = Verdict()
    logs: dict[str, dict[int, tuple[str, str, str, Any]]] = {}
    snapshots: list[tuple[str, int, dict[str, tuple[int, Any]]]] = []
    for history in histories:
        _follow(history, logs, snapshots, verdict)
    sent = {(history.person, ident): asked for history in histories for ident, asked in history.sent.items()}
    began: dict[str, int] = {}
    for epoch, seq, _state in snapshots:
        began[epoch] = min(began.get(epoch, seq), seq)
    for history in histories:
        for epoch, ident, seq in history.acked:
            verdict.acked += 1
            entry = logs.get(epoch, {}).get(seq)
            if entry is None and seq <= began.get(epoch, 0):
                continue  # made in an earlier incarnation and put back with it
            if entry is None:
                # the author's own op comes back as the acknowledgement: its content is what was sent
                logs.setdefault(epoch, {})[seq] = (history.person, ident, history.sent[ident].key, history.sent[ident].value)
            elif entry[:2] != (history.person, ident):
                verdict.fault("lost", f"{ident} of {history.person} was acknowledged as {seq}, which is {entry[1]} of {entry[0]}")
    untold: dict[str, dict[int, str]] = {}
    for epoch, seq, key in died:
        untold.setdefault(epoch, {})[seq] = key
    for epoch, log in logs.items():
        verdict.epochs += 1
        verdict.ops += len(log)
        _replay(epoch, log, sent, histories, snapshots, untold.get(epoch, {}), verdict)
    ends = list(final)
    for person, epoch, seq, state in ends:
        if (epoch, seq) != ends[0][1:3]:
            verdict.fault("lost", f"{person} ended at {seq} of {epoch}, {ends[0][0]} at {ends[0][2]} of {ends[0][1]}")
        elif state != ends[0][3]:
            verdict.fault("torn", f"{person} and {ends[0][0]} hold different states")
    return verdict


def _follow(history: History, logs: dict[str, Any], snapshots: list[Any], verdict: Verdict) -> None:
    epoch, last = "", 0
    for event in history.got:
        if len(event) == 3:
            if event[0] == epoch and event[1] < last:
                verdict.fault("reordered", f"{history.person} was sent back from {last} to {event[1]}")
            epoch, last = event[0], event[1]
            snapshots.append(event)
            continue
        of, seq, *entry = event
        if of != epoch:
            verdict.fault("reordered", f"{history.person} got {seq} of {of} while in {epoch}")
        elif seq <= last:
            verdict.fault("doubled", f"{history.person} got {seq} after {last}")
        elif seq != last + 1:
            verdict.fault("lost", f"{history.person} got {seq} after {last}")
        last = max(last, seq)
        known = logs.setdefault(of, {}).setdefault(seq, tuple(entry))
        if known[:3] != tuple(entry)[:3]:
            verdict.fault("reordered", f"{seq} is {known[:3]} for one and {tuple(entry)[:3]} for {history.person}")


def _replay(
    epoch: str,
    log: dict[int, Any],
    sent: dict[Any, Sent],
    histories: list[History],
    snapshots: list[Any],
    untold: dict[int, str],
    verdict: Verdict,
) -> None:
    state: dict[str, tuple[int, Any]] = {}
    revisions: dict[str, set[int]] = {}
    seen: set[tuple[str, str]] = set()
    first = min(log)
    carried = [held for held in snapshots if held[0] == epoch and held[1] < first]
    if carried:
        # an epoch that was put back after a restart of the store goes on from what was put back
        state = dict(max(carried, key=lambda held: held[1])[2])
        revisions = {key: {rev} for key, (rev, _) in state.items()}
    wanted = {held[1]: held[2] for held in snapshots if held[0] == epoch}
    for seq in sorted(log):
        by, ident, key, value = log[seq]
        asked = sent.get((by, ident))
        if (by, ident) in seen and asked is not None:
            verdict.fault("doubled", f"{ident} of {by} is in the log twice")
        seen.add((by, ident))
        if asked is not None and asked.base is not None and asked.base != state.get(key, (0, None))[0]:
            verdict.fault("torn", f"{ident} of {by} replaced {state.get(key, (0, None))[0]} of {key} but named {asked.base}")
        if key.partition("/")[0] not in EVENTS:
            revisions.setdefault(key, {0}).add(seq)
            if value is None:
                state.pop(key, None)
            else:
                state[key] = (seq, value)
        if seq in wanted and wanted[seq] != state:
            verdict.fault("torn", f"the snapshot at {seq} of {epoch} is not what the log adds up to")
    if sorted(log) != list(range(first, first + len(log))):
        verdict.fault("lost", f"the log of {epoch} has gaps")
    for seq, key in untold.items():
        if seq > max(log):
            revisions.setdefault(key, {0}).add(seq)
    for history in histories:
        for of, ident, rev in history.conflicts:
            if of == epoch and ident in history.sent:
                verdict.conflicts += 1
                asked = history.sent[ident]
                if rev == asked.base or (rev not in revisions.get(asked.key, {0}) and rev >= first):
                    verdict.fault("torn", f"the conflict of {ident} shows revision {rev}, which {asked.key} never had")
