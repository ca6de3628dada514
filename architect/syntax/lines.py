"""A page that is written line by line, each line with the reason it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from architect.profile import Evidence
from architect.request import Reason
from artifacts.records import Artifact, Kind

_WIDTH = 118


class Page:
    """Collects the lines of one file; `reason` given with a line is kept under that line's number."""

    def __init__(self, path: str, kind: Kind) -> None:
        self.path = path
        self.kind = kind
        self._lines: list[str] = []
        self._reasons: list[Reason] = []

    def add(self, text: str = "", why: str = "", evidence: Sequence[Evidence] = ()) -> None:
        """Write one line (or several, split at line ends); all of them share the reason."""
        for line in text.split("\n"):
            self._lines.append(line.rstrip())
            if why or evidence:
                self._reasons.append(Reason(self.path, len(self._lines), sentence(why, evidence), tuple(evidence)))

    def item(self, inner: Page, indent: str, why: str = "", evidence: Sequence[Evidence] = ()) -> None:
        """Write another page's lines as one item of a YAML list: its first line that is no comment gets the dash.

        The lines keep their own reasons; those without one share the item's.
        """
        start, dashed = len(self._lines), False
        own = {reason.line for reason in inner._reasons}
        for number, line in enumerate(inner._lines, 1):
            if not dashed and line.strip() and not line.lstrip().startswith("#"):
                dashed, line = True, f"{indent}- {line.lstrip()}"
            self._lines.append(line)
            if (why or evidence) and number not in own:
                self._reasons.append(Reason(self.path, start + number, sentence(why, evidence), tuple(evidence)))
        self._reasons += [replace(reason, path=self.path, line=reason.line + start) for reason in inner._reasons]

    def comment(self, text: str, evidence: Sequence[Evidence] = (), indent: str = "") -> None:
        """Write a comment, wrapped, with the first proof in parentheses."""
        if not text:
            return
        where = f" ({evidence[0]})" if evidence and str(evidence[0]) not in text else ""
        for line in wrap(one_line(text) + one_line(where, keep=True), _WIDTH - len(indent)):
            self._lines.append(f"{indent}# {line}")

    def gap(self) -> None:
        """Write an empty line unless the page is empty or ends with one."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def followed_by(self, other: Page) -> Page:
        """Return a page with this page's lines and then the other's, reasons renumbered."""
        page = Page(self.path, self.kind)
        page._lines = [*self._lines, *other._lines]
        shift = len(self._lines)
        page._reasons = [*self._reasons, *(replace(reason, line=reason.line + shift) for reason in other._reasons)]
        return page

    def add_item(self, inner: Page, indent: int, why: str = "", evidence: Sequence[Evidence] = ()) -> None:
        """Write the lines of another page as one item of a YAML list at a column.

        Each line keeps its reason; one without has that of the item.
        """
        lines = list(inner._lines) or ["{}"]
        lines[0] = f"{' ' * indent}- {lines[0].strip()}"
        own = {reason.line: reason for reason in inner._reasons}
        for number, line in enumerate(lines, 1):
            self._lines.append(line.rstrip())
            reason = own.get(number)
            if reason is not None:
                self._reasons.append(replace(reason, path=self.path, line=len(self._lines)))
            elif why or evidence:
                self._reasons.append(Reason(self.path, len(self._lines), sentence(why, evidence), tuple(evidence)))

    @property
    def empty(self) -> bool:
        """Tell whether nothing was written yet."""
        return not self._lines

    def text(self) -> str:
        """Return the whole file, ending with one line end."""
        return "\n".join(self._lines).rstrip("\n") + "\n"

    def artifact(self) -> Artifact:
        """Return the file."""
        return Artifact(self.path, self.text(), self.kind)

    def reasons(self) -> tuple[Reason, ...]:
        """Return the reasons in the order of the lines."""
        return tuple(sorted(self._reasons, key=lambda reason: reason.line))


def sentence(why: str, evidence: Sequence[Evidence]) -> str:
    """Return a reason in words: the given one, or what the evidence shows."""
    text = one_line(why)
    if text:
        return text[0].upper() + text[1:]
    return f"Stated in {evidence[0]}" if evidence else ""


def one_line(text: str, *, keep: bool = False) -> str:
    """Return text as one printable line, so that words of a repository cannot break out of a comment."""
    cleaned = "".join(character if character.isprintable() else " " for character in text)
    return cleaned if keep else " ".join(cleaned.split())


def wrap(text: str, width: int) -> list[str]:
    """Break a sentence at spaces; a longer word stays whole."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        if current and len(current) + 1 + len(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current] if current else lines
