"""What a component's own settings say about the services it talks to, line by line with the place that says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from architect.profile import Evidence
from architect.tree import Tree

MAX_FILES = 60
"""Settings files read for one component; more would be a repository of settings."""

_MAX_CHARACTERS = 60_000
_SKIPPED = re.compile(
    r"(^|/)(tests?|specs?|e2e|__tests__|__mocks__|fixtures?|testdata|examples?|samples?|docs?|migrations|locale|locales|i18n|node_modules|vendor"
    r"|\.github|\.vscode|\.idea)(/|$)"
)
_MANIFESTS = re.compile(
    r"^(package|composer|deno)\.jsonc?$|^(pyproject|Cargo|gleam)\.toml$|^requirements\.txt$|^Pipfile$|^setup\.py$|^go\.mod$|^pom\.xml$"
    r"|^build\.(gradle(\.kts)?|sbt)$|^Gemfile$|^mix\.exs$|^pubspec\.yaml$|^Package\.swift$|\.(cs|fs|vb)proj$"
)
_ENV_FILE = re.compile(
    r"^(\.env(\.(example|sample|template|dist|default|defaults|tpl|development|dev|local|local\.example|production|prod|docker)(\.\w+)?)?"
    r"|(example|sample|template|dotenv|default|docker|dev|local|prod)?[._-]?env[._-](example|sample|template|dist|default|vars)"
    r"|(example|sample|default|template)\.env|\.?env[._-]example[\w.-]*)$",
    re.I,
)
_SPRING_FILE = re.compile(r"^(application|bootstrap)(-(?!test)[\w]+)?\.(ya?ml|properties)$")
_CONFIG_FILE = re.compile(
    r"^(database|cable|mongoid|sidekiq|cache|queue)\.yml$|\.prisma$|^(settings|config|conf|configuration|base|production|prod|common|local|development"
    r"|dev|defaults?|app|celery|celeryconfig|database|db|session)\.(py|exs|toml|ini|ya?ml|json|conf|hocon|php|js|ts|cjs|mjs|kt)$"
    r"|^(runtime)\.exs$|^appsettings(\.(development|production))?\.json$|^(ormconfig|knexfile|drizzle\.config|mikro-orm\.config|data-source|datasource"
    r"|prisma\.config|typeorm(\.config)?|app\.module|database\.(config|module|providers))\.(json|js|ts|cjs|mjs|ya?ml)$"
    r"|^(alembic\.ini|hibernate\.cfg\.xml|persistence\.xml|reference\.conf|app\.json|\w*application\.conf|doctrine\.ya?ml|messenger\.ya?ml"
    r"|hikari\.properties|db\.properties|liquibase\.properties|flyway\.conf|(docker-)?compose(\.\w+)?\.ya?ml)$",
    re.I,
)
_SHARED_SPRING = re.compile(r"(^|/)src/main/resources/[\w.-]+\.(ya?ml|properties|conf)$")

_SCHEME = re.compile(
    r"(?<![\w+])(?P<jdbc>(?:jdbc|r2dbc|ecto|vertx-reactive|cockroach):)?"
    r"(?P<scheme>postgis|postgres(?:ql)?|psql|pgsql|mysql|mariadb|mongodb|rediss?|redis-sentinel|valkeys?|amqps?|pyamqp|nats|kafka|clickhouse|sqlserver"
    r"|mssql|sqlite3?|file|libsql|h2|memcached?)(?P<plus>(?:\+|:)\w+)??(?P<mark>://|:(?=[\w/.\\]*))(?P<rest>[^\s'\"`<>,;)]*)",
    re.I,
)
KINDS = {
    **dict.fromkeys(("postgres", "postgresql", "psql", "pgsql", "pg", "cockroachdb", "timescale"), "postgres"),
    **dict.fromkeys(("mysql", "mysql2", "trilogy"), "mysql"),
    **dict.fromkeys(("mongodb", "mongo", "mongoose"), "mongodb"),
    **dict.fromkeys(("redis", "rediss", "redis-sentinel", "predis", "phpredis"), "redis"),
    **dict.fromkeys(("valkey", "valkeys"), "valkey"),
    **dict.fromkeys(("amqp", "amqps", "pyamqp", "rabbitmq"), "rabbitmq"),
    **dict.fromkeys(("sqlserver", "sqlsrv", "mssql"), "mssql"),
    **dict.fromkeys(("sqlite", "sqlite3", "better-sqlite3", "libsql", "h2"), "sqlite"),
    **dict.fromkeys(("memcache", "memcached"), "memcached"),
    **{name: name for name in ("postgis", "mariadb", "nats", "kafka", "clickhouse", "elasticsearch", "opensearch")},
}
_ENGINE = re.compile(
    r"django\.(?:contrib\.gis\.)?db\.backends\.(?P<django>postgresql(?:_psycopg2)?|postgis|mysql|sqlite3|spatialite)"
    r"|(?P<rediscache>django_redis\.cache|cache\.backends\.redis|channels_redis\.(?:core|pubsub))"
    r"|(?P<memcache>cache\.backends\.memcached)"
)
_PROVIDER = re.compile(r"^\s*provider\s*=\s*\"(?P<value>\w+)\"")
_ADAPTER = re.compile(r"^\s*adapter:\s*['\"]?(?P<value>[\w-]+)")
_DIALECT = re.compile(
    r"(?<![\w$.-])['\"]?(?:type|client|dialect|driver|provider)['\"]?\s*[:=]\s*(?:<\w+>)?\s*['\"](?P<value>[\w-]+)['\"]", re.I
)
_CHOICE = re.compile(
    r"^\s*(?:export\s+)?(?P<name>\w*(?:DB_CONNECTION|DATABASE_TYPE|DB_TYPE|DB_CLIENT|DATABASE_CLIENT|DB_DIALECT|DB_DRIVER|DATABASE_DRIVER|DB_ENGINE"
    r"|DATABASE_ENGINE|DATABASE_PROVIDER|TYPEORM_CONNECTION|TYPEORM_TYPE|QUEUE_CONNECTION|QUEUE_DRIVER|CACHE_STORE|CACHE_DRIVER|CACHE_TYPE|SESSION_DRIVER"
    r"|SESSION_STORE|BROADCAST_DRIVER|BROADCAST_CONNECTION))\s*=\s*['\"]?(?:django\.db\.backends\.)?(?P<value>[\w-]+)",
)
_HOST_KEY = re.compile(
    r"^\s*(?:export\s+)?(?P<name>(?:SPRING_(?:DATA_)?)?(?P<kind>POSTGRES(?:QL)?|PG|MYSQL|MARIADB|MONGO(?:DB)?|REDIS|VALKEY|RABBIT(?:_?MQ)?|KAFKA|NATS"
    r"|ELASTIC(?:_?SEARCH)?|OPENSEARCH|MEMCACHED?|MINIO|CLICKHOUSE|AMQP)_?(?:HOST|HOSTNAME|URL|URI|SERVERS?|BROKERS?|BOOTSTRAP_SERVERS|ADDR|ENDPOINT|DSN|DB|DATABASE"
    r"|USER))\s*[=:]\s*['\"]?(?P<value>[^\s'\"#]*)",
)
_SPRING_KEY = re.compile(
    r"^\s*(?:spring\.)?(?:data\.|cloud\.stream\.)?(?P<kind>mongodb|rabbitmq|redis|kafka|elasticsearch)(?:\.[\w.-]+\s*[=:]|\s*:\s*$)"
)
_IMAGE = re.compile(r"^\s*image:\s*['\"]?(?:[\w.-]+(?::\d+)?/)*(?P<name>[\w-]+)(?::(?P<tag>[\w.-]+))?")
_IMAGES = {
    **{name: name for name in ("postgres", "postgis", "pgvector", "mysql", "mariadb", "redis", "valkey", "rabbitmq", "nats", "minio")},
    **{name: name for name in ("elasticsearch", "opensearch", "memcached", "mailpit", "kafka")},
    **{"mongo": "mongodb", "mongodb": "mongodb", "timescaledb": "postgres", "postgresql": "postgres", "cp-kafka": "kafka"},
    **{"redpanda": "kafka", "mailhog": "mailpit", "clickhouse-server": "clickhouse"},
}
_MAIL = re.compile(r"^\s*(?:export\s+)?(?:MAIL|SMTP|EMAIL)_?(?:HOST|SERVER)\s*=\s*['\"]?(?:mailpit|mailhog|maildev|mailcatcher)\b", re.I)
_S3 = re.compile(
    r"^\s*(?:export\s+)?\w*(?:S3|AWS|MINIO)_?ENDPOINT\w*\s*=\s*['\"]?https?://(?:minio|localhost:9000|127\.0\.0\.1:9000)", re.I
)
_ADDON = re.compile(r"[\"'](?:plan[\"']\s*:\s*[\"'])?heroku-(?P<kind>postgresql|redis)")
_COMMENT = re.compile(r"^\s*(?:#|//|--|;|\*|/\*|<!--|REM\b)")
_FROM_ENVIRONMENT = re.compile(
    r"environ|getenv|env\(|env\.|config\(|process\.env|\$\{|System\.get_env|ENV\[|ENV\.fetch|Deno\.env|dj_database_url|DATABASE_URL"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One line of settings that names a service. `firm` means the line alone proves it; `switch` that the environment decides it."""

    service: str
    evidence: Evidence
    firm: bool
    switch: bool = False


def settings_files(tree: Tree, root: str) -> tuple[str, ...]:
    """Return the paths below `root` that hold settings, leaving out tests and parts with a manifest of their own."""
    prefix = f"{root}/" if root else ""
    inside = [path for path in tree.paths() if path.startswith(prefix)]
    parts = {
        path[len(prefix) :].rsplit("/", 1)[0] for path in inside if "/" in path[len(prefix) :] and _MANIFESTS.search(path.rsplit("/", 1)[1])
    }
    found: list[str] = []
    for path in inside:
        relative = path[len(prefix) :]
        folder, _, name = relative.rpartition("/")
        if not (_ENV_FILE.match(name) or _SPRING_FILE.match(name) or _CONFIG_FILE.search(name) or _SHARED_SPRING.search(relative)):
            continue
        if folder.count("/") > 7 or _SKIPPED.search(folder) or _below(folder, parts):
            continue
        found.append(path)
        if len(found) >= MAX_FILES:
            break
    return tuple(found)


def mentions(tree: Tree, root: str) -> Iterator[Mention]:
    """Yield every mention of a service (or of `sqlite`) in the settings of the component at `root`."""
    for path in settings_files(tree, root):
        text = tree.read(path, _MAX_CHARACTERS)
        if not text:
            continue
        switched = bool(_FROM_ENVIRONMENT.search(text)) and not is_env_file(path)
        for number, line in enumerate(text.splitlines(), start=1):
            if len(line) > 500 or _COMMENT.match(line):
                continue
            for service, firm in _line(path, line):
                yield Mention(service, Evidence(path, number, line.strip()[:160]), firm, switched)


def _line(path: str, line: str) -> Iterator[tuple[str, bool]]:
    name = path.rsplit("/", 1)[-1]
    if re.match(r"^(docker-)?compose", name):
        image = _IMAGE.match(line)
        if image and image["name"] in _IMAGES:
            yield _IMAGES[image["name"]], True
        return
    yield from _urls(line)
    engine = _ENGINE.search(line)
    if engine:
        if engine["rediscache"]:
            yield "redis", True
        elif engine["memcache"]:
            yield "memcached", True
        else:
            yield (
                {"postgis": "postgis", "spatialite": "sqlite"}.get(engine["django"], KINDS.get(engine["django"].split("_")[0], "sqlite")),
                True,
            )
    if name.endswith(".prisma"):
        provider = _PROVIDER.match(line)
        if provider and provider["value"] in KINDS:
            yield KINDS[provider["value"]], True
        if re.search(r"extensions\s*=.*\bvector\b", line):
            yield "pgvector", True
    if name in ("database.yml", "cable.yml"):
        adapter = _ADAPTER.match(line)
        if adapter and adapter["value"] in KINDS:
            yield KINDS[adapter["value"]], True
    elif name.endswith((".ts", ".js", ".cjs", ".mjs", ".json", ".php")):
        dialect = _DIALECT.search(line)
        if dialect and dialect["value"].lower() in KINDS:
            yield KINDS[dialect["value"].lower()], True
    if _SPRING_FILE.match(name) or "/resources/" in path:
        key = _SPRING_KEY.match(line)
        if key:
            yield KINDS[key["kind"]], True
    if name == "app.json":
        addon = _ADDON.search(line)
        if addon:
            yield KINDS[addon["kind"]], True
    if is_env_file(path):
        yield from _environment(line)


def _environment(line: str) -> Iterator[tuple[str, bool]]:
    choice = _CHOICE.match(line)
    if choice and choice["value"].lower() in KINDS:
        yield KINDS[choice["value"].lower()], True
    key = _HOST_KEY.match(line)
    if key:
        kind = key["kind"].lower().replace("_", "")
        kind = {"pg": "postgres", "rabbit": "rabbitmq", "elastic": "elasticsearch", "memcache": "memcached", "minio": "minio"}.get(
            kind, kind
        )
        yield KINDS.get(kind, kind), False
    if _MAIL.match(line):
        yield "mailpit", True
    if _S3.match(line):
        yield "minio", True


def _urls(line: str) -> Iterator[tuple[str, bool]]:
    for match in _SCHEME.finditer(line):
        scheme = match["scheme"].lower()
        if match["mark"] != "://" and not (match["jdbc"] or scheme in ("file", "h2")):
            continue
        if scheme == "file":
            if re.search(r"(?:DATABASE|DB)_?UR[LI]|sqlite|\.db\b", line, re.I) and match["rest"].rstrip("/").endswith(
                (".db", ".sqlite", ".sqlite3")
            ):
                yield "sqlite", True
            continue
        yield KINDS[scheme], True


def is_env_file(path: str) -> bool:
    """Tell whether a path is a file of environment variables, or an example of one."""
    return bool(_ENV_FILE.match(path.rsplit("/", 1)[-1]))


def _below(folder: str, parts: set[str]) -> bool:
    """Tell whether the folder belongs to a nested part that has its own manifest."""
    while folder:
        if folder in parts:
            return True
        folder = folder.rpartition("/")[0]
    return False
