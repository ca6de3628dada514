"""What JavaScript and TypeScript source says: the port it listens on, health routes, environment variables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from architect.commands import is_secret
from architect.profile import Evidence, Variable
from architect.reading import Folder, find_all, line_at

MAX_FILES = 50
MAX_CHARS = 120_000
SUFFIXES = (".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx")
SKIPPED = re.compile(
    r"(^|/)(tests?|__tests__|__mocks__|spec|docs?|examples?|node_modules|dist|build|\.next|\.nuxt|\.output|coverage|public|static|e2e|cypress"
    r"|playwright|migrations|seeds?|scripts?|vendor|fixtures|stories|assets|components|locales|i18n|styles|types|generators?)/"
    r"|\.(test|spec|stories|d|min)\.\w+$"
    r"|(^|/)(jest|webpack|rollup|eslint|gulpfile|Gruntfile|karma|babel|vite|vitest|next|nuxt|tailwind|postcss|prettier|tsup)[\w.-]*\.\w+$"
)
LIKELY = [
    "main", "index", "server", "app", "www", "start", "api", "bot", "worker", "config", "env", "environment", "app.config", "app-config",
    "settings", "constants", "configuration", "vars", "bootstrap", "cluster", "http", "health", "healthcheck", "routes", "router",
    "app.controller", "app.module", "health.controller", "loader", "express", "fastify", "entry",
]  # fmt: skip
_OTHER_PORT = re.compile(
    r"DB|DATABASE|REDIS|MONGO|POSTGRES|PG|MYSQL|MAIL|SMTP|RABBIT|AMQP|KAFKA|ELASTIC|CACHE|METRICS|DEBUG|INSPECT|PROXY|QUEUE|HMR|VITE|DEV_|TYPEORM|SSH|FTP"
    r"|STATSD|GRAYLOG|LDAP|SOCKET|WS_|HTTPS|SSL|CLICKHOUSE|CASSANDRA|MEMCACHE|MINIO|S3|SEARCH|TEST"
)
_ENV_PORT = re.compile(
    r"(?:process\.env\.|env\.|Bun\.env\.|process\.env\[[\"'])(\w*PORT)\b(?:[\"']\])?([^;{}]{0,160}?)(?<![\w.$])(\d{3,5}|80)\b"
)
_SCHEMA_PORT = re.compile(
    r"\b(\w*PORT)\b[\"']?\s*:\s*(?:\w+\.)*\w+[^\n]*?(?:default\w*\(\s*|default:\s*|devDefault:\s*)[\"']?(\d{3,5}|80)\b"
)
_GET_PORT = re.compile(
    r"\.get(?:OrThrow)?(?:<[^>]*>)?\(\s*[\"'](?:[\w.]*\.)?(\w*port)[\"']\s*(?:,\s*|\)\s*(?:\|\||\?\?)\s*)[\"']?(\d{3,5}|80)\b", re.I
)
_LISTEN = re.compile(r"\.listen\(\s*(?:\{[^}]*?port:\s*)?[\"']?(\d{3,5}|80)\b")
_CONSTANT = re.compile(r"\b(?:const|let|var)\s+(\w*port)\s*(?::\s*\w+\s*)?=\s*[\"']?(\d{3,5}|80)\b[\"']?\s*;?\s*$", re.I | re.M)
_SERVE = re.compile(r"(?:Bun\.serve|serve|Server|createServer)\(\s*\{[^}]*?\bport:\s*[\"']?(\d{3,5}|80)\b", re.S)
_DEFAULT_EXPORT = re.compile(r"export default\s*\{[^}]*?\bport:\s*(\d{3,5}|80)\b", re.S)
_LISTENS = re.compile(
    r"\.listen\(|Bun\.serve\(|createServer\(|\bserve\(\s*[{(\w]|startStandaloneServer\("
    r"|export default app\b|runHttpServer|\.bindAsync\(|Hapi\.server\(|new ApolloServer\("
)
_HEALTH = re.compile(
    r"\.(?:get|use|all|route|head)\(\s*[\"'`](/(?:[\w-]+/){0,3}(?:healthz?|health[-_]?checks?|livez?|liveness|readyz?|readiness|alive|ping|heartbeat|status|up))/?[\"'`]",
    re.I,
)
_NEST_HEALTH = re.compile(r"@Controller\(\s*(?:\{\s*path:\s*)?[\"'](/?(?:healthz?|health-?check|ping|status))[\"'](?P<rest>[^)]*)\)", re.I)
_ENVIRON = re.compile(
    r"process\.env\.([A-Z_][A-Z0-9_]*)(?:\s*(?:\|\||\?\?)\s*(?:[\"'`]([^\"'`\n]*)[\"'`]|(\d+)))?|process\.env\[[\"']([A-Z_][A-Z0-9_]*)[\"']\]|Bun\.env\.([A-Z_][A-Z0-9_]*)"
)
_UNPACKED = re.compile(r"\{([^{}]{1,4000})\}\s*=\s*(?:process|Bun)\.env\b(?![.\[])")
_PIECE = re.compile(r"(?:^|,)\s*([A-Z_][A-Z0-9_]*)\s*(?::\s*\w+\s*)?(?:=\s*(?:[\"'`]([^\"'`\n]*)[\"'`]|(\d+)))?", re.M)
_SCHEMA = re.compile(
    r"^[ \t]*([A-Z][A-Z0-9_]{2,}):\s*"
    r"(?:z|Joi|joi|yup|str|num|port|url|bool|email|host|json|makeValidator|envalid|t|Type)\b[.(]([^\n]*)",
    re.M,
)
_PLATFORM = frozenset(
    [
        "NODE_ENV",
        "PATH",
        "HOME",
        "USER",
        "PWD",
        "CI",
        "TZ",
        "npm_package_version",
        "npm_lifecycle_event",
        "NODE_APP_INSTANCE",
        "VERCEL",
        "NETLIFY",
        "HOSTNAME",
    ]
)


@dataclass(slots=True)
class Sources:
    """Everything read from a component's JavaScript files."""

    texts: dict[str, str] = field(default_factory=dict)
    ports: list[tuple[int, Evidence]] = field(default_factory=list)
    health: list[tuple[str, Evidence]] = field(default_factory=list)
    variables: dict[str, Variable] = field(default_factory=dict)
    listens: list[str] = field(default_factory=list)
    reads_port: Evidence | None = None


def scan(folder: Folder, first: tuple[str, ...] = ()) -> Sources:
    """Read the likely files of a folder, `first` those that are started."""
    sources = Sources()
    for name in _files(folder, first):
        text = folder.read(name)
        if not text or len(text) > MAX_CHARS:
            continue
        sources.texts[name] = text
        path = folder.path(name)
        if _LISTENS.search(text):
            sources.listens.append(name)
        _ports(sources, path, text)
        _environment(sources, path, text)
        for found in find_all(path, text, _HEALTH):
            sources.health.append((found.value, found.evidence))
        for found in find_all(path, text, _NEST_HEALTH):
            sources.health.append(("/" + found.match[1].lstrip("/"), found.evidence))
    return sources


def _files(folder: Folder, first: tuple[str, ...]) -> list[str]:
    names = [name for name in folder.files("*", depth=5) if name.endswith(SUFFIXES) and not SKIPPED.search(name)]
    names += [name for name in ("bin/www",) if folder.has(name)]

    def rank(name: str) -> tuple[int, int, str]:
        stem = name.rpartition("/")[2].rpartition(".")[0] or name.rpartition("/")[2]
        place = LIKELY.index(stem.lower()) if stem.lower() in LIKELY else len(LIKELY)
        return (-1000 if name in first else 0) + name.count("/") * 8 + place, len(name), name

    return sorted(dict.fromkeys([*(name for name in first if folder.has(name)), *names]), key=rank)[:MAX_FILES]


def _ports(sources: Sources, path: str, text: str) -> None:
    """Collect ports, the surest patterns first: an environment variable's default, a schema's, what is listened on."""
    found: list[tuple[int, int, Evidence]] = []
    for hit in find_all(path, text, _ENV_PORT):
        name, between = hit.match[1], hit.match[2]
        if not _OTHER_PORT.search(name) and re.search(r"\|\||\?\?|[?:,]", between) and not re.search(r"\n\s*\w+\s*[:=]", between):
            found.append((0 if name == "PORT" else 1, int(hit.match[3]), hit.evidence))
    for hit in find_all(path, text, _SCHEMA_PORT):
        if not _OTHER_PORT.search(hit.match[1]):
            found.append((0 if hit.match[1] == "PORT" else 1, int(hit.match[2]), hit.evidence))
    for hit in find_all(path, text, _GET_PORT):
        if not _OTHER_PORT.search(hit.match[1].upper()):
            found.append((1, int(hit.match[2]), hit.evidence))
    for hit in find_all(path, text, _CONSTANT):
        if not _OTHER_PORT.search(hit.match[1].upper()):
            found.append((2, int(hit.match[2]), hit.evidence))
    for pattern, rank in ((_LISTEN, 2), (_SERVE, 2), (_DEFAULT_EXPORT, 3)):
        for hit in find_all(path, text, pattern):
            found.append((rank, int(hit.match[1]), hit.evidence))
    for _, port, evidence in sorted(found, key=lambda one: one[0]):
        if 1 <= port <= 65535:
            sources.ports.append((port, evidence))
    reads = re.search(r"(?:process|Bun)\.env\.PORT\b|process\.env\[[\"']PORT[\"']\]|^[ \t]*PORT:\s*(?:z|Joi|port|num|str)\b", text, re.M)
    if reads and sources.reads_port is None:
        sources.reads_port = Evidence(path, text.count("\n", 0, reads.start()) + 1, reads[0].strip())


def _environment(sources: Sources, path: str, text: str) -> None:
    for found in find_all(path, text, _ENVIRON):
        name = found.match[1] or found.match[4] or found.match[5]
        _variable(sources, name, found.match[2] if found.match[2] is not None else found.match[3], found.evidence)
    for found in find_all(path, text, _UNPACKED):
        pieces = {piece[1]: piece for piece in _PIECE.finditer(found.match[1])}
        for name, piece in pieces.items():
            # `X_FILE` beside `X` is another way to give the same, and none that is needed
            if name.removesuffix("_FILE") == name or name.removesuffix("_FILE") not in pieces:
                line = line_at(path, text, found.match.start(1) + piece.start(1))
                _variable(sources, name, piece[2] if piece[2] is not None else piece[3], line)
    for found in find_all(path, text, _SCHEMA):
        default = re.search(r"default\w*(?:\(|:)\s*[\"']?([\w.:/@-]*)", found.match[2])
        optional = re.search(r"optional\(\)|\.allow\(|nullish", found.match[2])
        _variable(sources, found.match[1], default[1] if default else "" if optional else None, found.evidence)


def _variable(sources: Sources, name: str, default: str | None, evidence: Evidence) -> None:
    if name in _PLATFORM or name.startswith("npm_"):
        return
    secret = is_secret(name) and not name.startswith(("NEXT_PUBLIC_", "VITE_", "REACT_APP_", "PUBLIC_", "NUXT_PUBLIC_"))
    seen = sources.variables.get(name)
    value = None if secret else default
    if seen is None or (seen.default is None and value is not None):
        sources.variables[name] = Variable(
            name, value, secret, (Evidence(evidence.path, evidence.line, name if secret else evidence.excerpt),)
        )
