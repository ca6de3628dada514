"""Resource quantities (`100m`, `512Mi`) as numbers, so that the same amount compares equal however it is written."""

from __future__ import annotations

import re
from fractions import Fraction

_FORM = re.compile(r"^([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30}))(?:([eE][+-]?\d{1,2})|([KMGTPE]i|[numkMGTPE])?)$")
_FACTORS: dict[str, Fraction] = {
    "": Fraction(1),
    **{suffix: Fraction(1, 1000**power) for power, suffix in enumerate("mun", 1)},
    **{suffix: Fraction(1000**power) for power, suffix in enumerate("kMGTPE", 1)},
    **{f"{suffix}i": Fraction(1024**power) for power, suffix in enumerate("KMGTPE", 1)},
}


def quantity(text: str) -> Fraction | None:
    """Return the amount a quantity stands for, None when it is not one."""
    match = _FORM.match(text.strip())
    if match is None:
        return None
    number = Fraction(match[1])
    return number * Fraction(10) ** int(match[2][1:]) if match[2] else number * _FACTORS[match[3] or ""]


def plain_quantity(text: str) -> str:
    """Return the shortest spelling of an amount: `0.1` becomes `100m`, `1024Mi` becomes `1Gi`; other text stays as it is."""
    amount = quantity(text)
    if amount is None:
        return text
    if amount.denominator != 1:
        thousandth = amount * 1000
        return f"{thousandth.numerator}m" if thousandth.denominator == 1 else text
    whole = amount.numerator
    for suffix, factor in (("Ei", 2**60), ("Pi", 2**50), ("Ti", 2**40), ("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if whole and whole % factor == 0:
            return f"{whole // factor}{suffix}"
    return str(whole)
