"""Keeps a click whole: what a button does is done to its end before the page is run again for what came meanwhile.

Streamlit looks for a newer request whenever the session's state is read, also in the midst of a callback, and leaves it there. A click
was lost or half done when anything else (a field that was just left, a component's event) came in the same moment. The newer request
is not lost here: Streamlit looks again right after the callbacks.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state.safe_session_state import SafeSessionState

_HERE = threading.local()


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
        _HERE.in_callbacks = True
        try:
            prepare(state, *given, **named)
        finally:
            _HERE.in_callbacks = False

    ScriptRunner._maybe_handle_execution_control_request = unless_in_callbacks  # type: ignore[method-assign]
    SafeSessionState.on_script_will_rerun = whole  # type: ignore[method-assign]
