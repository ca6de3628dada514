"""The base type of the catalogue `topics/`: one kind of question the built-in architect answers, from what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from architect.profile import Component, Evidence, Fact, Profile
from engine.asking.records import Source
from providers.records import Verdict
from workspace.files import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """All a topic may look at. `verdict` is the last run, None where there is none; `components` those the question is about."""

    question: str
    workspace: Workspace
    profile: Profile
    verdict: Verdict | None = None
    components: tuple[Component, ...] = ()

    @property
    def several(self) -> bool:
        """Tell whether the repository has more than one component, so that each must be named."""
        return len(self.profile.components) > 1


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in Markdown and the places it rests on."""

    text: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One kind of question. `pattern` recognises it; a longer match is the better one. `examples` are offered on an empty page.

    `answer` returns None where the topic has nothing to say after all.
    """

    id: str
    label: str
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    answer: Callable[[Matter], Said | None]
    expert: str = "general"

    def weight(self, question: str) -> int:
        """Return how well the question fits: the characters its pattern covers, 0 where it does not."""
        return sum(len(match.group()) for match in self.pattern.finditer(question))


def words(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern of alternatives, each from the beginning of a word, in any letter case."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})", re.IGNORECASE)


def sources_of(*evidence: Sequence[Evidence]) -> tuple[Source, ...]:
    """Return the places of several facts, each once, in their order."""
    return tuple(dict.fromkeys(Source(entry.path, entry.line) for entries in evidence for entry in entries))


def proof(evidence: Sequence[Evidence], note: str = "") -> str:
    """Return where something stands as words in brackets: ` (Procfile:1)`, the note where nothing proves it."""
    if evidence:
        return f" ({', '.join(f'`{entry}`' for entry in evidence[:2])})"
    return f" ({note})" if note else ""


def stated(fact: Fact[Any]) -> str:
    """Return a fact's place, saying so where it is only a convention or a default."""
    told = proof(fact.evidence, "" if fact.firm else fact.note or "a default")
    return told if fact.firm or not fact.evidence else f"{told}, by convention{f': {fact.note}' if fact.note else ''}"


def code(value: object) -> str:
    """Return a value as inline code."""
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text.replace('`', chr(39))}`"


def named(matter: Matter, component: Component) -> str:
    """Return how a sentence about a component begins: `**api**: ` where there are several."""
    return f"**{component.name}**: " if matter.several else ""
