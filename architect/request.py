"""What is asked of the architect: targets, options, the user's own words, and what was generated before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from architect.profile import Evidence, Profile
from artifacts.records import Artifact


class Style(StrEnum):
    """The architect's house styles: smallest image, security first, fastest rebuilds."""

    LEAN = "lean"
    HARDENED = "hardened"
    CACHED = "cached"


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of thing to generate (`dockerfile`, `compose`, ...) with its options (flavour, cloud, platform)."""

    id: str
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A structured question. `instruction` is the user's own words; `previous` the artifacts a follow-up starts from."""

    profile: Profile
    targets: tuple[Target, ...]
    instruction: str = ""
    previous: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one line of an artifact is as it is. `line` is 1-based."""

    path: str
    line: int
    text: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendering:
    """The architect's answer: artifacts, a reason a line, and sentences on what of the instruction was honoured or not."""

    artifacts: tuple[Artifact, ...]
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
