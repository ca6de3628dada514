"""Keeps a click whole: what a button does is done to its end before the page is run again for what came meanwhile.

Streamlit answers a newer request (a field that was just left, a component's event) at once: it runs the page anew in another thread and
lets the older run fall at the next reading of the session's state, also in the midst of a callback. A click was then lost or half done,
or the new run drew the page before the click's work was over and nothing drew it again. Here the newer run waits for the callbacks of
the older one, and only then runs its own.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state.safe_session_state import SafeSessionState

_HERE = threading.local()
_GUARD = threading.Lock()
_TURNS: dict[int, _Turn] = {}


class _Turn:
    """A session's lock while runs want it: `wanted` is by how many."""

    def __init__(self) -> None:
        self.lock, self.wanted = threading.Lock(), 0


def keep_whole() -> None:
    """Let no request interrupt callbacks, in any session of this process; a second call changes nothing."""
    look, prepare = ScriptRunner._maybe_handle_execution_control_request, SafeSessionState.on_script_will_rerun
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

    ScriptRunner._maybe_handle_execution_control_request = unless_in_callbacks  # type: ignore[assignment, method-assign]
    SafeSessionState.on_script_will_rerun = whole  # type: ignore[assignment, method-assign]


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
