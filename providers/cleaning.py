"""Take out of a model's text what must not reach a terminal, a page or a file: escapes, control and direction characters.

The same text comes out however the stream was cut into pieces, so what was shown equals what is judged.
"""

from __future__ import annotations

import re

MAX_SEQUENCE = 512
"""A terminal sequence longer than this is not one: only its introducer is dropped and the rest is kept as text."""

_STRING = rf"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x00-\x1f\x7f-\x9f]{{0,{MAX_SEQUENCE}}}"  # OSC, DCS, SOS, PM, APC
_CONTROL = r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}"  # CSI with its parameters and intermediates
_UNWANTED = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, embeddings, overrides, isolates
    r"\u2028\u2029\ufeff\ufff9-\ufffb"  # separators that editors show as lines, byte order mark, annotations
    r"\U000e0000-\U000e007f"  # invisible tag characters
    r"\ud800-\udfff"  # lone surrogates, which cannot be encoded
)
_SUSPECT = re.compile(f"[{_UNWANTED}]")
_REMOVED = re.compile(rf"{_STRING}(?:\x07|\x1b\\|\x9c)|{_CONTROL}[@-~]|\x1b[ -/]{{1,8}}[0-~]|\x1b[0-OQ-WYZ\\`-~]|[{_UNWANTED}]")
_UNFINISHED = re.compile(rf"(?:{_STRING}\x1b?|{_CONTROL}|\x1b[ -/]{{0,8}}|\r)\Z")
_LONGEST = MAX_SEQUENCE + 8


class Cleaner:
    """Cleans one stream: feed the pieces in order, then flush."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what of the text so far is certain to be clean; a sequence cut in two is held until its end comes."""
        text = self._held + piece if self._held else piece
        self._held = ""
        if not _SUSPECT.search(text):
            return text
        if unfinished := _UNFINISHED.search(text, max(0, len(text) - _LONGEST)):
            text, self._held = text[: unfinished.start()], text[unfinished.start() :]
        return _remove(text)

    def flush(self) -> str:
        """Return what was held back, at the end of the stream."""
        rest, self._held = self._held, ""
        return _remove(rest)


def clean(text: str) -> str:
    """Return a whole text without what must not be shown; line ends become newlines."""
    if not _SUSPECT.search(text):
        return text
    cleaner = Cleaner()
    return cleaner.feed(text) + cleaner.flush()


def _remove(text: str) -> str:
    return _REMOVED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
