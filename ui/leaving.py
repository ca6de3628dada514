"""Keeps the way of a link that was clicked while a field still had something to say.

A browser sends the click on a link first, naming the new page, and a moment later what the field it took the focus from now holds, still
naming the old one: Streamlit runs the newer request, and the user is back where the click was. Such a request is led to the new page
instead, where the field's value is kept like any other. The two come a millisecond apart, so a link is held for a moment and both are run
as one: a value that came when the new page is being drawn already would be dropped, since its field is gone by then.
"""

from __future__ import annotations

import asyncio
import functools
import time
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

AT_ONCE_S = 0.25
"""How long after a link a request of the old page is a field's: longer than any seen, shorter than a person needs to go back by a link."""

HELD_S = 0.03
"""How long a link waits for what the field has to say."""


class Way:
    """The pages that one browser's page asked for, as far as the last change of page; `held` is the link that waits."""

    def __init__(self) -> None:
        self._page, self._left, self._at = "", "", 0.0
        self.held: ClientState | None = None

    def follow(self, asked: ClientState, now: float, shown: str = "") -> ClientState:
        """Return the request as it is to be run: `now` is a monotonic clock's seconds, `shown` the page the session is on."""
        page = asked.page_script_hash
        if page and page == self._left and now - self._at < AT_ONCE_S and not asked.is_history_navigation:
            led = ClientState()
            led.CopyFrom(asked)
            led.page_script_hash, led.page_name, led.query_string = self._page, "", ""
            return led
        if page != self._page:
            self._page, self._left, self._at = page, self._page or shown, now
        return asked

    def just_left(self, now: float) -> bool:
        """Tell whether the request that came last, at `now`, leads from one page to another."""
        return bool(self._left) and self._at == now


_WAYS: WeakKeyDictionary[AppSession, Way] = WeakKeyDictionary()


def keep_the_way() -> None:
    """Follow links in any session of this process; once is enough."""
    ask = AppSession.request_rerun
    if hasattr(ask, "__wrapped__"):
        return

    @functools.wraps(ask)
    def to_where_a_link_led(session: AppSession, asked: ClientState | None) -> None:
        if asked is None or asked.fragment_id:
            ask(session, asked)
            return
        way, now = _WAYS.setdefault(session, Way()), time.monotonic()
        led = way.follow(asked, now, session._pages_manager.current_page_script_hash)
        if way.held is not None:
            way.held = led  # the newer request says all that the older one did
        elif way.just_left(now):
            way.held = led
            asyncio.get_running_loop().call_later(HELD_S, go, session, way)
        else:
            ask(session, led)

    def go(session: AppSession, way: Way) -> None:
        held, way.held = way.held, None
        ask(session, held)

    AppSession.request_rerun = to_where_a_link_led  # type: ignore[method-assign, assignment]
