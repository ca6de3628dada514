"""The user's plain words, honoured where small rules understand them; everything else is named in a note."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from architect.changes import Changes
from architect.profile import Profile
from architect.wishes.hearing import Hearing, NotHonoured, Rule
from architect.wishes.rules import OPPOSITES, RULES

MAX_CHARACTERS = 4000
"""Words beyond this are not read; nobody asks for that many things at once."""

_CLAUSE_END = re.compile(r"[;\n]|\.(?=\s|$)|,(?=\s)|\s(?:and|but|then|also|plus)\s", re.I)
_FILLER = re.compile(
    r"\b(?:please|kindly|just|make|sure|that|the|a|an|it|its|is|are|be|to|of|for|in|on|at|and|or|but|also|then|with|use|using|used|should|must|want|i|we|you|can|could"
    r"|would|like|need|have|has|do|so|my|our|this|these|there|all|any|too|as|app|application|image|images|base|container|dockerfile|docker|compose|service|services"
    r"|instead|now|only|by|from|will|let|let's|not|don'?t|never|no|yes|ok|okay|thanks?|thank|add|set|run|runs|version|file|files|inside|into|generate|create|write|project|repo|repository|base)\b",
    re.I,
)
_NEGATION = re.compile(r"\b(?:do not|don'?t|never|should not|shouldn'?t|must not|mustn'?t)\b", re.I)
_REASON = re.compile(r"\b(?:because|since|so that|in order to|as we|as it)\b.*", re.I | re.S)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood: the profile with the words applied, further changes, and sentences on what was (not) honoured."""

    profile: Profile
    changes: Changes
    notes: tuple[str, ...] = ()


def understand(instruction: str, profile: Profile) -> Wish:
    """Return what the words ask for. Later words win over earlier ones, so that a follow-up can change its mind."""
    text = instruction.strip()[:MAX_CHARACTERS]
    if not text:
        return Wish(profile, Changes())
    hearing = Hearing(profile)
    rest = list(text)
    for position, rule, match in _heard(text):
        hearing.clause = _clause(text, position)
        heard = rule.heard
        if _NEGATION.search(text[_clause_start(text, position) : position]):
            heard = OPPOSITES.get(heard, _nothing)
        try:
            hearing.honoured.append(heard(hearing, match))
        except NotHonoured as error:
            hearing.refused.append(str(error))
        rest[match.start() : match.end()] = "\0" * (match.end() - match.start())
    unread = _unread("".join(rest), [component.name for component in profile.components])
    if len(instruction.strip()) > MAX_CHARACTERS:
        unread.append(f"everything after the first {MAX_CHARACTERS} characters")
    notes = []
    if hearing.honoured:
        notes.append(f"Honoured from the instruction: {'; '.join(dict.fromkeys(hearing.honoured))}.")
    notes += [f"Not honoured by the architect: {reason.rstrip('.')}." for reason in dict.fromkeys((*hearing.refused, *unread))]
    return Wish(hearing.profile, hearing.changes, tuple(notes))


def _heard(text: str) -> list[tuple[int, Rule, re.Match[str]]]:
    """Return the rules' matches in the order of the words; a word belongs to the first rule that takes it."""
    taken = [False] * len(text)
    found: list[tuple[int, Rule, re.Match[str]]] = []
    for rule in RULES:
        for match in rule.pattern.finditer(text):
            if match.end() > match.start() and not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append((match.start(), rule, match))
    return sorted(found, key=lambda item: item[0])


def _clause(text: str, position: int) -> str:
    """Return the sentence or list item around a position."""
    after = _CLAUSE_END.search(text, position)
    return text[_clause_start(text, position) : after.start() if after else len(text)]


def _clause_start(text: str, position: int) -> int:
    return max((end.end() for end in _CLAUSE_END.finditer(text, 0, position)), default=0)


def _nothing(hearing: Hearing, match: re.Match[str]) -> str:
    raise NotHonoured(f"“{' '.join(hearing.clause.split())}” (say what should be there instead)")


def _unread(text: str, names: Sequence[str]) -> list[str]:
    """Return the clauses of which words with a meaning are left; names of components have been heard with their clause."""
    found: list[str] = []
    named = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names) or r"(?!)", re.I)
    for clause in _CLAUSE_END.split(text):
        if "\0" in clause:
            clause = _REASON.sub("", clause)
        words = re.sub(r"[^\w\s./:=+-]", " ", _FILLER.sub(" ", named.sub(" ", clause.replace("\0", " "))))
        if re.search(r"\w{2,}|\d", words):
            found.append("“" + " ".join(clause.replace("\0", " ").split()) + "”")
    return found
