"""Characters that cannot be seen: what a reviewer reads would not be what runs."""

from __future__ import annotations

import re
import unicodedata

from artifacts.records import Artifact, Finding, Kind, Severity

MAX_FINDINGS = 20

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"  # controls, among them the escape that steers a terminal
    "\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # joiners, marks and overrides of direction
    "\U000e0000-\U000e007f]"  # tags
)


class Hidden:
    """Looks for control, zero-width and direction characters in any file."""

    id = "hidden"
    label = "Hidden characters"
    kinds = frozenset(Kind)
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return an error for each line that holds such a character; a byte-order mark at the very beginning is none."""
        text = artifact.content.removeprefix("\ufeff")
        lines: dict[int, str] = {}
        for found in _HIDDEN.finditer(text):
            lines.setdefault(text.count("\n", 0, found.start()) + 1, found.group())
            if len(lines) > MAX_FINDINGS:
                break
        return tuple(
            Finding("hidden_character", Severity.ERROR, _sentence(character), artifact.path, line, source=self.id)
            for line, character in list(lines.items())[:MAX_FINDINGS]
        )


def _sentence(character: str) -> str:
    name = unicodedata.name(character, "a control character").lower()
    return f"the line holds U+{ord(character):04X} ({name}), which cannot be seen: what is shown may not be what runs"
