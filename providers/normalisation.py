"""Bring text answers into a form in which equal means the same; None means that an answer takes no side."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Hashable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from providers.errors import ConfigurationError

Normalise = Callable[[str], Hashable | None]

MOST_STARTS = 200
"""Brackets at which JSON is looked for; prose full of them is not worth a search without end."""
_FENCE = re.compile(r"```[\w+-]*[ \t]*\n(.*?)```", re.DOTALL)

_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-+−–]?|(?:minus|negative)\s)\s?(?P<currency>[$€£¥]?)\s?(?P<sign2>[-−]?)"
    r"(?P<digits>\d{1,3}(?:[,.'\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d{1,2}(?:,\d{2}){1,6},\d{3}(?:\.\d+)?(?!\d)"
    r"|\d{1,3}(?: \d{3}){1,6},\d+|\d{1,3}(?: \d{3}){2,6}|\d+(?:[.,]\d+)?|\.\d+)"
    r"(?:[eE](?P<exponent>[-+]?\d{1,3})|\s?[x×*]\s?10\s?\^\s?(?P<power>[-+]?\d{1,3})|\s?\^\s?(?P<raised>[-+]?\d{1,3}))?"
    r"(?:(?P<whole>\s(?=\d))?(?P<over>(?<=\s)\d+)?\s?/\s?(?P<under>\d+)(?![\d/]))?"
    r"(?P<percent>\s?%|\s(?:percent|per cent)\b)?(?P<scale>k\b|\s(?:thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_SCALES = MappingProxyType({"k": 1e3, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12})
_NO_NUMBER = re.compile(r"(?<!\d)\d{1,9}(?:\.\d{1,9}){3,20}|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b")
"""What is made of digits and is no number: addresses and versions, dates, times of day."""
_FRACTION = re.compile(r"[¼-¾⅐-⅞]")
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = MappingProxyType(
    {word: at for at, word in enumerate(_UNITS.split())} | {word: 20 + 10 * at for at, word in enumerate(_TENS.split())}
)
_SPELLED = re.compile(rf"\b(?:(minus|negative) )?({'|'.join(_WORDS)})(?:[- ]({'|'.join(_UNITS.split()[1:10])}))?\b")
_ANSWER = re.compile(r"(?:\banswer\b[^\d$€£¥+−-]{0,40}|\bresult\b[^\d$€£¥+−-]{0,40}|=\s*|####\s*)$", re.IGNORECASE)

_YES = frozenset(["yes", "yeah", "yep", "y", "true", "correct", "right", "affirmative", "agreed", "agree", "valid"])
_NO = frozenset(["no", "nope", "n", "false", "incorrect", "wrong", "negative", "disagree", "untrue", "invalid"])
_WEAK_YES = frozenset(["definitely", "absolutely", "certainly", "sure", "surely", "indeed", "course"])
"""Words that say yes when no clearer one is there."""
_NOT = frozenset(
    ["not", "never", "hardly", "neither", "cannot", "isn't", "isnt", "wasn't", "aren't", "doesn't", "don't", "didn't", "won't", "can't"]
)
_DOUBT = re.compile(
    r"\b(?:maybe|perhaps|unsure|uncertain|unclear|unknown|possibly|it depends|depends on|not sure|not certain|yes and no|true and false"
    r"|(?:can ?not|can't|cannot) (?:say|tell|know|answer|determine)|don't know|do not know|hard to say|either way)\b"
)
_EITHER = re.compile(r"(?:yes|true)\s?(?:/|or)\s?(?:no|false)[.?!]?|(?:no|false)\s?(?:/|or)\s?(?:yes|true)[.?!]?")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def lowercase_trim(text: str) -> str:
    """Ignore case and the space around the answer."""
    return text.strip().lower()


def numeric(text: str) -> float | None:
    """Read the number an answer gives: "The answer is 4" is 4.0, "$1,234.50" 1234.5, "1.234,5" 1234.5, "2e3" 2000.0, "45%" 0.45.

    A fraction is divided out ("1 1/2" is 1.5), a percentage is a hundredth, "2 million" and "2k" are multiplied, "minus two" is read where
    there are no digits. Addresses, versions, dates and times are no numbers. Of several numbers the one after "answer", "result" or "="
    counts, else the last. None where there is none.
    """
    text = _NO_NUMBER.sub(" ", _FRACTION.sub(lambda part: " " + unicodedata.normalize("NFKC", part.group()).replace("\u2044", "/"), text))
    chosen: re.Match[str] | None = None
    marked = False
    for found in _NUMBER.finditer(text):
        after_mark = bool(_ANSWER.search(text, max(0, found.start() - 60), found.start()))
        if after_mark or not marked:
            chosen, marked = found, after_mark
    return _spelled(text) if chosen is None else _value(chosen)


def boolean(text: str) -> bool | None:
    """Read yes or no: "not true" is False, "it depends" is None, as is an answer that says both."""
    lowered = text.lower().replace("\u2019", "'").replace("not only ", "")
    if _EITHER.fullmatch(lowered.strip()) or _DOUBT.search(lowered):
        return None
    words = _WORD.findall(lowered.replace("no doubt", ""))
    sides: list[bool] = []
    first_side: bool | None = None
    for at, word in enumerate(words):
        side = True if word in _YES else False if word in _NO else None
        if side is None:
            continue
        if any(earlier in _NOT for earlier in words[max(0, at - 3) : at]):
            side = not side
        sides.append(side)
        if at == 0:
            first_side = side
    if not sides:
        return _weakly(words)
    if first_side is not None and words[0] in {"yes", "no", "true", "false", "yeah", "nope", "yep"}:
        return first_side
    return sides[0] if all(side is sides[0] for side in sides) else None


def json_value(text: str) -> str | None:
    """Read the JSON an answer holds, also inside a fence, as a canonical string: key order and spacing do not matter."""
    for part in (text, *(found.group(1) for found in _FENCE.finditer(text))):
        try:
            return _canonical(json.loads(part, parse_constant=_no_constant))
        except (ValueError, RecursionError):
            continue
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    for found in islice(re.finditer(r"[\[{]", text[:200_000]), MOST_STARTS):
        try:
            value, _ = decoder.raw_decode(text, found.start())
            return _canonical(value)
        except (ValueError, RecursionError):
            continue
    return None


NORMALISATIONS: Mapping[str, Normalise] = MappingProxyType(
    {"lowercase_trim": lowercase_trim, "numeric": numeric, "boolean": boolean, "json": json_value}
)


def find(normalisation: str | Callable[[str], Any]) -> Normalise:
    """Return the normalisation of this name, or the callable made safe to compare; raises ConfigurationError naming the choices."""
    if callable(normalisation):
        return _hashable(normalisation)
    if normalisation in NORMALISATIONS:
        return NORMALISATIONS[normalisation]
    choices = ", ".join(NORMALISATIONS)
    raise ConfigurationError(f"There is no normalisation {normalisation!r}; choose one of {choices}, or give a function of the text.")


def _value(found: re.Match[str]) -> float | None:
    digits = re.sub(r"['\u2019\u00a0\u202f ]", "", found["digits"])
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and dot >= 0:
        digits = digits.replace(",", "") if dot > comma else digits.replace(".", "").replace(",", ".")
    elif comma >= 0:
        thousands = digits.count(",") > 1 or (len(digits) - comma == 4 and not digits.startswith("0"))
        digits = digits.replace(",", "") if thousands else digits.replace(",", ".")
    elif digits.count(".") > 1:
        digits = digits.replace(".", "")
    value = float(f"{digits}e{found['exponent'] or found['power'] or 0}")
    try:
        if found["raised"]:
            value **= int(found["raised"])
        if found["under"]:
            value = value + int(found["over"]) / int(found["under"]) if found["over"] else value / int(found["under"])
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    if found["scale"]:
        value *= _SCALES[found["scale"].strip().lower()]
    if found["percent"]:
        value /= 100
    if not math.isfinite(value):
        return None
    if found["sign"].strip().lower() in {"-", "−", "minus", "negative"} or found["sign2"]:
        value = -value
    return float(f"{value:.12g}")


def _spelled(text: str) -> float | None:
    """Read a number in words up to ninety-nine, the last one there is."""
    value = None
    for found in _SPELLED.finditer(text.lower()):
        value = float(_WORDS[found[2]] + (_WORDS[found[3]] if found[3] and _WORDS[found[2]] >= 20 else 0))
        value = -value if found[1] else value
    return value


def _weakly(words: list[str]) -> bool | None:
    """Read an answer without yes, no, true or the like: "Certainly not" is False."""
    if words[:1] == ["never"] or words[:3] == ["not", "at", "all"]:
        return False
    sides = {
        not any(near in _NOT for near in (*words[max(0, at - 3) : at], *words[at + 1 : at + 2]))
        for at, word in enumerate(words)
        if word in _WEAK_YES
    }
    return sides.pop() if len(sides) == 1 else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _canonical(value: Any) -> str:
    return json.dumps(_whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _whole(value: Any) -> Any:
    """Write 1.0 as 1 throughout, since JSON has one kind of number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_whole(entry) for entry in value]
    return value


def _hashable(function: Callable[[str], Any]) -> Normalise:
    def normalised(text: str) -> Hashable | None:
        value = function(text)
        return value if value is None or isinstance(value, Hashable) else repr(value)

    return normalised
