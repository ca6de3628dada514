"""Questions about where something stands: a word is looked for in the workspace's own files."""

from __future__ import annotations

import re

from engine.asking.records import Source
from engine.asking.topic import Matter, Said, Topic, words
from workspace.errors import WorkspaceError
from workspace.secrets import mask

MOST_FILES = 1_500
MOST_HITS = 10
READ = 200_000
_NAME = re.compile(r"`([^`]{2,80})`|\"([^\"]{2,80})\"|'([^']{2,80})'")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{2,}")
_ASKING = frozenset(
    [
        "where",
        "which",
        "what",
        "who",
        "does",
        "the",
        "this",
        "that",
        "file",
        "files",
        "line",
        "lines",
        "is",
        "are",
        "was",
        "were",
        "defined",
        "declared",
        "implemented",
        "used",
        "find",
        "show",
        "search",
        "look",
        "for",
        "calls",
        "called",
        "call",
        "stand",
        "stands",
        "occur",
        "occurs",
        "mentioned",
        "function",
        "class",
        "method",
        "variable",
        "module",
        "code",
        "repository",
        "workspace",
        "how",
        "and",
        "set",
        "setting",
        "in",
        "from",
        "with",
        "can",
        "you",
        "tell",
        "about",
        "its",
    ]
)
_TEXT = re.compile(r"\.(lock|min\.js|map|svg|csv|sum)$|(^|/)(package-lock\.json|pnpm-lock\.yaml|yarn\.lock|uv\.lock|poetry\.lock)$")


def _where(matter: Matter) -> Said | None:
    wanted = _names(matter.question)
    if not wanted:
        return None
    hits: list[tuple[bool, Source, str]] = []
    for path in [entry for entry in matter.profile.files if not _TEXT.search(entry)][:MOST_FILES]:
        try:
            text = matter.workspace.read_head(path, READ).text
        except WorkspaceError:
            continue
        if not any(name.lower() in text.lower() for name in wanted):
            continue
        for number, line in enumerate(mask(text, path).text.splitlines(), start=1):
            if any(re.search(rf"(?<!\w){re.escape(name)}", line, re.IGNORECASE) for name in wanted):
                hits.append((not _defines(line, wanted), Source(path, number), line.strip()[:160]))
        if len(hits) > 400:
            break
    told = " or ".join(f"`{name}`" for name in wanted)
    if not hits:
        return Said(f"{told} stands in no file of the workspace that may be read.")
    hits.sort(key=lambda hit: (hit[0], hit[1].path.count("/")))
    rows = [f"- `{source}`: `{line.replace('`', chr(39))}`" for _, source, line in hits[:MOST_HITS]]
    more = f"\n- and {len(hits) - MOST_HITS} more" if len(hits) > MOST_HITS else ""
    return Said(f"{told} stands here:\n\n" + "\n".join(rows) + more, tuple(source for _, source, _ in hits[:MOST_HITS]))


def _names(question: str) -> list[str]:
    """Return what is looked for: what stands in quotes, else words that look like names, else the rarest plain words."""
    quoted = [next(filter(None, match)) for match in _NAME.findall(question)]
    if quoted:
        return quoted[:3]
    found = [word.strip(".") for word in _WORD.findall(question)]
    shaped = [word for word in found if "_" in word or "." in word or re.search(r"[a-z][A-Z]", word)]
    return (shaped or [word for word in found if word.lower() not in _ASKING])[:2]


def _defines(line: str, names: list[str]) -> bool:
    return any(
        re.search(rf"\b(?:def|class|func|function|const|let|var|type|struct|fn|interface)\s+{re.escape(name)}", line) for name in names
    )


TOPICS = (
    Topic(
        id="where",
        label="Where it stands",
        pattern=words(
            r"where (?:is|are|do|does|can)\b",
            r"(?:find|search|look) (?:for )?",
            r"who calls",
            r"which (?:file|function|class|module)",
            r"line\b",
        ),
        examples=("Where is the database opened?",),
        answer=_where,
    ),
)
