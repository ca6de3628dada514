"""Which file a fenced block is, by what stands in its info string, above it, or in its first line."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from artifacts.blocks import Block
from artifacts.kinds import kind_of, looks_like_compose, looks_like_dockerfile
from artifacts.records import Kind

SHELLS = frozenset(
    {"bash", "sh", "shell", "zsh", "console", "shell-session", "shellsession", "powershell", "ps1", "cmd", "bat", "terminal"}
)
_BARE_TAGS = frozenset({"dockerfile", "makefile", "containerfile", "procfile", "jenkinsfile"})
_ATTRIBUTE = re.compile(r"\b(?:title|file|filename|path|name|src)[ \t]*[=:][ \t]*(?:\"([^\"]{1,300})\"|'([^']{1,300})'|([^\s\"'}]{1,300}))")
_PATH = re.compile(r"^(?:\.{0,2}/)?(?:[\w@.+-]+/)*[\w@.+-]+$")
_KNOWN_BARE = re.compile(
    r"^(?:dockerfile|containerfile|makefile|procfile|jenkinsfile|caddyfile|vagrantfile|gemfile|tiltfile)(?:[.-][\w.-]+)?$", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,11}$")
_LABEL_WORDS = re.compile(
    r"^(?:(?:the|new|updated|final|full|complete|root|file|filename|file ?name|path|create|contents? of)\b[ \t]*:?[ \t]*)+", re.IGNORECASE
)
_NUMBER = re.compile(r"^(?:\(?\d{1,3}[.):][ \t]*|step[ \t]+\d+[ \t]*[:.)-]?[ \t]*|[a-z]\)[ \t]*)", re.I)
_TICKED = re.compile(r"`([^`\n]{1,300})`|\*\*([^*\n]{1,300})\*\*")
_EXAMPLE = re.compile(
    r"\b(?:replace|instead|change|changing|add|append|insert|swap|remove|edit|modify|snippet|example|e\.g|alternatively|alternative|optional|optionally|"
    r"if you|could|might|before|old|previous|current|currently|original|existing|like this one|run|build it|then)\b",
    re.I,
)
_PARTIAL = re.compile(
    r"\b(?:add|append|insert|extend|alternatively|alternative|instead|snippet|excerpt|previously|before|old|existing|currently)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^[ \t]*(?:#+|//|--|<!--|;|/\*)[ \t]*(.{1,300}?)[ \t]*(?:-->|\*/)?[ \t]*$")


def language(info: str) -> str:
    """Return the language of an info string, lower-case, "" when it has none."""
    first = re.split(r"[\s:{},]", info.strip().lstrip("{."), maxsplit=1)[0]
    return first.lower()


def name_of(block: Block) -> tuple[str, str] | None:
    """Return the path a fenced block claims and the text without its naming comment, None when it claims none.

    The info string speaks first, then the line above, then the first comment; a comment that gives the same file
    name with its folder is more precise than a line above. Shell blocks claim only script files.
    """
    from_info = _from_info(block.info)
    comment, body = _from_comment(block.text)
    if from_info is not None:
        return from_info, body if comment is not None and _same_file(comment, from_info) else block.text
    label = _from_label(block)
    if label is not None and comment is not None:
        if _same_file(comment, label):
            return (comment if len(comment) > len(label) else label), body
        return (comment, body) if _plausible(comment, block, body, strict=False) else (label, block.text)
    if comment is not None and _plausible(comment, block, body, strict=False):
        return comment, body
    return (label, block.text) if label is not None else None


def is_introduced_as_part(block: Block) -> bool:
    """Tell whether the line above says that the block is a piece of a file or another way to write it."""
    return bool(block.before) and _PARTIAL.search(block.before[-1][:400]) is not None


def _from_info(info: str) -> str | None:
    if not info:
        return None
    match = _ATTRIBUTE.search(info[:600])
    if match is not None:
        return (match[1] or match[2] or match[3]).strip()
    words = info.strip().strip("{}").split()
    first = words[0] if words else ""
    head, sign, tail = first.partition(":")
    if sign and tail and "/" not in head and is_path(tail):
        return tail
    if len(words) >= 2 and is_path(words[1].strip("()[]\"'")):
        return words[1].strip("()[]\"'")
    if (
        first.lower() not in ("dockerfile", "makefile", "containerfile", "procfile", "jenkinsfile")
        and is_path(first)
        and ("." in first or "/" in first)
    ):
        return first
    return None


def _from_label(block: Block) -> str | None:
    """Read the prose right above a block: a line that is only a file name, or a short sentence that names one file."""
    if not block.before:
        return None
    line = block.before[-1].strip()
    if len(line) > 400:
        return None
    alone = _alone(line)
    if alone is not None:
        return alone if _plausible(alone, block, block.text, strict=False) else None
    named = [part for match in _TICKED.finditer(line) if is_path(part := (match[1] or match[2]).strip().rstrip(":"))]
    heading = line.startswith("#")
    if len(set(named)) != 1 or not (heading or line.rstrip("*_ ").endswith(":")) or (_EXAMPLE.search(line) and not heading):
        return None
    return named[0] if _plausible(named[0], block, block.text, strict=True) else None


def _alone(line: str) -> str | None:
    """Return the path when the line holds nothing but it and decoration: `### 1. File: **compose.yaml**`."""
    text = line.strip().lstrip("#>-*+=• \t").rstrip("#=- \t")
    text = _NUMBER.sub("", text).strip()
    text = re.sub(r"[*_]{2,}", "", text).strip()
    text = _LABEL_WORDS.sub("", text).strip().strip("*`\"'").strip()
    text = re.sub(r"^[^\w./@`*]+", "", text)
    text = _LABEL_WORDS.sub("", text).strip().rstrip(":").strip("*`\"' ").strip()
    text = re.sub(r"[ \t]*\((?:[^()]{0,80})\)$", "", text).strip("*`\"' :")
    return text if is_path(text) else None


def _from_comment(text: str) -> tuple[str | None, str]:
    """Return the path a first comment line gives, and the text without that line."""
    first, _, rest = text.partition("\n")
    match = _COMMENT.match(first[:400])
    if match is None:
        return None, text
    path = _alone(match[1].strip("-= \t"))
    if path is None:
        return None, text
    return path, rest.lstrip("\n")


def _plausible(path: str, block: Block, text: str, *, strict: bool) -> bool:
    """Tell whether the block can be that file: not a shell session, and in a sentence only when it is a whole file."""
    if language(block.info) in SHELLS and PurePosixPath(path).suffix not in (".sh", ".bash", ".ps1", ".zsh"):
        return False
    if language(block.info) in ("diff", "patch"):
        return False
    kind = kind_of(path)
    if kind is Kind.DOCKERFILE:
        return looks_like_dockerfile(text) if strict else language(block.info) not in ("yaml", "yml", "json", "python", "javascript")
    if kind is Kind.COMPOSE:
        return looks_like_compose(text) if strict else language(block.info) not in ("dockerfile", "json5", "python", "javascript")
    return True


def _same_file(one: str, other: str) -> bool:
    return PurePosixPath(one).name == PurePosixPath(other).name


def is_path(text: str) -> bool:
    """Tell whether the text is shaped like a file path: a known bare name, a dot file, or a name with an extension."""
    if not text or len(text) > 255 or not _PATH.match(text) or text.endswith("/"):
        return False
    name = PurePosixPath(text).name
    if _KNOWN_BARE.match(name) or (name.startswith(".") and len(name) > 2 and name[1].isalpha()):
        return True
    return _EXTENSION.search(name) is not None and not re.fullmatch(r"[vV]?[\d.]+", name) and "://" not in text
