"""Where ops are decided when there is one sidecar: in this process's memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from collaboration.limits import Limits
from collaboration.protocol import Hub
from collaboration.rooms import Ask, Outcome, Room
from collaboration.tokens import LIFE_S


class Memory:
    """The rooms of one process. Every answer comes before the call returns."""

    def __init__(self, limits: Limits, clock: Callable[[], float]):
        self._limits = limits
        self._clock = clock
        self._rooms: dict[str, Room] = {}
        self._used: OrderedDict[str, float] = OrderedDict()
        self.hub: Hub | None = None

    def __len__(self) -> int:
        """Return how many rooms are held."""
        return len(self._rooms)

    def claim(self, nonce: str, reply: Callable[[bool], None]) -> None:
        """Use up a nonce; those of tokens that have run out are forgotten."""
        now = self._clock()
        while self._used and next(iter(self._used.values())) < now:
            self._used.popitem(last=False)
        if nonce in self._used:
            reply(False)
            return
        self._used[nonce] = now + 2 * LIFE_S
        reply(True)

    def open(self, session: str, epoch: str, create: bool, reply: Callable[[Room | None], None]) -> None:
        """Return the room, made if it may be."""
        room = self._rooms.get(session)
        if room is None and create:
            room = self._rooms[session] = Room(session, epoch, self._limits)
        reply(room)

    def submit(self, room: Room, ask: Ask, at: int, reply: Callable[[Outcome], None]) -> None:
        """Decide at once."""
        outcome = room.commit(ask, at)
        if type(outcome) is list and self.hub is not None:
            self.hub.deliver(room, outcome, self._clock())
        reply(outcome)

    def whisper(self, room: Room, payload: bytes) -> None:
        """There are no other nodes."""

    def drop(self, room: Room, ended: bool) -> None:
        """Forget the room: nobody else has it."""
        if self._rooms.get(room.session) is room:
            del self._rooms[room.session]
