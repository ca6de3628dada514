"""What one file says of one part of the application: its image, port, health path, user, environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Given:
    """A variable that is set. `secret` tells that it comes from a secret, `clear` that its value stands in the file."""

    line: int | None
    secret: bool = False
    clear: str = ""
    helper: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a file says of a part; None and empty where it says nothing.

    `names` are what the part is called there, `dockerfile` the path its image is built from. `user` is a number as text, a name,
    or `root`; `refuses_root` tells that the image itself must name a number other than 0. `whole` tells that `variables` are all.
    """

    path: str
    title: str
    line: int | None
    names: frozenset[str]
    dockerfile: str = ""
    image: str = ""
    image_line: int | None = None
    ports: frozenset[int] = frozenset()
    ports_line: int | None = None
    port_moved: bool = False
    health: str | None = None
    health_line: int | None = None
    user: str | None = None
    user_line: int | None = None
    refuses_root: bool = False
    variables: Mapping[str, Given] = field(default_factory=lambda: MappingProxyType({}))
    whole: bool = False

    def at(self, line: int | None) -> str:
        """Return `file:line`."""
        return self.path if line is None and self.line is None else f"{self.path}:{line or self.line}"
