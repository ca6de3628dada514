"""What a component's environment must say so that it finds its services, and the placeholders of a service filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from architect.profile import Component, Evidence, Fact, Variable
from architect.services.settings import KINDS
from architect.services.spec import ServiceSpec

_URL = re.compile(r"(?P<scheme>[a-z][\w-]*(?:\+\w+)?)://(?:[^\s@/'\"]*@)?(?P<host>[\w.-]+)?", re.I)
_LOCAL = frozenset({"localhost", "host", "hostname", "example", "user", "your-host", "dbhost", "127"})
_JDBC = {"postgres": "postgresql", "mysql": "mysql", "mariadb": "mariadb", "mssql": "sqlserver"}
_LARAVEL = {"postgres": "pgsql", "mysql": "mysql", "mariadb": "mariadb", "mssql": "sqlsrv", "mongodb": "mongodb"}
_SPRING = {
    "postgres": (("SPRING_DATASOURCE_URL", "jdbc:{jdbc}://{host}:{port}/{database}"), ("SPRING_DATASOURCE_USERNAME", "{user}"),
                 ("SPRING_DATASOURCE_PASSWORD", "{password}")),
    "mongodb": (("SPRING_DATA_MONGODB_URI", "{url}"),),
    "redis": (("SPRING_DATA_REDIS_HOST", "{host}"), ("SPRING_DATA_REDIS_PORT", "{port}")),
    "rabbitmq": (("SPRING_RABBITMQ_HOST", "{host}"), ("SPRING_RABBITMQ_USERNAME", "{user}"), ("SPRING_RABBITMQ_PASSWORD", "{password}")),
    "kafka": (("SPRING_KAFKA_BOOTSTRAP_SERVERS", "{url}"),),
    "elasticsearch": (("SPRING_ELASTICSEARCH_URIS", "http://{host}:{port}"), ("SPRING_ELASTICSEARCH_USERNAME", "{user}"),
                      ("SPRING_ELASTICSEARCH_PASSWORD", "{password}")),
}  # fmt: skip
_SPRING["mysql"] = _SPRING["mssql"] = _SPRING["postgres"]
_QUARKUS = (
    ("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:{jdbc}://{host}:{port}/{database}"),
    ("QUARKUS_DATASOURCE_USERNAME", "{user}"),
    ("QUARKUS_DATASOURCE_PASSWORD", "{password}"),
)
_LARAVEL_SQL = (
    ("DB_CONNECTION", "{laravel}"), ("DB_HOST", "{host}"), ("DB_PORT", "{port}"), ("DB_DATABASE", "{database}"),
    ("DB_USERNAME", "{user}"), ("DB_PASSWORD", "{password}"),
)  # fmt: skip
_DOTNET = {
    "postgres": (("ConnectionStrings__DefaultConnection",
                  "Host={host};Port={port};Database={database};Username={user};Password={password}"),),
    "mysql": (("ConnectionStrings__DefaultConnection",
               "Server={host};Port={port};Database={database};User={user};Password={password}"),),
    "mssql": (("ConnectionStrings__DefaultConnection",
               "Server={host},{port};Database={database};User Id={user};Password={password};TrustServerCertificate=true"),),
    "redis": (("ConnectionStrings__Redis", "{host}:{port}"),),
    "mongodb": (("ConnectionStrings__MongoDb", "{url}"),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable of a component. `value` may hold `{secret:NAME}`; `variable` is what asked for it."""

    name: str
    value: str
    why: str
    evidence: tuple[Evidence, ...] = ()


def settings(component: Component, services: Sequence[tuple[ServiceSpec, Fact[str], str]]) -> tuple[Setting, ...]:
    """Return the variables that lead a component to its services, each given as (spec, the fact that needs it, host)."""
    found: dict[str, Setting] = {}
    for spec, fact, host in services:
        before = len(found)
        scheme = scheme_of(spec, fact, component.variables)
        for variable in component.variables:
            template = _template(spec, variable)
            if template is not None and variable.name not in found:
                found[variable.name] = Setting(
                    variable.name, fill(template, spec, host, scheme), f"where {spec.label} is found", variable.evidence or fact.evidence
                )
        if len(found) == before:
            for name, template in _conventions(spec, component):
                found.setdefault(
                    name,
                    Setting(
                        name,
                        fill(template, spec, host, scheme),
                        f"the usual name for {spec.label}; adjust it if the code reads another",
                        fact.evidence,
                    ),
                )
    return tuple(found.values())


def fill(template: str, spec: ServiceSpec, host: str, scheme: str = "") -> str:
    """Return a template with its placeholders filled, secrets left as `{secret:NAME}`."""
    secrets = spec.secrets
    text = template.replace("{url}", spec.url)
    values = {
        "host": host,
        "port": str(spec.port),
        "user": spec.user,
        "database": spec.database,
        "scheme": scheme or spec.scheme,
        "password": f"{{secret:{secrets[0]}}}" if secrets else "",
        "jdbc": "mariadb" if spec.id == "mariadb" else _JDBC.get(spec.kind, spec.kind),
        "laravel": "mariadb" if spec.id == "mariadb" else _LARAVEL.get(spec.kind, spec.kind),
    }
    return re.sub(r"\{(\w+)\}", lambda hit: values.get(hit[1], hit[0]), text)


def scheme_of(spec: ServiceSpec, fact: Fact[str], variables: Sequence[Variable]) -> str:
    """Return the URL scheme the repository itself uses for this service (`postgresql+asyncpg`), else the usual one."""
    seen = [evidence.excerpt for evidence in fact.evidence] + [variable.default or "" for variable in variables]
    for text in seen:
        if "jdbc:" in text or "r2dbc:" in text:
            continue
        for url in _URL.finditer(text):
            if KINDS.get(url["scheme"].lower().split("+")[0]) in (spec.kind, spec.id):
                return url["scheme"]
    return spec.scheme


def aliases(spec: ServiceSpec, fact: Fact[str], variables: Sequence[Variable]) -> tuple[str, ...]:
    """Return the host names, other than this machine, under which the repository's settings expect the service."""
    hosts: dict[str, None] = {}
    seen = [(evidence.excerpt, True) for evidence in fact.evidence] + [(variable.default or "", False) for variable in variables]
    for text, certain in seen:
        for url in _URL.finditer(text):
            if url["host"] and (KINDS.get(url["scheme"].lower().split("+")[0]) in (spec.kind, spec.id) or (certain and "jdbc:" in text)):
                hosts[url["host"].lower()] = None
    for variable in variables:
        template = _template(spec, variable)
        if template == "{host}" and variable.default:
            hosts[variable.default.lower()] = None
    return tuple(host for host in hosts if re.fullmatch(r"[a-z][a-z0-9-]{0,40}", host) and host not in _LOCAL)


def _template(spec: ServiceSpec, variable: Variable) -> str | None:
    if _other_kind(spec, variable):
        return None
    name = variable.name.upper()
    if "TEST" in name.split("_"):
        return None
    for pattern, template in spec.client:
        if re.fullmatch(pattern, name):
            return template
    for pattern, template in spec.client:
        if re.fullmatch(rf"[A-Z0-9]+_(?:{pattern})", name) and not pattern.startswith(r"\w*"):
            return template
    return None


def _other_kind(spec: ServiceSpec, variable: Variable) -> bool:
    """Tell whether the variable's own default names a service of another kind, or a place on the web."""
    text = variable.default or next((evidence.excerpt for evidence in variable.evidence), "")
    url = _URL.search(text)
    if not url:
        return False
    kind = KINDS.get(url["scheme"].lower().split("+")[0])
    if kind is None:
        return url["scheme"].lower() in ("http", "https") and spec.scheme != "http"
    return kind not in (spec.kind, spec.id)


def _conventions(spec: ServiceSpec, component: Component) -> tuple[tuple[str, str], ...]:
    framework = component.framework.value.lower() if component.framework else ""
    language = component.language.value.lower()
    if "spring" in framework and spec.kind in _SPRING:
        return _SPRING[spec.kind]
    if "quarkus" in framework and spec.kind in _JDBC:
        return _QUARKUS
    if framework == "laravel" and spec.kind in _LARAVEL and spec.kind != "mongodb":
        return _LARAVEL_SQL
    if framework == "laravel" and spec.kind == "redis":
        return (("REDIS_HOST", "{host}"), ("REDIS_PORT", "{port}"))
    if language in ("dotnet", "c#", "csharp", "f#") and spec.kind in _DOTNET:
        return _DOTNET[spec.kind]
    return ((spec.convention, "{host}" if spec.convention.endswith("_HOST") else "{url}"),)
