"""The handle behind `from utils import websocket_manager`: what the app's own code does in sessions, by the id of a user's connection."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from collaboration import tokens
from collaboration.keys import EDITOR, OWNER
from collaboration.supervisor import STARTING, Status


class CollaborationOff(RuntimeError):
    """There is no sidecar; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a page needs to join: where, and a token that is good once, for a minute."""

    url: str
    token: str
    session: str
    person: str


class Manager:
    """Mints join tickets and speaks for the app's users in their sessions. Knows nothing until `configure`."""

    def __init__(self, clock: Callable[[], float] = time.time):
        self._clock = clock
        self._secret = b""
        self._status: Callable[[], Status] = lambda: STARTING
        self._public_url: str | None = None

    def configure(self, secret: bytes, status: Callable[[], Status], public_url: str | None = None) -> None:
        """Tell where the sidecar is; called once, by the launcher. `status` is asked whenever it matters."""
        self._secret, self._status, self._public_url = secret, status, public_url

    @property
    def status(self) -> Status:
        """Return whether there is a sidecar, with a sentence for the page."""
        return self._status()

    def sources(self, host: str) -> tuple[str, ...]:
        """Return what a page served under this Host may connect to beside the app itself."""
        if self._public_url is not None:
            return (self._public_url.rstrip("/"),)
        port = self.status.port
        name = re.sub(r":\d+$", "", host)
        return (f"ws://{name}:{port}", f"wss://{name}:{port}") if port is not None else ()

    def url(self, host: str, secure: bool = False) -> str:
        """Return the sidecar's address for a page served under this Host. Raises CollaborationOff."""
        sources = self.sources(host)
        if not sources or not self._secret:
            raise CollaborationOff(self.status.sentence)
        return sources[-1 if secure else 0] + "/"

    def ticket(
        self,
        person: str,
        name: str,
        host: str,
        session: str | None = None,
        *,
        title: str = "",
        role: str = EDITOR,
        known: bool = False,
        secure: bool = False,
    ) -> Ticket:
        """Mint a ticket for one page. Without a session a new one is made and the person owns it.

        `known`: this person was in the session before, so that it may be made again if the sidecar lost it; `role` is then the
        role it had. A newcomer's role is the one the session's owner chose. Raises CollaborationOff, and ValueError for a bad id.
        """
        url = self.url(host, secure)
        made = session is None
        granted = tokens.Pass(session or new_session(), person, name, OWNER if made else role, title, may_create=made or known)
        return Ticket(url, tokens.mint(self._secret, granted, self._clock(), secrets.token_urlsafe(16)), granted.session, person)


def new_session() -> str:
    """Return an unguessable session id: 192 bits."""
    return secrets.token_urlsafe(24)


websocket_manager = Manager()
"""The process's handle. Empty at import; sessions are told apart by the unguessable ids of connections."""
