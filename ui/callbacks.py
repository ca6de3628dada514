"""Keeps a click whole and its page: what a button does is done to its end, and where a link leads the page stays.

Streamlit answers a newer request (a field that was just left, a component's event) at once: it runs the page anew in another thread and
lets the older run fall at the next reading of the session's state, also in the midst of a callback. A click was then lost or half done,
or the new run drew the page before the click's work was over and nothing drew it again. Here the newer run waits for the callbacks of
the older one, and only then runs its own.

A fragment's event that a browser sends between a click on a link and the new page still names the page it came from. Run as it asks, it
would draw the old page into the new one, which shows nothing: a fragment never leaves its page, so it is run on the one that is shown.
And a run that was told to stop may begin once more before it notices; it must not say then which page the session is on.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.state.safe_session_state import SafeSessionState

_HERE = threading.local()
_GUARD = threading.Lock()
_TURNS: dict[int, _Turn] = {}


class _Turn:
    """A session's lock while runs want it: `wanted` is by how many."""

    def __init__(self) -> None:
        self.lock, self.wanted = threading.Lock(), 0


def keep_whole() -> None:
    """Let no request interrupt callbacks or lead back to a page that was left, in any session of this process; once is enough."""
    look, prepare = ScriptRunner._maybe_handle_execution_control_request, SafeSessionState.on_script_will_rerun
    fold, run = ScriptRequests._request_rerun_locked, ScriptRunner._run_script
    if hasattr(look, "__wrapped__"):
        return

    @functools.wraps(look)
    def unless_in_callbacks(runner: ScriptRunner) -> None:
        if not getattr(_HERE, "in_callbacks", False):
            look(runner)

    @functools.wraps(prepare)
    def whole(state: SafeSessionState, *given: Any, **named: Any) -> None:
        with _turn(id(state._state)):
            _HERE.in_callbacks = True
            try:
                prepare(state, *given, **named)
            finally:
                _HERE.in_callbacks = False

    @functools.wraps(fold)
    def to_where_it_goes(requests: ScriptRequests, asked: RerunData) -> bool:
        waits = requests._rerun_data if requests._state == ScriptRequestType.RERUN else None
        if waits is not None and _of_a_fragment(asked) and not _of_a_fragment(waits):
            asked = replace(asked, page_script_hash=waits.page_script_hash, page_name=waits.page_name, query_string=waits.query_string)
        return fold(requests, asked)

    @functools.wraps(run)
    def on_the_page_that_is_shown(runner: ScriptRunner, asked: RerunData) -> None:
        shown = runner._pages_manager.current_page_script_hash
        if _of_a_fragment(asked) and shown and shown != asked.page_script_hash:
            asked = replace(asked, page_script_hash=shown, page_name="")
        run(runner, asked)

    ScriptRequests._request_rerun_locked = to_where_it_goes  # type: ignore[assignment, method-assign]
    ScriptRunner._run_script = on_the_page_that_is_shown  # type: ignore[assignment, method-assign]
    for name in ("set_script_intent", "set_current_page_script_hash"):
        setattr(PagesManager, name, _unless_stopped(getattr(PagesManager, name)))
    ScriptRunner._maybe_handle_execution_control_request = unless_in_callbacks  # type: ignore[assignment, method-assign]
    SafeSessionState.on_script_will_rerun = whole  # type: ignore[assignment, method-assign]


def _unless_stopped(say: Callable[..., None]) -> Callable[..., None]:
    """Let the run of a thread say which page the session is on only while it has not been told to stop: a newer one is on its way."""

    @functools.wraps(say)
    def said(pages: PagesManager, *given: Any) -> None:
        context = get_script_run_ctx(suppress_warning=True)
        requests = context.script_requests if context is not None else None
        if requests is None or requests._state != ScriptRequestType.STOP:
            say(pages, *given)

    return said


def _of_a_fragment(asked: RerunData) -> bool:
    return bool(asked.fragment_id or asked.fragment_id_queue)


@contextmanager
def _turn(session: int) -> Iterator[None]:
    """Wait until no other run of the session is in its callbacks; a session nobody runs leaves nothing behind."""
    with _GUARD:
        turn = _TURNS.setdefault(session, _Turn())
        turn.wanted += 1
    try:
        with turn.lock:
            yield
    finally:
        with _GUARD:
            turn.wanted -= 1
            if not turn.wanted:
                del _TURNS[session]
