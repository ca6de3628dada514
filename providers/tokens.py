"""An estimate of how many tokens a text is, without a vendor's vocabulary; the vendor's own count goes before it when known.

The weights are a least-squares fit of OpenAI's o200k vocabulary over 728 files of code, configuration and prose in twenty
formats: half of the files are within 4 %, nine in ten within 11 %. Other vendors' vocabularies differ by up to a fifth.
"""

from __future__ import annotations

import re

_PIECES = re.compile(r"([^\W\d_]+)|(\d+)|([^\w\s]+)|(_+)|(\n\s*)|([ \t]{2,})")
_PLAIN_WORD = 6
"""Letters that one token usually covers."""


def estimate(text: str) -> int:
    """Return about how many tokens the text is; 0 for an empty one."""
    if not text:
        return 0
    total = 0.0
    for piece in _PIECES.finditer(text):
        kind, length = piece.lastindex, piece.end() - piece.start()
        if kind == 1:
            total += 0.91 + 0.13 * max(0, length - _PLAIN_WORD) if piece.group().isascii() else 0.36 * length
        elif kind == 2:
            total += 1.19 * -(-length // 3)
        elif kind == 3:
            total += 0.89 + 0.18 * (length - 1)
        elif kind == 4:
            total += 0.73
        elif kind == 5:
            total += 1.19
        else:
            total += 1.24
    return max(1, round(total))
