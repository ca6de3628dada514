"""Answer text to files: what a model wrote, taken apart, named, checked and bounded (SPEC §13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from artifacts.blocks import Block, split_answer
from artifacts.comparing import comparer_of
from artifacts.dockerfile import read_dockerfile
from artifacts.kinds import COMPOSE_NAMES, kind_of, looks_like_compose, looks_like_dockerfile, looks_like_manifest
from artifacts.kubernetes.placing import place
from artifacts.naming import SHELLS, is_introduced_as_part, is_path, language, name_of
from artifacts.paths import clean_path
from artifacts.records import Artifact, Finding, Kind, Severity

__all__ = ["MAX_ANSWER", "MAX_FILES", "MAX_FILE_BYTES", "ParsedAnswer", "kind_of", "parse_answer"]

MAX_ANSWER = 2 * 1024 * 1024
MAX_FILE_BYTES = 262_144
MAX_FILES = 64
_DEFAULT_NAMES = {Kind.DOCKERFILE: "Dockerfile", Kind.COMPOSE: "compose.yaml"}


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """The files of an answer in their order, the prose around them, and what was refused or odd, in sentences.

    `findings` are those problems that weigh: a refused or cut-off file is an error.
    """

    artifacts: tuple[Artifact, ...]
    prose: str
    problems: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Gathering:
    """What has been found so far."""

    files: dict[str, Artifact] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def problem(self, message: str, rule: str = "", path: str = "", severity: Severity = Severity.ERROR) -> None:
        """Note a problem; with a rule it also becomes a finding."""
        if len(self.problems) < 100:
            self.problems.append(message)
            if rule:
                self.findings.append(Finding(rule, severity, message, path, source="answer"))


def parse_answer(text: str, expected: tuple[str, ...] = ()) -> ParsedAnswer:
    """Return the files an answer holds. `expected` are the paths asked for; an unnamed block is matched to them by kind.

    Never raises. A file is named by a `---FILE: path---` marker, its fence's info string, the line above its fence, or its
    first comment. A file that is cut off, too large or has a path outside the workspace is not offered; the problem says so.
    """
    gathered = _Gathering()
    if len(text) > MAX_ANSWER:
        gathered.problem(f"The answer has {len(text)} characters; only the first {MAX_ANSWER} were read.", "answer_too_long")
        text = text[:MAX_ANSWER]
    split = split_answer(text)
    unnamed: list[Block] = []
    for block in split.blocks:
        if block.name is not None:
            name = block.name.strip().strip("`\"'*").strip()
            _take(gathered, name, _without_afterword(name, block, gathered), block, expected)
            continue
        named = name_of(block)
        if named is not None:
            _take(gathered, named[0], named[1], block, expected)
        else:
            unnamed.append(block)
    _take_unnamed(gathered, unnamed, expected)
    prose = split.prose
    if not split.blocks and not gathered.files:
        prose = _take_bare(gathered, text, expected, prose)
    return ParsedAnswer(tuple(gathered.files.values()), prose, tuple(gathered.problems), tuple(gathered.findings))


def _take(gathered: _Gathering, raw: str, text: str, block: Block, expected: Iterable[str]) -> None:
    """Offer one named file, or say why not."""
    shown = "".join(char if char.isprintable() else "?" for char in raw)[:100]
    try:
        path = clean_path(raw)
    except ValueError as error:
        gathered.problem(f"The file {shown!r} was refused: {error}.", "answer_path_refused")
        return
    path = _as_expected(path, expected, gathered)
    if not block.closed:
        gathered.problem(f"{path} is cut off: its code block is not closed. It is not offered.", "answer_cut_off", path)
        return
    if "\0" in text:
        gathered.problem(f"{path} was refused: it holds NUL characters.", "answer_not_text", path)
        return
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_FILE_BYTES:
        gathered.problem(f"{path} was refused: it has {size} bytes, more than {MAX_FILE_BYTES}.", "answer_file_too_large", path)
        return
    if not text.strip():
        gathered.problem(f"{path} is empty and is not offered.", "answer_file_empty", path, Severity.WARNING)
        return
    if path not in gathered.files and len(gathered.files) >= MAX_FILES:
        if not any(finding.rule == "answer_too_many_files" for finding in gathered.findings):
            gathered.problem(f"The answer has more than {MAX_FILES} files; the rest is not offered.", "answer_too_many_files")
        return
    artifact = Artifact(path, text, kind_of(path, text))
    previous = gathered.files.pop(path, None)
    if previous is not None and previous.content != text:
        gathered.problem(
            f"{path} is given more than once, with different content; the last one is kept.", "answer_duplicate", path, Severity.WARNING
        )
    gathered.files[path] = artifact


def _without_afterword(name: str, block: Block, gathered: _Gathering) -> str:
    """Return a marked file without paragraphs of prose behind it, where they alone keep it from being read."""
    kind = kind_of(name)
    if block.fenced or kind not in (Kind.DOCKERFILE, Kind.COMPOSE):
        return block.text
    faults = comparer_of(kind).faults
    if len(block.text) > MAX_FILE_BYTES or not faults(block.text):
        return block.text
    paragraphs = block.text.rstrip("\n").split("\n\n")
    for kept in range(len(paragraphs) - 1, max(0, len(paragraphs) - 6), -1):
        text = "\n\n".join(paragraphs[:kept]).rstrip() + "\n"
        if not faults(text):
            gathered.problem(f"The text behind {name[:100]} is no part of it and was left out.")
            return text
    return block.text


def _as_expected(path: str, expected: Iterable[str], gathered: _Gathering) -> str:
    """Return the asked-for path where the answer uses another of Compose's default names for the same file, or leaves out a folder."""
    pure = PurePosixPath(path)
    expected = tuple(expected)
    if path in expected:
        return path
    below = [wanted for wanted in expected if kind_of(wanted) is Kind.KUBERNETES and PurePosixPath(wanted).name == path]
    if len(below) == 1:
        gathered.problem(f"The answer calls {below[0]} by the name {path}; the name asked for is kept.")
        return below[0]
    if pure.name not in COMPOSE_NAMES:
        return path
    for wanted in expected:
        other = PurePosixPath(wanted)
        if other.name in COMPOSE_NAMES and other.parent == pure.parent:
            gathered.problem(f"The answer calls {wanted} by the name {path}; the name asked for is kept.")
            return wanted
    return path


def _take_unnamed(gathered: _Gathering, blocks: list[Block], expected: tuple[str, ...]) -> None:
    """Match blocks that name no file to the expected ones by kind; what is left over is an example and stays out."""
    for kind in (Kind.DOCKERFILE, Kind.COMPOSE, Kind.DOCKERIGNORE):
        fitting = [block for block in blocks if _fits(block, kind)]
        if not fitting:
            continue
        wanted = [path for path in expected if kind_of(path) is kind and path not in gathered.files]
        if not expected and kind in _DEFAULT_NAMES and not any(item.kind is kind for item in gathered.files.values()):
            wanted = [_DEFAULT_NAMES[kind]]
        if not wanted:
            continue
        if len(wanted) > 1 and len(fitting) != len(wanted):
            gathered.problem(f"{len(fitting)} code blocks without a name could be {', '.join(wanted[:5])}; none was taken.")
            continue
        if len(fitting) > len(wanted):
            gathered.problem(f"{len(fitting)} code blocks without a name could be {wanted[0]}; the first was taken.")
        for path, block in zip(wanted, fitting, strict=False):
            _take(gathered, path, block.text, block, expected)
    _take_manifests(gathered, blocks, expected)


def _take_manifests(gathered: _Gathering, blocks: list[Block], expected: tuple[str, ...]) -> None:
    """Give Kubernetes manifests without a name the names asked for, where manifests were asked for at all."""
    if not any(kind_of(path) is Kind.KUBERNETES for path in expected):
        return
    for block in blocks:
        if (
            language(block.info) in ("", "yaml", "yml", "kubernetes", "k8s")
            and not is_introduced_as_part(block)
            and looks_like_manifest(block.text)
        ):
            path = place(block.text, expected, gathered.files)
            if path is not None:
                _take(gathered, path, block.text, block, expected)


def _fits(block: Block, kind: Kind) -> bool:
    tag = language(block.info)
    if tag in SHELLS or tag in ("diff", "patch") or is_introduced_as_part(block):
        return False
    if kind is Kind.DOCKERFILE:
        return tag in ("", "dockerfile", "docker", "containerfile", "text", "plaintext", "makefile") and looks_like_dockerfile(block.text)
    if kind is Kind.COMPOSE:
        return tag in ("", "yaml", "yml", "compose", "docker-compose", "dockercompose", "text") and looks_like_compose(block.text)
    return tag in ("dockerignore", "gitignore", "ignore", "ignorefile")


def _take_bare(gathered: _Gathering, text: str, expected: tuple[str, ...], prose: str) -> str:
    """Take an answer that is nothing but one file, without any fence; return the prose that is left."""
    body = text.replace("\r\n", "\n").strip("\n")
    block = Block(body.rstrip() + "\n", 1)
    for kind, looks in ((Kind.DOCKERFILE, looks_like_dockerfile), (Kind.COMPOSE, looks_like_compose)):
        wanted = [path for path in expected if kind_of(path) is kind] or ([_DEFAULT_NAMES[kind]] if not expected else [])
        if len(wanted) != 1 or not looks(body):
            continue
        if kind is Kind.DOCKERFILE and read_dockerfile(block.text).faults:
            continue
        named = name_of(block)
        content = named[1] if named is not None and is_path(named[0]) else block.text
        _take(gathered, wanted[0], content, block, expected)
        return ""
    before = len(gathered.files)
    if looks_like_manifest(body):
        _take_manifests(gathered, [block], expected)
    return "" if len(gathered.files) > before else prose
