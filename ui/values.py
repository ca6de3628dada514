"""Keeps a widget's value from being lost on its way to the browser.

Streamlit tells a browser the value of a widget once, in the run of the page that restored or set it. What a run has to tell is dropped
when the next one begins before it was sent: on a busy machine the browser then drew the widget empty, said so with the next click, and
a choice of targets or a folder's path was gone. Here a value is told again in every run until the browser itself names the widget.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import replace
from typing import Any

from streamlit.runtime.state.common import RegisterWidgetResult, WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState

_TELLABLE = frozenset(
    {"bool_value", "double_array_value", "double_value", "int_array_value", "int_value", "string_array_value", "string_value"}
)
_RUN = threading.local()


def keep_told() -> None:
    """Tell values until they have arrived, in any session of this process; once is enough."""
    prepare, register = SafeSessionState.on_script_will_rerun, SafeSessionState.register_widget
    if hasattr(register, "__wrapped__"):
        return

    @functools.wraps(prepare)
    def noting_what_the_browser_has(state: SafeSessionState, told: Any = None, *given: Any, **named: Any) -> None:
        if told is not None:  # nothing is told by a run that the page itself asked for: what the browser last said holds
            _RUN.named = frozenset(widget.id for widget in told.widgets)
        prepare(state, told, *given, **named)

    @functools.wraps(register)
    def until_it_has_arrived(state: SafeSessionState, metadata: WidgetMetadata[Any], user_key: str | None) -> RegisterWidgetResult[Any]:
        found = register(state, metadata, user_key)
        if found.value_changed or user_key is None or metadata.value_type not in _TELLABLE or metadata.id in getattr(_RUN, "named", ()):
            return found
        return replace(found, value_changed=True)

    SafeSessionState.on_script_will_rerun = noting_what_the_browser_has  # type: ignore[assignment, method-assign]
    SafeSessionState.register_widget = until_it_has_arrived  # type: ignore[assignment, method-assign]
