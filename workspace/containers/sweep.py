"""Removes what proofs left behind whose process was killed: found by label, and by the folder each proof writes its name into."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from workspace.containers import commands
from workspace.containers.descendants import end_users_of
from workspace.containers.owner import LABEL, parse_owner
from workspace.containers.records import ContainerEngine
from workspace.containers.sandbox import REMOVE_S
from workspace.containers.store import dead_folders, own_store, remove_folder
from workspace.processes import run


async def sweep(engine: ContainerEngine) -> tuple[str, ...]:
    """Remove the leftovers of dead proofs of this machine and return in words what was removed; never touches a living one's."""
    removed: list[str] = []
    for folder in dead_folders():
        own, store = own_store(engine, folder)
        if store:
            await end_users_of(folder)
            # All of it is one dead proof's: its containers may still run.
            listed = await run([own.program, *store, "ps", "--all", "--quiet", "--external"], env=own.environment, limit_s=REMOVE_S)
            for identity in listed.output.split() if listed.ok else ():
                await run([own.program, *store, *commands.remove("container", (identity,))], env=own.environment, limit_s=REMOVE_S)
        await remove_folder(engine, folder)
        removed.append(f"the folder {folder.name}")
    for kind in ("container", "image", "network"):
        for identity in await _dead(engine, kind):
            await run([engine.program, *commands.remove(kind, (identity,))], env=engine.environment, limit_s=REMOVE_S)
            removed.append(f"the {kind} {identity[:19]}")
    return tuple(removed)


async def _dead(engine: ContainerEngine, kind: str) -> list[str]:
    """Return the ids of one kind whose label names a process that is gone."""
    listed = await run([engine.program, *commands.list_made(kind)], env=engine.environment, limit_s=REMOVE_S, with_errors=False)
    ids = tuple(dict.fromkeys(listed.output.split())) if listed.ok else ()
    if not ids:
        return []
    said = await run([engine.program, kind, "inspect", *ids], env=engine.environment, limit_s=REMOVE_S, with_errors=False)
    found: list[str] = []
    with suppress(ValueError):
        for identity, thing in zip(ids, json.loads(said.output), strict=False):
            owner = parse_owner(_label(thing))
            if owner is not None and owner.is_gone:
                found.append(identity)
    return found


def _label(thing: Any) -> str:
    if not isinstance(thing, dict):
        return ""
    for holder in (thing.get("Config") or {}, thing):
        labels = holder.get("Labels") or holder.get("labels") or {}
        if isinstance(labels, dict) and LABEL in labels:
            return str(labels[LABEL])
    return ""
