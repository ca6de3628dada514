"""What an image reference says: repository, tag, digest, the runtime and version it brings, its size class."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFAULT_REGISTRIES = ("docker.io/library/", "index.docker.io/library/", "docker.io/", "registry.hub.docker.com/library/", "library/")
_CODENAMES = re.compile(
    r"bookworm|trixie|bullseye|buster|stretch|forky|jammy|focal|noble|bionic|xenial|mantic|lunar|oracular|plucky|alpine\d|"
    r"windowsservercore|nanoserver|ltsc\d{4}"
)
_MOVING = frozenset(
    {"latest", "stable", "edge", "nightly", "main", "master", "dev", "lts", "current", "mainline", "slim", "alpine", "debian"}
)
_RUNTIMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # jdk/jre images before the plain names, since "java" also stands in their tags
    (
        "java",
        re.compile(
            r"(?:^|/)(?:eclipse-temurin|openjdk|amazoncorretto|liberica[\w-]*|[\w-]*zulu[\w-]*|[\w-]*semeru[\w-]*|sapmachine|java)$"
        ),
    ),
    ("java-build", re.compile(r"(?:^|/)(?:maven|gradle|sbt[\w-]*)$")),
    ("python", re.compile(r"(?:^|/)(?:python|pypy|uv|miniconda3|mambaforge)$")),
    ("node", re.compile(r"(?:^|/)(?:node|nodejs)$")),
    ("bun", re.compile(r"(?:^|/)bun$")),
    ("deno", re.compile(r"(?:^|/)deno$")),
    ("go", re.compile(r"(?:^|/)golang$")),
    ("rust", re.compile(r"(?:^|/)(?:rust|cargo-chef)$")),
    ("ruby", re.compile(r"(?:^|/)ruby$")),
    ("php", re.compile(r"(?:^|/)(?:php|frankenphp|composer)$")),
    ("dotnet", re.compile(r"(?:^|/)dotnet/(?:nightly/)?(?:sdk|aspnet|runtime|runtime-deps)$")),
    ("elixir", re.compile(r"(?:^|/)elixir$")),
    ("perl", re.compile(r"(?:^|/)perl$")),
    ("swift", re.compile(r"(?:^|/)swift$")),
)
_SERVICES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("postgres", re.compile(r"postgres(?!t\b)|pgvector|timescale|postgis|cockroach")),
    ("redis", re.compile(r"redis|valkey|keydb|dragonfly")),
    ("mongodb", re.compile(r"mongo(?!-express)")),
    ("mysql", re.compile(r"mysql|mariadb|percona")),
    ("rabbitmq", re.compile(r"rabbitmq")),
    ("kafka", re.compile(r"kafka|redpanda")),
    ("elasticsearch", re.compile(r"elasticsearch|opensearch(?!-dashboards)")),
    ("memcached", re.compile(r"memcached")),
    ("minio", re.compile(r"minio")),
    ("nats", re.compile(r"(?:^|/)nats\b")),
    ("mailpit", re.compile(r"mailpit|mailhog|maildev")),
    ("clickhouse", re.compile(r"clickhouse")),
    ("cassandra", re.compile(r"cassandra|scylla")),
    ("neo4j", re.compile(r"neo4j")),
    ("meilisearch", re.compile(r"meilisearch")),
    ("mssql", re.compile(r"mssql|azure-sql-edge")),
)
DATABASES = frozenset(
    {"postgres", "mysql", "mongodb", "redis", "mssql", "clickhouse", "cassandra", "neo4j", "elasticsearch", "rabbitmq", "kafka"}
)


@dataclass(frozen=True, slots=True)
class Reference:
    """An image reference taken apart; `repository` is without a default registry."""

    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def text(self) -> str:
        """Return the shortest spelling."""
        return self.repository + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @property
    def name(self) -> str:
        """Return the last part of the repository."""
        return self.repository.rsplit("/", 1)[-1]


def reference(text: str) -> Reference:
    """Take an image reference apart."""
    body, _, digest = text.strip().partition("@")
    for prefix in _DEFAULT_REGISTRIES:
        if body.startswith(prefix):
            body = body[len(prefix) :]
            break
    head, slash, last = body.rpartition("/")
    name, _, tag = last.partition(":")
    return Reference(f"{head}{slash}{name}", tag, digest)


def is_pinned(text: str) -> bool:
    """Tell whether the tag names a version (or a digest does), so that next month's build starts from the same line."""
    ref = reference(text)
    if ref.repository == "scratch" or ref.digest:
        return True
    if not ref.tag:
        return "distroless" in ref.repository and any(char.isdigit() for char in ref.name)
    return bool(re.search(r"\d", ref.tag) or _CODENAMES.search(ref.tag))


_TOOLS = re.compile(
    r"opentelemetry-collector|otelcol|/autoinstrumentation-|(?:^|/)prom/|(?:^|/)grafana/|jaegertracing/|openzipkin/|fluent-?bit|fluentd"
    r"|(?:^|/)vector$|datadog/agent|istio/proxyv2|envoyproxy/"
)


def is_moving(text: str) -> bool:
    """Tell whether the reference has no tag or one that is moved to other content by design."""
    ref = reference(text)
    return not ref.digest and ref.repository != "scratch" and (ref.tag or "latest") in _MOVING


def runtime_of(text: str) -> tuple[str, str] | None:
    """Return the runtime an image brings and its version ("" when the tag has none), None when it brings none known."""
    ref = reference(text)
    distroless = re.search(r"distroless/(python|nodejs|java|base|static|cc)(\d+)?", ref.repository)
    if distroless is not None:
        name = {"python": "python", "nodejs": "node", "java": "java"}.get(distroless[1])
        return (name, distroless[2] or "") if name else None
    for name, pattern in _RUNTIMES:
        if not pattern.search(ref.repository):
            continue
        if name == "java-build":
            java = re.search(r"(?:temurin|jdk|openjdk|corretto|java)-?(\d+)", ref.tag)
            return ("java", java[1]) if java else None
        if ref.name in ("uv", "composer", "cargo-chef"):
            inner = re.search(rf"{name}-?(\d+(?:\.\d+)*)", ref.tag)
            return (name, inner[1]) if inner else None
        if ref.name == "frankenphp":
            inner = re.search(r"php-?(\d+(?:\.\d+)*)", ref.tag)
            return ("php", inner[1] if inner else "")
        version = re.match(r"v?(\d+(?:\.\d+)*)", ref.tag) or re.search(r"(\d+(?:\.\d+)*)", ref.tag.split("-alpine")[0])
        return name, version[1] if version else ""
    return None


def service_of(text: str) -> str | None:
    """Return the kind of backing service an image is (`postgres`, `redis`, ...), None for anything else."""
    repository = reference(text).repository.lower()
    for name, pattern in _SERVICES:
        if pattern.search(repository) and not re.search(r"exporter|operator|backup|-ui\b|admin|commander|insight|express", repository):
            return name
    return None


def is_tool(text: str) -> bool:
    """Tell whether an image watches or instruments the application and is no part of it: collectors, monitoring, proxies of a mesh."""
    return _TOOLS.search(reference(text).repository.lower()) is not None


def family_of(text: str) -> str:
    """Return how packages are installed in an image: `alpine`, `debian`, `redhat`, `none` (no shell), or "" when unknown."""
    ref = reference(text)
    whole = f"{ref.repository}:{ref.tag}".lower()
    if ref.repository == "scratch" or re.search(r"distroless|chiseled|/static", whole):
        return "none"
    if re.search(r"alpine|wolfi|chainguard", whole):
        return "alpine"
    if re.search(r"fedora|centos|rockylinux|almalinux|ubi\d|ubi-|oraclelinux|amazonlinux|redhat", whole):
        return "redhat"
    if re.search(r"debian|ubuntu|bookworm|trixie|bullseye|buster|jammy|noble|focal|slim", whole):
        return "debian"
    if runtime_of(text) is not None or ref.name in ("nginx", "httpd", "postgres", "mysql", "redis", "buildpack-deps", "gcc"):
        return "redhat" if ref.name == "amazoncorretto" else "debian"
    return ""
