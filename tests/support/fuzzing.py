"""How much the fuzz tests read: with every run what fits into a minute, with `make fuzz` five thousand texts each, all of them judged.

A text is grown from one number instead of a drawn tree, which is many times as fast. A failure names the number.
"""

from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EVERY = bool(os.environ.get("FUZZ_EVERY"))
"""Whether all texts are judged and not only read: what `make fuzz` asks for."""
THOROUGH = settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
BRIEF = settings(THOROUGH, max_examples=5000 if EVERY else 500)
SEEDS = st.integers(0, 2**64)
PATIENCE = 1800 if EVERY else 400
"""Seconds a fuzz test may take on a machine that others use too."""

ODD: tuple[object, ...] = (
    None, True, 0, -1, 10**30, 0.5, "", " ", "\u202e", "é", "${", "${{", "x" * 40, "\x85", "<<", "9" * 30, "1e999", "2020-01-01",
)  # fmt: skip
SNIPPETS = (
    "", "null", "[]", "{}", "- ", "? ", "&a", "*a", "!!int", "|", ">", '"', "'", ": ", "{", "}", "[", "]", "#", "\t", "${{", "}}", "$",
    "\\", "0", "-1", "true", "<<: *a", "<<EOF", "=", "\u2028", "é", "\x85", "\ufeff", "9" * 40, ".inf", "2020-01-01", "~", "0x1f",
    "1:30", "!reset", "%{ if x }", "${", "((", "((((", "\x00", "\r", "---", "...", "`", "@",
)  # fmt: skip


def judged(chance: random.Random, share: float) -> bool:
    """Tell whether this text is judged by the rules too, which costs many times what reading it does."""
    return EVERY or chance.random() < share


def grown(chance: random.Random, keys: tuple[str, ...], values: tuple[object, ...], depth: int) -> object:
    """Return a tree of a format's own keys and values in places where they do not belong."""
    pick = chance.random()
    if depth == 0 or pick < 0.35:
        return chance.choice(values) if chance.random() < 0.7 else chance.choice(ODD)
    if pick < 0.6:
        return [grown(chance, keys, values, depth - 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(keys): grown(chance, keys, values, depth - 1) for _ in range(chance.randint(0, 4))}


def mutated(chance: random.Random, text: str) -> str:
    """Return a text with one to four of its lines lost, doubled, swapped, moved in or out, cut or spoilt."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 4)):
        at, other, snippet = chance.randrange(len(lines)), chance.randrange(len(lines)), chance.choice(SNIPPETS)
        line = lines[at]
        cut = chance.randint(0, len(line))
        colon = line.find(":") + 1
        change = chance.randrange(8)
        if change == 0 and len(lines) > 1:
            del lines[at]
        elif change == 1:
            lines.insert(at, lines[other])
        elif change == 2:
            lines[at], lines[other] = lines[other], line
        elif change == 3:
            lines[at] = "  " * chance.randint(0, 3) + line.strip()
        elif change == 4:
            lines[at] = f"{line[:colon]} {snippet}" if colon else snippet
        elif change == 5:
            lines[at] = line[:cut] + snippet + line[cut:]
        elif change == 6:
            lines[at] = line[:cut]
        else:
            words = line.split(" ")
            words[chance.randrange(len(words))] = snippet
            lines[at] = " ".join(words)
    return "\n".join(lines)
