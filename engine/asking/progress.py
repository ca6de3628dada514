"""How far an answer is: what a page shows while it comes, grown from the events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from engine.asking.records import AnswerText, AskEvent, Chooser, ExpertDone, ExpertText, Pick, Reply, Routed, Told


@dataclass(frozen=True, slots=True)
class ExpertSays:
    """One expert among several: its text so far, who answers as it, why it failed."""

    text: str = ""
    by: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """The answer so far."""

    text: str = ""
    picks: tuple[Pick, ...] = ()
    chosen_by: Chooser | None = None
    experts: dict[str, ExpertSays] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def after(self, event: AskEvent) -> Progress:
        """Return how far it is after an event."""
        match event:
            case Routed(picks, chosen_by):
                return replace(self, picks=picks, chosen_by=chosen_by)
            case AnswerText(text, reset):
                return replace(self, text=text if reset else self.text + text)
            case ExpertText(expert, text, reset):
                said = self.experts.get(expert, ExpertSays())
                return replace(self, experts=self.experts | {expert: replace(said, text=text if reset else said.text + text)})
            case ExpertDone(expert, by, problem) if expert in self.experts or problem:
                said = self.experts.get(expert, ExpertSays())
                return replace(self, experts=self.experts | {expert: replace(said, by=by, problem=problem)})
            case Told(note):
                return replace(self, notes=(*self.notes, note))
            case _:
                return self


class Listener:
    """Hands the progress on after every event."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._now = Progress()

    def __call__(self, event: AskEvent) -> None:
        """Hear one event."""
        self._now = self._now.after(event)
        self._tell(self._now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question of a conversation with what came of it: a reply, or a problem with what had come by then."""

    question: str
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    reply: Reply | None = None
    partial: str = ""
    problem: str = ""
