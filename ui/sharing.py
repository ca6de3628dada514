"""What a page shares with its session and takes over from it, once a run of the script (SPEC §11, the protocol's keys).

The app's own copy of the session is read, never what a browser says. Nothing of a file is overwritten: files of colleagues are offered.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any

import streamlit as st

from architect.profile import Override
from collaboration.client import Client, ConflictError, Held, SessionError
from collaboration.keys import WRITERS
from engine.activity import Activity, Area, Phase
from engine.assemble import MOST_TOKENS
from engine.live import RunState
from providers.strategies import STRATEGIES
from ui import state, together
from ui.bridge import BRIDGE, BridgeBusyError
from ui.sessions import BrowserSession
from ui.shared import Clash, Shared
from ui.text import count
from workspace.secrets import mask, mask_quick

ANSWER_S = 0.4
"""How long a page waits for the session to take what it shares; what takes longer is looked at by the next run of the script."""

SYNC_S = 0.3
LARGEST = 128 * 1024
WORKSPACE, OVERRIDES, PRESET, SETTINGS = "state/workspace", "state/overrides", "preset", "provider/settings"
TOLD_AS = {Area.GIT: "git/", Area.COMMAND: "exec/", Area.FILES: "git/applied-"}
GEN, RUN = "gen/", "run/"


def _between(low: float, high: float, kind: type[int] | type[float]) -> Callable[[object], bool]:
    def usable(value: object) -> bool:
        return value is None or (isinstance(value, int | kind) and not isinstance(value, bool) and low <= value <= high)

    return usable


# What of Advanced parameters is shared, and which values of a colleague's page the widgets can show. Keys of vendors never are.
USABLE: Mapping[str, Callable[[object], bool]] = {
    state.ENSEMBLE_MODE: lambda value: isinstance(value, bool),
    state.ASYNC_MODE: lambda value: isinstance(value, bool),
    state.STRATEGY: lambda value: any(entry.id == value for entry in STRATEGIES),
    state.TEMPERATURE: _between(0.0, 2.0, float),
    state.MAX_TOKENS: _between(64, MOST_TOKENS, int),
    state.TIMEOUT: lambda value: value is not None and _between(1, 3600, int)(value),
}


def adopt() -> None:
    """Take over what colleagues have set, before the widgets of this run are made."""
    record, client = state.page(), _client()
    together.remembered(state.session())
    _hear(record, state.session())
    if client is None:
        return
    shared = record.shared
    _collect(shared)
    for key, take in ((WORKSPACE, _take_workspace), (PRESET, _take_preset), (SETTINGS, _take_settings), (OVERRIDES, _take_overrides)):
        held = client.state.get(key)
        if held is not None and held.rev > shared.revs.get(key, 0) and key not in shared.waiting:
            shared.revs[key] = held.rev
            if held.value != shared.said.get(key):
                shared.said[key] = held.value
                take(record, held)


def publish() -> bool:
    """Share what this run of the script has changed; True when there is news of it to tell on the page."""
    record, client = state.page(), _client()
    if client is None or client.role not in WRITERS:
        return False
    shared = record.shared
    known = (len(shared.clashes), shared.notice)
    if record.workspace is not None and not _secret(record.workspace.location):
        place = {"text": f"opened {record.workspace.name}", "name": record.workspace.name, "location": record.workspace.location}
        _say(client, shared, WORKSPACE, place)
    if preset := state.value(state.PRESET):
        _say(client, shared, PRESET, preset)
    _say(client, shared, SETTINGS, {key: state.value(key) for key in USABLE})
    if record.overrides or OVERRIDES in shared.said:
        told = [override for override in record.overrides if not _secret(override.value)]
        last = told[-1] if told else None
        text = f"corrected {last.field} to {last.value}" if last else "went back to what was found"
        items = [{"component": o.component, "field": o.field, "value": o.value} for o in told]
        unshared = len(record.overrides) - len(told)
        if unshared > shared.revs.get("unshared", 0):
            shared.notice = "A correction that holds what looks like a secret stays on this page; the session does not get it."
        shared.revs["unshared"] = unshared
        _say(client, shared, OVERRIDES, {"text": text, "items": items})
    _tell_run(client, record)
    _share_files(client, record)
    _collect(shared, ANSWER_S)
    return (len(shared.clashes), shared.notice) != known or shared.listed not in (None, _revisions(files()))


def answered() -> bool:
    """Tell whether the session has answered something that this page waited for."""
    return any(future.done() for future, _ in state.page().shared.waiting.values())


def away() -> bool:
    """Tell whether the app itself has lost its connection to this page's session and is on its way back."""
    client = together.client_of(state.session())
    return client is not None and not client.connected


def back() -> bool:
    """Tell whether the app's connection to the session is another than this page was drawn for: what is shared is shared anew."""
    return state.page().shared.shown != _as_shown(_client())


def news(told: object) -> bool:
    """Tell whether the session holds something that this page has not taken in; `told` is what the browser has heard of."""
    record, client = state.page(), _client()
    if record.shared.shown != _as_shown(client):
        return True
    if client is None:
        return False
    seq = told.get("seq", 0) if isinstance(told, Mapping) else 0
    deadline = time.monotonic() + SYNC_S
    while isinstance(seq, int) and client.seq < seq and time.monotonic() < deadline:
        time.sleep(0.005)  # the browser may hear of a change a moment before the app does
    watched = (WORKSPACE, PRESET, SETTINGS, OVERRIDES)
    known = record.shared.revs
    if any(held.rev > known.get(key, 0) and held.by != client.you for key, held in client.state.items() if key in watched):
        return True
    seen_at = known.get("seen", 0)
    shown = [held for key, held in client.state.items() if key.startswith((GEN, "member/", "session"))]
    return any(held.rev > seen_at and held.by != client.you for held in shown)


def seen() -> None:
    """Note that this page shows the session as it is now."""
    client, shared = _client(), state.page().shared
    shared.shown, shared.listed = _as_shown(client), None
    if client is not None:
        shared.revs["seen"] = client.seq


def files() -> dict[str, Held]:
    """Return the session's files by path."""
    client = _client()
    return {key.removeprefix(GEN): held for key, held in (client.state if client else {}).items() if key.startswith(GEN)}


def listed() -> dict[str, Held]:
    """Return the session's files by path, to be drawn: should one of them change before the run of the script ends, it is run again."""
    found = files()
    state.page().shared.listed = _revisions(found)
    return found


def take_file(path: str, seen: str) -> None:
    """Note that this page's copy of a file now builds on the session's, of which the user saw the text `seen`.

    Where the session's text is another by now it builds on nothing: what is shared next becomes a clash again. Revisions alone would
    not tell, since a session that began anew counts anew.
    """
    client, shared = _client(), state.page().shared
    held = client.state.get(GEN + path) if client is not None else None
    shared.revs[GEN + path] = held.rev if held is not None and text_of(held) == seen else 0
    shared.clashes.pop(path, None)


def text_of(held: Held) -> str:
    """Return the text of a file of the session."""
    return str(held.value.get("text", "")) if isinstance(held.value, dict) else ""


def _revisions(found: Mapping[str, Held]) -> dict[str, int]:
    return {path: held.rev for path, held in found.items()}


def _client() -> Client | None:
    held = state.session()
    client, shared = together.client_of(held), state.page().shared
    if client is None or not client.connected:
        return None
    if shared.session != client.session:
        state.page().shared = Shared(session=client.session, epoch=client.epoch)
    elif shared.epoch != client.epoch:
        # the sidecar began anew: what this page has is shared again, what could not be decided yet is still there to decide
        state.page().shared = Shared(session=client.session, epoch=client.epoch, clashes=shared.clashes, run=shared.run)
    return client


def _as_shown(client: Client | None) -> tuple[str, str, str]:
    return (client.session, client.epoch, client.role) if client is not None else ("", "", "")


def _say(client: Client, shared: Shared, key: str, value: Any) -> None:
    """Share a value where it is news; the revision it replaces is the one this page has taken in."""
    if key in shared.waiting or shared.said.get(key) == value:
        return
    if key in client.state and key not in shared.said:
        shared.said[key] = value  # on entering, the session's word goes before the page's own; `adopt` has taken it over
        return
    shared.said[key] = value
    _send(client, shared, key, value, shared.revs.get(key, 0))


def _send(client: Client, shared: Shared, key: str, value: Any, base: int | None) -> None:
    compared = key.startswith((GEN, "provider/")) or key in (PRESET, "cwd", "session")
    try:
        shared.waiting[key] = (BRIDGE.submit(client.set(key, value, base if compared else None)), value)
    except BridgeBusyError as problem:
        shared.said.pop(key, None)
        shared.notice = str(problem)


def _collect(shared: Shared, patience_s: float = 0.0) -> None:
    """Take the answers that are there; a file somebody else changed first becomes a clash, to be decided by a person."""
    until = time.monotonic() + patience_s
    for key, (future, value) in list(shared.waiting.items()):
        try:
            rev = future.result(max(0.0, until - time.monotonic()))
        except (FutureTimeout, TimeoutError):
            if not future.done():
                continue
            shared.notice = "The session did not answer in time; what you changed may not be shared."
        except ConflictError as conflict:
            _clashed(shared, key, value, conflict)
        except (SessionError, OSError) as problem:
            shared.notice = f"Not shared: {problem}"
        else:
            shared.revs[key] = max(rev, shared.revs.get(key, 0))
        shared.waiting.pop(key, None)  # a page that is loaded again may be run twice at once: the other took the answer too


def _clashed(shared: Shared, key: str, value: Any, conflict: ConflictError) -> None:
    if key.startswith(GEN):
        path = key.removeprefix(GEN)
        theirs = conflict.value.get("text", "") if isinstance(conflict.value, dict) else ""
        if theirs == value["text"]:
            shared.revs[key] = conflict.rev  # both wrote the same: what comes next builds on it
        else:
            shared.clashes[path] = Clash(path, value["text"], theirs, conflict.by, conflict.rev)
        return
    shared.said.pop(key, None)
    shared.notice = "A colleague changed the same setting a moment earlier; theirs holds."


def _share_files(client: Client, record: state.PageState) -> None:
    verdict, shared = record.verdict, record.shared
    for artifact in verdict.artifacts if verdict is not None else ():
        hidden = mask(artifact.content, artifact.path)
        key, data = GEN + artifact.path, hidden.text.encode()
        value = {"text": hidden.text, "sha256": hashlib.sha256(data).hexdigest(), "kind": str(artifact.kind)}
        held = client.state.get(key)
        if shared.said.get(key) == value["sha256"] or key in shared.waiting:
            continue
        shared.said[key] = value["sha256"]
        if held is not None and isinstance(held.value, dict) and held.value.get("sha256") == value["sha256"]:
            shared.revs[key] = held.rev
        elif len(data) > LARGEST:
            shared.notice = f"{artifact.path} is larger than {LARGEST // 1024} KiB and is not shared."
        else:
            if hidden.findings:
                shared.notice = f"{artifact.path} is shared with {count(len(hidden.findings), 'secret')} masked."
            _send(client, shared, key, value, shared.revs.get(key, 0))


def _tell_run(client: Client, record: state.PageState) -> None:
    run, shared = state.session().run, record.shared
    if run is None or shared.run == (run.run_id, run.state):
        return
    before, shared.run = shared.run, (run.run_id, run.state)
    if before is None and run.over:
        return  # a run of before the session
    targets = ", ".join(target.id for target in record.sent.request.targets) if record.sent else "a run"
    words = {
        RunState.RUNNING: f"asks {count(len(run.members), 'member')} for {targets}",
        RunState.FINISHED: f"has a verdict for {targets}" + _scored(record),
        RunState.FAILED: f"got no verdict for {targets}",
        RunState.STOPPED: f"stopped the run for {targets}",
    }
    _send(client, shared, RUN + run.run_id, {"text": words[run.state], "state": str(run.state), "run": run.run_id}, None)


def _scored(record: state.PageState) -> str:
    score = record.verdict.assessment.score if record.verdict and record.verdict.assessment else None
    return f", score {score:.2f}" if score is not None else ""


def _hear(record: state.PageState, held: BrowserSession) -> None:
    """Have what is done to the workspace on this page told to the session this page is in, as it happens."""
    if record.heard_for is held:
        return
    if record.unhear is not None:
        record.unhear()  # the page was reloaded and is another entry now
    record.heard_for, record.unhear = held, record.activity.subscribe(lambda activity: _tell(held, activity))


def _tell(held: BrowserSession, activity: Activity) -> None:
    client = together.client_of(held)
    if client is None or client.role not in WRITERS or (activity.phase is Phase.STARTED and activity.area is not Area.COMMAND):
        return
    text = mask_quick(activity.summary)[:300]
    value = {"text": f"runs {text}" if activity.phase is Phase.STARTED else text, "phase": str(activity.phase), "id": activity.id}
    BRIDGE.submit(_said(client, TOLD_AS[activity.area] + activity.id, value))


async def _said(client: Client, key: str, value: Any) -> None:
    with suppress(SessionError, TimeoutError, OSError):  # news that a session does not get is no fault of what was done
        await client.set(key, value)


def _secret(text: str) -> bool:
    """Tell whether a text holds what looks like a secret."""
    return mask_quick(text) != text


# -- taking over --------------------------------------------------------------------------------------------------------


def _take_workspace(record: state.PageState, held: Held) -> None:
    """Open the session's workspace where this page has none; over one that is open, only say so."""
    from ui.widgets.opening import open_shared

    location = held.value.get("location") if isinstance(held.value, dict) else None
    if isinstance(location, str) and record.workspace is None:
        open_shared(location)


def _take_preset(record: state.PageState, held: Held) -> None:
    if isinstance(held.value, str):
        st.session_state[state.PRESET] = held.value  # the sidebar falls back where there is no such preset here


def _take_settings(record: state.PageState, held: Held) -> None:
    value = held.value if isinstance(held.value, dict) else {}
    for key, usable in USABLE.items():
        if key in value and usable(value[key]):
            st.session_state[key] = value[key]


def _take_overrides(record: state.PageState, held: Held) -> None:
    items = held.value.get("items", []) if isinstance(held.value, dict) else []
    overrides = tuple(
        Override(str(item["component"]), str(item["field"]), str(item["value"]))
        for item in items
        if isinstance(item, dict) and item.keys() >= {"component", "field", "value"}
    )
    overrides += tuple(override for override in record.overrides if _secret(override.value))  # what was never shared stays
    if record.found is None or overrides == record.overrides:
        return
    try:
        from architect.profiler import apply_overrides  # what profiles a repository is loaded when there is one

        record.profile = apply_overrides(record.found, overrides)
    except ValueError as problem:
        record.notice = str(problem)
        return
    record.overrides = overrides
