"""The handle behind `from utils import websocket_manager`: what the app's own code does in sessions, by the id of a user's connection."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collaboration import tokens
from collaboration.keys import EDITOR, OWNER, BadValue, rule_for
from collaboration.supervisor import OFF, STARTING, Status

if TYPE_CHECKING:
    from collaboration.client import Client


class CollaborationOff(RuntimeError):
    """There is no sidecar; the message says why, and what to do."""


Listener = Callable[[dict[str, Any]], None]


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
        self._origin = ""
        self._settled: Callable[[], Awaitable[None]] | None = None
        self._clients: dict[str, Client] = {}

    def configure(
        self,
        secret: bytes,
        status: Callable[[], Status],
        public_url: str | None = None,
        origin: str = "",
        settled: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Tell where the sidecar is and under which origin the app speaks; called once, by the launcher.

        `settled` returns once it is known whether there is a sidecar.
        """
        self._secret, self._status, self._public_url, self._origin = secret, status, public_url, origin
        self._settled = settled

    async def settled(self) -> None:
        """Return once it is known whether there is a sidecar: a page that came earlier would not be allowed to connect to it."""
        if self._settled is not None:
            await self._settled()

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
        return Ticket(url, self._mint(granted), granted.session, person)

    @staticmethod
    def person(connection_id: str) -> str:
        """Return the id that a connection's user has in sessions; others see it, and it does not tell the connection's own id."""
        return hashlib.sha256(b"person:" + connection_id.encode()).hexdigest()[:16]

    async def create_session(
        self, connection_id: str, name: str = "", title: str = "", *, session_id: str | None = None, listen: Listener | None = None
    ) -> str:
        """Make a session that this connection's user owns, and return its id, that of `new_session` where one is given.

        Raises CollaborationOff and SessionError.
        """
        session = session_id or new_session()
        await self._connect(
            connection_id, tokens.Pass(session, self.person(connection_id), name or "Guest", OWNER, title, True, True), listen
        )
        return session

    async def join_session(
        self,
        connection_id: str,
        session_id: str,
        name: str = "",
        *,
        known: bool = False,
        role: str = EDITOR,
        listen: Listener | None = None,
    ) -> None:
        """Speak for this connection's user in a session; `known` as for a ticket. Raises CollaborationOff, SessionError, ValueError."""
        granted = tokens.Pass(session_id, self.person(connection_id), name or "Guest", role, "", known, True)
        await self._connect(connection_id, granted, listen)

    async def leave_session(self, connection_id: str) -> None:
        """Leave; nothing happens when the connection is in no session."""
        client = self._clients.pop(connection_id, None)
        if client is not None:
            await client.leave()

    async def send_message(self, connection_id: str, message: Any, message_type: str = "chat") -> int:
        """Say something to the session: in the chat, or as a typed event of your own. Returns its number in the sequence."""
        if message_type == "chat":
            return await self.client(connection_id).set("chat", {"text": str(message)})
        return await self.client(connection_id).set(f"custom/{message_type}", {"message": message})

    async def update_shared_state(self, connection_id: str, key: str, value: Any, base_rev: int | None = None) -> int:
        """Set one key of the shared state, or add an event: a key of the protocol, or one of your own, which is then kept under `state/`.

        Where the protocol compares revisions, `base_rev` defaults to the one this process has seen. Raises ConflictError.
        """
        client = self.client(connection_id)
        try:
            rule = rule_for(key)
        except BadValue:
            key = f"state/{key}"
            rule = rule_for(key)
        if rule.compared and base_rev is None:
            held = client.state.get(key)
            base_rev = held.rev if held is not None else 0
        return await client.set(key, value, base_rev)

    def shared_state(self, connection_id: str) -> dict[str, Any]:
        """Return the session's state as this process knows it."""
        return {key: held.value for key, held in self.client(connection_id).state.items()}

    def client(self, connection_id: str) -> Client:
        """Return the connection's client. Raises LookupError when it is in no session."""
        found = self._clients.get(connection_id)
        if found is None:
            raise LookupError("This connection is in no session; create or join one first.")
        return found

    async def _connect(self, connection_id: str, granted: tokens.Pass, listen: Listener | None) -> None:
        from collaboration.client import Client

        self._learn()
        self._sidecar()
        await self.leave_session(connection_id)

        async def ticket() -> tuple[str, str]:
            # a client that comes back must find the session even if the sidecar was restarted meanwhile
            role, named = client.role or granted.role, client.state.get("session")
            title = named.value["name"] if named is not None else granted.title
            back = tokens.Pass(granted.session, granted.person, granted.name, role, title, granted.may_create or bool(client.role), True)
            try:
                return self._sidecar(), self._mint(back)
            except CollaborationOff as problem:
                raise ConnectionError(str(problem)) from problem  # it is being started again: the client tries later

        client = Client(ticket, self._origin, listen)
        await client.join()
        self._clients[connection_id] = client

    def _sidecar(self) -> str:
        """Return the sidecar's address for this process itself."""
        port = self.status.port
        if port is None:
            raise CollaborationOff(self.status.sentence)
        return f"ws://127.0.0.1:{port}/"

    def _learn(self) -> None:
        """Outside the app, take the settings' word for where a sidecar is."""
        if self._secret or self._status() is not STARTING:
            return
        from collaboration.installation import secret_of
        from config import settings

        chosen = settings()
        secret = secret_of(chosen.omni_data_dir, chosen.websocket_secret.get_secret_value() if chosen.websocket_secret else None)
        status = Status(chosen.websocket_port, "Collaboration is on.") if chosen.websocket_enabled else OFF
        self.configure(secret, lambda: status, chosen.websocket_public_url, f"http://127.0.0.1:{chosen.omni_port}")

    def _mint(self, granted: tokens.Pass) -> str:
        return tokens.mint(self._secret, granted, self._clock(), secrets.token_urlsafe(16))


def new_session() -> str:
    """Return an unguessable session id: 192 bits."""
    return secrets.token_urlsafe(24)


websocket_manager = Manager()
"""The process's handle. Empty at import; sessions are told apart by the unguessable ids of connections."""
