"""Reading a repository for the stacks: a tree that reads each file once, a folder of it, and lines as evidence."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, NamedTuple

import yaml

from architect.profile import Evidence
from architect.tree import Tree

EXCERPT = 160
MAX_DEPTH = 100
LONG_LINE = 2_000
LONG_GAP = 300
# A string may lack its end, a comment too: both then reach to the end of the line or text, so that no second look is needed.
_STRING = r'"(?:[^"\\\n]|\\(?:[^\n]|(?=\n)|\Z))*(?:"|(?=\n)|\Z)'
_COMMENT = re.compile(_STRING + r"|//[^\n]*|/\*(?:.*?\*/|.*)", re.S)
_TRAILING = re.compile(rf"({_STRING})|,(?=\s*[}}\]])")


class Found(NamedTuple):
    """A regular expression's match and the line it stands on."""

    match: re.Match[str]
    evidence: Evidence

    @property
    def value(self) -> str:
        """Return the first group that took part, or the whole match."""
        return next((group for group in self.match.groups() if group is not None), self.match[0])


class CachedTree:
    """A Tree that reads each file once, knows its folders, and remembers which manifests could not be parsed."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._texts: dict[tuple[str, int], str | None] = {}
        self._documents: dict[tuple[str, str], Document | None] = {}
        self._paths = tuple(tree.paths())
        self.problems: dict[str, str] = {}
        self.memo: dict[tuple[str, str], Any] = {}

    @classmethod
    def of(cls, tree: Tree) -> CachedTree:
        """Return `tree` itself when it is cached already."""
        return tree if isinstance(tree, cls) else cls(tree)

    @property
    def name(self) -> str:
        """Return the repository's name."""
        return self._tree.name

    @property
    def files_read(self) -> int:
        """Tell how many different files were read so far."""
        return len({path for (path, _), text in self._texts.items() if text is not None})

    @cached_property
    def by_folder(self) -> Mapping[str, tuple[str, ...]]:
        """Map each folder ("" for the root) to the names of the files directly in it."""
        folders: dict[str, list[str]] = {}
        for path in self._paths:
            folder, _, name = path.rpartition("/")
            folders.setdefault(folder, []).append(name)
        return {folder: tuple(names) for folder, names in folders.items()}

    @cached_property
    def known(self) -> frozenset[str]:
        """Return every listed path, for quick membership tests."""
        return frozenset(self._paths)

    def paths(self) -> Sequence[str]:
        """Return every listed file, as the wrapped tree does."""
        return self._paths

    def read(self, path: str, limit: int = 262_144) -> str | None:
        """Return a file's text, from memory the second time; lines past `LONG_LINE` characters are cut."""
        text = self._raw(path, limit)
        return text if text is None else self._lines(path, limit, text)

    def _raw(self, path: str, limit: int) -> str | None:
        key = (path, limit)
        if key not in self._texts:
            text = self._tree.read(path, limit) if path in self.known else None
            self._texts[key] = text.replace("\r\n", "\n") if text else text
        return self._texts[key]

    def _lines(self, path: str, limit: int, text: str) -> str:
        """Return a text without over-long lines and blank stretches: they are generated, and patterns may take long over them."""
        if len(text) <= LONG_LINE:
            return text
        key = (f"{limit}", path)
        if key not in self.memo:
            self.memo[key] = _trimmed(text)
        cut: str = self.memo[key]
        return cut

    def document(self, path: str, parser: str) -> Document | None:
        """Return a parsed manifest (`json`, `toml`, `yaml`); None when absent; a broken one is remembered in `problems`."""
        key = (path, parser)
        if key not in self._documents:
            self._documents[key] = self._parse(path, parser)
        return self._documents[key]

    def _parse(self, path: str, parser: str) -> Document | None:
        text = self._raw(path, 262_144)
        if text is None:
            return None
        try:
            data = _PARSERS[parser](text)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            detail = " ".join(str(error).split())[:EXCERPT] or type(error).__name__
            self.problems[path] = f"{path} could not be read as {parser.upper()} ({detail})."
            return None
        if not isinstance(data, dict):
            self.problems[path] = f"{path} does not hold a table of settings, as it should."
            return None
        return Document(path, text, parser, data)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed manifest that can say on which line a key stands."""

    path: str
    text: str
    parser: str
    data: Mapping[str, Any]

    def get(self, *keys: str) -> Any:
        """Return the value at a path of keys, or None when any of them is missing."""
        value: Any = self.data
        for key in keys:
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
        return value

    def table(self, *keys: str) -> Mapping[str, Any]:
        """Return the table at a path of keys, empty when there is none."""
        value = self.get(*keys)
        return value if isinstance(value, Mapping) else {}

    def text_at(self, *keys: str) -> str | None:
        """Return the value at a path of keys when it is a non-empty text or a number, as text."""
        value = self.get(*keys)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        return str(value).strip() or None

    def at(self, *keys: str) -> Evidence:
        """Return the line of the key at this path; the whole file when it cannot be told."""
        position = 0
        if self.parser == "toml":
            return self._toml_line(keys)
        for key in keys:
            quoted = rf'"{re.escape(key)}"\s*:' if self.parser == "json" else rf"^[ \t-]*['\"]?{re.escape(key)}['\"]?\s*:"
            hit = re.compile(quoted, re.M).search(self.text, position)
            if hit is None:
                return Evidence(self.path)
            position = hit.end()
        return line_at(self.path, self.text, max(position - 1, 0))

    def _toml_line(self, keys: Sequence[str]) -> Evidence:
        for split in range(len(keys) - 1, -1, -1):
            position = 0
            if split:
                dotted = r"\s*\.\s*".join(rf"[\"']?{re.escape(key)}[\"']?" for key in keys[:split])
                header = re.compile(rf"^[ \t]*\[{{1,2}}\s*{dotted}\s*\]", re.M).search(self.text)
                if header is None:
                    continue
                position = header.end()
            key = r"\s*\.\s*".join(rf"[\"']?{re.escape(key)}[\"']?" for key in keys[split:])
            after = re.compile(r"^[ \t]*\[", re.M).search(self.text, position)
            hit = re.compile(rf"^[ \t]*{key}\s*=", re.M).search(self.text, position, after.start() if after else len(self.text))
            if hit:
                return line_at(self.path, self.text, hit.end() - 1)
        dotted = r"\s*\.\s*".join(rf"[\"']?{re.escape(key)}[\"']?" for key in keys)
        header = re.compile(rf"^[ \t]*\[{{1,2}}\s*{dotted}\s*\]", re.M).search(self.text)
        return line_at(self.path, self.text, header.end() - 1) if header else Evidence(self.path)


class Folder:
    """One folder of a tree, addressed by names relative to it; what a stack looks at."""

    def __init__(self, tree: Tree, root: str = "") -> None:
        self.tree = CachedTree.of(tree)
        self.root = root.strip("/")

    def path(self, name: str) -> str:
        """Return a name's path from the repository's root."""
        return f"{self.root}/{name}" if self.root else name

    @property
    def label(self) -> str:
        """Return the folder's own name, the repository's for its root."""
        return self.root.rpartition("/")[2] or self.tree.name

    def names(self, sub: str = "") -> tuple[str, ...]:
        """Return the names of the files directly in this folder, or in a folder below it."""
        return self.tree.by_folder.get(self.path(sub).rstrip("/") if sub else self.root, ())

    def has(self, *names: str) -> str | None:
        """Return the first of these names that is a file here, else None."""
        return next((name for name in names if self.path(name) in self.tree.known), None)

    def has_folder(self, name: str) -> bool:
        """Tell whether some file lies below this sub-folder."""
        prefix = self.path(name).rstrip("/") + "/"
        return any(folder + "/" == prefix or folder.startswith(prefix) for folder in self.tree.by_folder)

    def files(self, pattern: str = "*", depth: int = 99) -> Iterator[str]:
        """Yield names below this folder whose last part matches a glob pattern, at most `depth` folders down."""
        prefix = self.root + "/" if self.root else ""
        tail = pattern[1:] if pattern.startswith("*") and not re.search(r"[*?\[]", pattern[1:]) else None
        for path in self.tree.paths():
            if not path.startswith(prefix) or (tail is not None and not path.endswith(tail)):
                continue
            name = path[len(prefix) :]
            if name.count("/") <= depth and (tail is not None or fnmatchcase(name.rpartition("/")[2], pattern)):
                yield name

    def read(self, name: str) -> str | None:
        """Return the text of a file of this folder."""
        return self.tree.read(self.path(name))

    def json(self, name: str) -> Document | None:
        """Return a parsed JSON file of this folder."""
        return self.tree.document(self.path(name), "json")

    def toml(self, name: str) -> Document | None:
        """Return a parsed TOML file of this folder."""
        return self.tree.document(self.path(name), "toml")

    def yaml(self, name: str) -> Document | None:
        """Return a parsed YAML file of this folder."""
        return self.tree.document(self.path(name), "yaml")

    def find(self, name: str, pattern: str | re.Pattern[str]) -> Found | None:
        """Return the first match of a pattern in a file of this folder, with its line."""
        text = self.read(name)
        return find(self.path(name), text, pattern) if text else None

    def search(self, names: Sequence[str] | Iterator[str], pattern: str | re.Pattern[str]) -> Found | None:
        """Return the first match of a pattern in any of these files."""
        return next((found for name in names if (found := self.find(name, pattern))), None)

    def upwards(self) -> Iterator[Folder]:
        """Yield this folder and those above it, up to the repository's root: where version files may lie."""
        parts = self.root.split("/") if self.root else []
        for count in range(len(parts), -1, -1):
            yield Folder(self.tree, "/".join(parts[:count]))


def _trimmed(text: str) -> str:
    """Cut lines past `LONG_LINE` characters, and the text where more than `LONG_GAP` blank lines follow one another."""
    lines = text.split("\n")
    changed = False
    blank = 0
    for number, line in enumerate(lines):
        if len(line) > LONG_LINE:
            lines[number], changed = line[:LONG_LINE], True
        blank = 0 if line.strip() else blank + 1
        if blank > LONG_GAP:
            return "\n".join(lines[: number - LONG_GAP])
    return "\n".join(lines) if changed else text


def glob_matches(path: str, glob: str) -> bool:
    """Tell whether a folder's path matches a workspace pattern (`apps/*`, `packages/**`), `*` standing for one folder's name."""
    if "**" in glob:
        return fnmatchcase(path, glob.replace("**", "*"))
    return path.count("/") == glob.count("/") and fnmatchcase(path, glob)


def line_at(path: str, text: str, position: int) -> Evidence:
    """Return the line of `text` that holds this character position."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return Evidence(path, text.count("\n", 0, position) + 1, text[start : end if end >= 0 else None].strip()[:EXCERPT])


def find(path: str, text: str, pattern: str | re.Pattern[str]) -> Found | None:
    """Return a pattern's first match (multi-line mode for plain text) and its line."""
    compiled = re.compile(pattern, re.M) if isinstance(pattern, str) else pattern
    match = compiled.search(text)
    return Found(match, line_at(path, text, _anchor(match))) if match else None


def find_all(path: str, text: str, pattern: str | re.Pattern[str]) -> Iterator[Found]:
    """Yield every match of a pattern and its line."""
    compiled = re.compile(pattern, re.M) if isinstance(pattern, str) else pattern
    for match in compiled.finditer(text):
        yield Found(match, line_at(path, text, _anchor(match)))


def _anchor(match: re.Match[str]) -> int:
    """Return where to point at: the first group that matched, since a pattern may begin on an earlier line."""
    return next((match.start(i + 1) for i, group in enumerate(match.groups()) if group), match.start() + _lead(match[0]))


def _lead(text: str) -> int:
    return len(text) - len(text.lstrip())


def _load_yaml(text: str) -> Any:
    _refuse_depth(text, yaml.YAMLError)
    if re.search(r"(?:- ){20}", text):
        raise yaml.YAMLError("nested too deeply")
    documents = yaml.load_all(text, Loader=_Loader)
    return next(iter(documents), {}) or {}


def _load_json(text: str) -> Any:
    _refuse_depth(text, ValueError)
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(strip_json_comments(text))


def _load_toml(text: str) -> Any:
    _refuse_depth(text, ValueError)
    if any(line.count(".") > 500 for line in text.split("\n")):
        raise ValueError("a key nested too deeply")
    return tomllib.loads(text)


def strip_json_comments(text: str) -> str:
    """Blank out comments and trailing commas (tsconfig, deno.jsonc, angular.json), keeping every line where it is."""
    kept = _COMMENT.sub(lambda hit: hit[0] if hit[0][0] == '"' else re.sub(r"[^\n]", " ", hit[0]), text)
    return _TRAILING.sub(lambda hit: hit[1] or " ", kept)


def _refuse_depth(text: str, error: type[Exception]) -> None:
    depth = deepest = 0
    for char in re.findall(r"[\[{}\]]", text):
        depth += 1 if char in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise error("nested too deeply")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that refuses merge-key bombs and lets unknown tags pass as plain values."""

    merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        self.merged += len(node.value)
        if self.merged > 20_000:
            raise yaml.YAMLError("too many merged keys")


def _any_tag(loader: Any, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _any_tag)
_PARSERS: Mapping[str, Callable[[str], Any]] = {"json": _load_json, "toml": _load_toml, "yaml": _load_yaml}
