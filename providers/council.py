"""The arithmetic of the live council: each member's energy, the ensemble's, how far the members differ, whether they resonate (SPEC §8).

No clock and no input or output: times are arguments, in milliseconds of one clock, so that every course of a run can be tested.
"""

from __future__ import annotations

import math
import os
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

RATE_WINDOW_MS = 1000.0
SHORTEST_STREAM_MS = 50.0
"""A stream shorter than this has no rate worth showing: the whole text came at once."""

RECENT_TOKENS = 32
"""Tokens whose probabilities make a member's energy: about two lines of code, so that a doubt shows while it lasts."""

RECENT_WORDS = 16
"""Words of each member that the diversity index looks back at."""

KEPT_PLACES = 4096
"""Places of the text that are remembered for a member that comes later; bounds the memory of a run."""

SLACK_WORDS = 12
"""A member this many words past a place without having been there went another way."""

UNKNOWN_DIVERSITY = 0.5
"""The index where log-probabilities are missing (SPEC §8)."""

CONVERGES_AT, DIVERGES_AT = 0.6, 0.4
"""Share of agreeing pairs from which members resonate and below which they interfere; between them the last word stands."""

CHARACTERS_PER_TOKEN = 4


class Resonance(StrEnum):
    """Whether the members say the same at the same place, as a word for the page."""

    LISTENING = "listening"
    CONVERGING = "converging"
    DIVERGING = "diverging"


class Tier(StrEnum):
    """What the machine can bear: how many local models work at the same time."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"
    HYBRID = "hybrid"

    @property
    def local_models(self) -> int:
        """Return the limit of SPEC §8: low 2, mid 4, high 6, hybrid 6."""
        return {Tier.LOW: 2, Tier.MID: 4}.get(self, 6)

    @property
    def keep_alive_s(self) -> float:
        """Return how long a model that is not used stays loaded: the less memory there is, the sooner it goes."""
        return {Tier.LOW: 60.0, Tier.MID: 300.0, Tier.HIGH: 1800.0, Tier.HYBRID: 600.0}[self]

    @property
    def prewarms(self) -> bool:
        """Tell whether a model is loaded before it is asked; where memory is scarce it waits until it is needed."""
        return self is not Tier.LOW


def tier_of(wanted: str, *, memory_gib: float | None = None) -> Tier:
    """Return the tier of this name; for `auto` the one this machine's memory suggests (8 and 24 GiB are the steps)."""
    if wanted != "auto":
        return Tier(wanted)
    known = memory_gib if memory_gib is not None else _memory_gib()
    return Tier.LOW if known < 8 else Tier.MID if known < 24 else Tier.HIGH


def ensemble_energy(members: Iterable[tuple[float, float | None]]) -> float | None:
    """Return E = sum(w_m * E_m) / sum(w_m), at most 1, over (weight, energy) pairs whose energy is known (SPEC §8); None without any."""
    known = [(weight, energy) for weight, energy in members if energy is not None and weight > 0]
    weights = sum(weight for weight, _ in known)
    return min(1.0, sum(weight * energy for weight, energy in known) / weights) if weights > 0 else None


class Pulse:
    """One member's pace and how sure it is.

    Energy E_m is 0..1 (SPEC §8): the mean probability exp(logprob) of its latest tokens where the vendor tells log-probabilities,
    otherwise its token rate against its own best so far.
    """

    def __init__(self) -> None:
        self.tokens = 0.0
        self.exact = False
        self.first_ms: float | None = None
        self.last_ms = 0.0
        self._best = 0.0
        self._recent: deque[tuple[float, float]] = deque(maxlen=256)
        self._sure: deque[float] = deque(maxlen=RECENT_TOKENS)

    def say(self, text: str, logprobs: tuple[float, ...], now: float) -> None:
        """A piece of text came with the natural logarithms of its tokens' probabilities; without them four characters are a token."""
        if self.first_ms is None:
            self.first_ms = now
        self.last_ms = now
        self.exact = self.exact or bool(logprobs)
        tokens = float(len(logprobs)) if logprobs else len(text) / CHARACTERS_PER_TOKEN
        self.tokens += tokens
        self._sure.extend(math.exp(min(0.0, value)) for value in logprobs)
        if self._recent and now - self._recent[-1][0] < 20:
            at, counted = self._recent.pop()
            self._recent.append((at, counted + tokens))
        else:
            self._recent.append((now, tokens))
        if not self._sure and now - self.first_ms >= RATE_WINDOW_MS / 2:
            self._best = max(self._best, self._pace(now))

    def counted(self, tokens: float) -> None:
        """The vendor said how many tokens it were."""
        self.tokens, self.exact = tokens, True

    def rate(self, now: float, *, over: bool = False) -> float | None:
        """Return tokens a second while text comes, the mean over the stream once it is over; None where there is none to speak of."""
        if self.first_ms is None:
            return None
        if not over:
            return self._pace(now) if now - self.first_ms >= SHORTEST_STREAM_MS else None
        span = self.last_ms - self.first_ms
        return self.tokens / span * 1000 if span >= SHORTEST_STREAM_MS else None

    def energy(self, now: float, *, over: bool = False) -> float | None:
        """Return E_m in 0..1, None while nothing is known."""
        if self._sure:
            return sum(self._sure) / len(self._sure)
        rate = self.rate(now, over=over)
        if rate is None:
            return None
        best = max(self._best, rate)
        return rate / best if best > 0 else None

    def _pace(self, now: float) -> float:
        since = now - RATE_WINDOW_MS
        span = min(RATE_WINDOW_MS, max(now - (self.first_ms if self.first_ms is not None else now), SHORTEST_STREAM_MS))
        return sum(tokens for at, tokens in self._recent if at >= since) / span * 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """How the members stand to each other. `diversity` is 0..1 and `measured` only where two of them tell probabilities.

    `agreement` 0..1 is the share of pairs that said the same word at the same place, None while no two can be compared.
    """

    diversity: float = UNKNOWN_DIVERSITY
    measured: bool = False
    agreement: float | None = None
    resonance: Resonance = Resonance.LISTENING


_Place = tuple[str, str, int]


@dataclass(slots=True)
class _Voice:
    """What one member has said, word by word, as far as it is needed."""

    weight: float
    before: tuple[str, str] = ("", "")
    pending: str = ""
    pending_p: float | None = 1.0
    words: int = 0
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    recent: deque[_Place] = field(default_factory=lambda: deque(maxlen=RECENT_WORDS))


class Accord:
    """Lines up what the members say and tells how far they differ.

    Vendors cut text into tokens of their own, so words are compared; a word's probability is the product of its tokens'. Two words
    are at the same place when the same two words stand before them (for the same time): an inserted line shifts nothing.
    At a place, P_i = sum of w_m * p_m over the members that said word i, divided by the weight of all members that were there or are
    past it, and DI = 1 - max(P_i) (SPEC §8); a reading is the mean over the members' latest places.
    """

    def __init__(self, weights: Mapping[str, float] | None = None):
        self._voices: dict[str, _Voice] = {member: _Voice(weight) for member, weight in (weights or {}).items()}
        self._places: OrderedDict[_Place, dict[str, tuple[str, float | None, int]]] = OrderedDict()
        self._last = Reading()
        self._stale = False

    def join(self, member: str, weight: float = 1.0) -> None:
        """Hear this member; one that was heard before starts anew, and what it had said is void."""
        self.leave(member)
        self._voices[member] = _Voice(weight)

    def leave(self, member: str) -> None:
        """Forget a member that dropped out; the others go on."""
        if self._voices.pop(member, None) is not None:
            for said in self._places.values():
                said.pop(member, None)
            self._stale = True

    def say(self, member: str, text: str, logprobs: tuple[float, ...] = ()) -> None:
        """Take in a piece of a member's text; one who is not heard is ignored."""
        voice = self._voices.get(member)
        if voice is None or not text:
            return
        p = math.exp(min(0.0, sum(logprobs) / len(logprobs))) if logprobs else None
        words = text.split()
        if not words or text[0].isspace():
            self._complete(member, voice)
        for at, word in enumerate(words):
            if at:
                self._complete(member, voice)
            voice.pending += word
            voice.pending_p = None if p is None or voice.pending_p is None else voice.pending_p * p
        if words and text[-1].isspace():
            self._complete(member, voice)

    def finish(self, member: str) -> None:
        """The member has no more to say: its last word is whole."""
        if voice := self._voices.get(member):
            self._complete(member, voice)

    def reading(self) -> Reading:
        """Return how the members stand to each other now."""
        if self._stale:
            self._stale = False
            self._last = self._read()
        return self._last

    def _complete(self, member: str, voice: _Voice) -> None:
        if not voice.pending:
            return
        turn = voice.seen.get(voice.before, 0)
        place = (*voice.before, turn)
        voice.seen[voice.before] = turn + 1
        if len(voice.seen) > KEPT_PLACES:
            voice.seen.pop(next(iter(voice.seen)))
        self._places.setdefault(place, {})[member] = (voice.pending, voice.pending_p, voice.words)
        if len(self._places) > KEPT_PLACES:
            self._places.popitem(last=False)
        voice.recent.append(place)
        voice.before = (voice.before[1], voice.pending)
        voice.words += 1
        voice.pending, voice.pending_p = "", 1.0
        self._stale = True

    def _read(self) -> Reading:
        differing: list[float] = []
        agreeing: list[float] = []
        for place in {place: None for voice in self._voices.values() for place in voice.recent}:
            said = self._places.get(place)
            if said:
                self._weigh(said, differing, agreeing)
        agreement = sum(agreeing) / len(agreeing) if agreeing else None
        return Reading(
            diversity=min(1.0, max(0.0, sum(differing) / len(differing))) if differing else UNKNOWN_DIVERSITY,
            measured=bool(differing),
            agreement=agreement,
            resonance=_resonance(agreement, self._last.resonance),
        )

    def _weigh(self, said: Mapping[str, tuple[str, float | None, int]], differing: list[float], agreeing: list[float]) -> None:
        """Add what one place tells: its 1 - max(P_i) where probabilities are known, its share of agreeing pairs."""
        index = max(index for _, _, index in said.values())
        elsewhere = [voice for member, voice in self._voices.items() if member not in said and voice.words >= index + SLACK_WORDS]
        present = len(said) + len(elsewhere)
        if present < 2:
            return
        counts: dict[str, int] = {}
        masses: dict[str, float] = {}
        whole = sum(voice.weight for voice in elsewhere)
        known = len(elsewhere)
        for member, (word, p, _) in said.items():
            counts[word] = counts.get(word, 0) + 1
            if p is not None:
                known += 1
                whole += self._voices[member].weight
                masses[word] = masses.get(word, 0.0) + self._voices[member].weight * p
        agreeing.append(sum(count * (count - 1) for count in counts.values()) / (present * (present - 1)))
        if known > 1 and masses and whole > 0:
            differing.append(1.0 - max(masses.values()) / whole)


def _resonance(agreement: float | None, before: Resonance) -> Resonance:
    if agreement is None:
        return before
    if agreement >= CONVERGES_AT:
        return Resonance.CONVERGING
    if agreement < DIVERGES_AT or before is Resonance.LISTENING:
        return Resonance.DIVERGING
    return before


def _memory_gib() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    except (ValueError, OSError, AttributeError):
        return 8.0
