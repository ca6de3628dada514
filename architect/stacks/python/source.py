"""What a component's Python files say: the records, which files are read, and what plain text tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from architect.commands import is_secret
from architect.profile import Evidence, Variable
from architect.reading import Folder, find_all

MAX_FILES = 60
SKIPPED = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|samples?|demos?|migrations|alembic|versions|node_modules|site-packages|benchmarks?|notebooks?"
    r"|scripts?|tools|\.?venv|fixtures|e2e|dist|build|stubs|third_party|vendor)/"
    r"|(^|/)(test_[^/]*|[^/]*_test|conftest|setup|noxfile|tasks|fabfile)\.py$"
)
LIKELY = (
    "main", "app", "wsgi", "asgi", "server", "api", "settings", "config", "application", "run", "web", "__main__", "index", "streamlit_app",
    "bot", "worker", "celery", "celery_app", "start", "manage", "__init__", "base", "core", "urls", "home", "dashboard", "health",
)  # fmt: skip
_SHALLOW = frozenset({"settings", "config", "base", "health"})
_ENVIRON = re.compile(
    r"(?:os\.)?environ(?:\.get\(|\.setdefault\(|\[)\s*[\"'](?P<a>[A-Z_][A-Z0-9_]*)[\"']\s*(?:,\s*(?:default\s*=\s*)?(?P<av>[^)\]\n]*))?"
    r"|(?:os\.)?getenv\(\s*[\"'](?P<b>[A-Z_][A-Z0-9_]*)[\"']\s*(?:,\s*(?:default\s*=\s*)?(?P<bv>[^)\n]*))?"
    r"|\b(?:env|config|environ|Env)(?:\.(?:str|bool|int|float|list|json|url|db|db_url|cache|cache_url|dj_db_url|path|get_value|email_url"
    r"|search_url|tuple|dict))?\(\s*[\"'](?P<c>[A-Z_][A-Z0-9_]{2,})[\"']\s*(?:,\s*(?P<cv>[^)\n]*))?"
)
_PLATFORM = frozenset(
    [
        "PATH",
        "HOME",
        "USER",
        "PWD",
        "SHELL",
        "TERM",
        "LANG",
        "TMPDIR",
        "TEMP",
        "TMP",
        "CI",
        "DJANGO_SETTINGS_MODULE",
        "PYTHONPATH",
        "HOSTNAME",
        "VIRTUAL_ENV",
        "PYTHON_VERSION",
    ]
)


@dataclass(frozen=True, slots=True)
class App:
    """An application object: `target` is `module:attribute`, `folder` where the module is imported from."""

    framework: str
    path: str
    module: str
    attribute: str
    folder: str
    evidence: Evidence
    factory: bool = False
    score: int = 0

    @property
    def target(self) -> str:
        """Return the address a server takes."""
        return f"{self.module}:{self.attribute}"


@dataclass(slots=True)
class Sources:
    """Everything read from a component's Python files."""

    apps: list[App] = field(default_factory=list)
    ports: list[tuple[int, Evidence]] = field(default_factory=list)
    variables: dict[str, Variable] = field(default_factory=dict)
    mains: list[tuple[str, Evidence]] = field(default_factory=list)
    imports: dict[str, Evidence] = field(default_factory=dict)
    runs_server: set[str] = field(default_factory=set)
    local: list[Evidence] = field(default_factory=list)
    celery: list[App] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def variable(self, name: str, default: str | None, evidence: Evidence) -> None:
        """Remember an environment variable; a later mention may add a default."""
        if name in _PLATFORM:
            return
        secret = is_secret(name)
        seen = self.variables.get(name)
        value = None if secret else default
        if seen is None or (seen.default is None and value is not None):
            shown = Evidence(evidence.path, evidence.line, name if secret else evidence.excerpt)
            self.variables[name] = Variable(name, value, secret, (shown,))


def files(folder: Folder) -> list[str]:
    """Return the Python files worth reading, the likeliest entry points first, at most `MAX_FILES`."""
    names = [name for name in folder.files("*.py", depth=5) if not SKIPPED.search(name)]

    def rank(name: str) -> tuple[int, int, str]:
        stem = name.rpartition("/")[2].removesuffix(".py").lower()
        place = LIKELY.index(stem) if stem in LIKELY else len(LIKELY)
        return name.count("/") * (4 if stem in _SHALLOW else 6) + place, len(name), name

    return sorted(names, key=rank)[:MAX_FILES]


def read_texts(folder: Folder) -> Sources:
    """Read the likely files of a folder: their texts, imports and environment variables."""
    sources = Sources()
    for name in files(folder):
        text = folder.read(name)
        if not text:
            continue
        path = folder.path(name)
        sources.texts[name], sources.paths[name] = text, path
        if "env" in text or "config(" in text:
            for found in find_all(path, text, _ENVIRON):
                groups = found.match.groupdict()
                key = next(one for one in "abc" if groups[one])
                sources.variable(groups[key], _literal(groups[f"{key}v"]), found.evidence)
        for found in find_all(path, text, r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)"):
            sources.imports.setdefault(found.value, found.evidence)
    return sources


def import_root(folder: Folder, name: str, text: str = "") -> tuple[str, str]:
    """Return where a module is imported from and its dotted name: packages, src layout, and folders imported by name."""
    parts = name.removesuffix(".py").split("/")
    for start, owner in enumerate(parts[:-1]):
        word = re.escape(owner)
        if re.search(rf"^[ \t]*(?:from|import)[ \t]+{word}\.\w|[\"']{word}\.[\w.]+:\w+[\"']", text, re.M):
            kept = parts[start:-1] if parts[-1] == "__init__" else parts[start:]
            return "/".join(parts[:start]), ".".join(kept)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
        base = len(parts) - 1
    else:
        base = len(parts) - 1
    while base > 0:
        owner = parts[base - 1]
        package = folder.has("/".join([*parts[:base], "__init__.py"]))
        word = re.escape(owner)
        named = re.search(rf"^[ \t]*(?:from|import)[ \t]+{word}(?:\.|[ \t]+import)|[\"']{word}\.[\w.]+:\w+[\"']", text, re.M)
        relative = re.search(r"^[ \t]*from[ \t]+\.", text, re.M) if base == len(parts) - 1 else None
        if not (named or ((package or relative) and owner != "src")):
            break
        base -= 1
    return "/".join(parts[:base]), ".".join(parts[base:])


def _literal(text: str | None) -> str | None:
    """Return the default a call gives when it is a plain literal."""
    if not text:
        return None
    match = re.search(r"(?:^|default\s*=\s*)(?:[\"']([^\"']*)[\"']|(-?\d+(?:\.\d+)?|True|False)\b)", text.strip())
    return next((group for group in match.groups() if group is not None), None) if match else None
