"""Backing services: which ones a component needs, with the proof, and how each is run as a container."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from architect.profile import Basis, Evidence, Fact
from architect.services.brokers import BROKERS
from architect.services.databases import DATABASES
from architect.services.settings import Mention, is_env_file, mentions
from architect.services.spec import ServiceSpec
from architect.tree import Tree

__all__ = ["SERVICES", "ServiceSpec", "needed", "service_by_name"]

SERVICES: Mapping[str, ServiceSpec] = MappingProxyType({spec.id: spec for spec in (*DATABASES, *BROKERS)})
"""Every known service by id. The order is that of a Compose file: databases first; a variant stands before its plain form."""

_RELATIONAL = frozenset({"postgres", "mysql", "mariadb", "mssql"})
_SIDE = frozenset({"minio", "mailpit"})
"""Stand-ins for something on the internet: an example of settings suggests them, the service may do without."""
_EXTRAS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[[^\]]*\b(postgres|postgresql|psycopg2?|asyncpg|psycopg2?-binary)\b[^\]]*\]", re.I), "postgres"),
    (re.compile(r"\[[^\]]*\b(mysql|aiomysql|pymysql|mysqlclient)\b[^\]]*\]", re.I), "mysql"),
    (re.compile(r"\[[^\]]*\bredis\b[^\]]*\]", re.I), "redis"),
    (re.compile(r"\[[^\]]*\b(rabbitmq|amqp|librabbitmq)\b[^\]]*\]", re.I), "rabbitmq"),
    (re.compile(r"\[[^\]]*\b(mongodb|mongo|motor)\b[^\]]*\]", re.I), "mongodb"),
    (re.compile(r"\[[^\]]*\bkafka\b[^\]]*\]", re.I), "kafka"),
)
_FEATURES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"features\s*=.*\"(?:sqlx-|tokio-)?postgres(?:ql)?(?:_backend)?\"", re.I), "postgres"),
    (re.compile(r"features\s*=.*\"(?:sqlx-)?mysql(?:_backend)?\"", re.I), "mysql"),
)
_FEATURED = frozenset(
    {"sqlx", "sea-orm", "diesel", "diesel-async", "sea-orm-migration", "rocket_db_pools", "rbatis", "ormlite", "deadpool-diesel"}
)
_CARRIERS = re.compile(r"^(celery|kombu|dramatiq|laravel/|illuminate/|symfony/|keyv|cacheable|strapi|@strapi/|directus|prisma|@prisma/)")
"""Packages that bring a client of their own, or find it in the language itself."""
_VARIANTS = {"postgis": "postgres", "pgvector": "postgres", "valkey": "redis", "mariadb": "mysql", "opensearch": "elasticsearch"}
_EMBEDDED = re.compile(r"sqlite|libsql|(^|[/:._-])(h2|hsqldb)([/:._-]|$)")
_CHOICE = re.compile(r"^(export\s+)?\w*(DATABASE|DB)_(TYPE|CLIENT|DIALECT|DRIVER|PROVIDER|ENGINE)\b")
_NAMES = {
    "postgresql": "postgres", "pg": "postgres", "mongo": "mongodb", "rabbit": "rabbitmq", "elastic": "elasticsearch",
    "maria": "mariadb", "memcache": "memcached", "sqlserver": "mssql", "s3": "minio", "mailhog": "mailpit", "celery-redis": "redis",
}  # fmt: skip


def service_by_name(name: str) -> ServiceSpec | None:
    """Return the service a person means by `name` (`PostgreSQL`, `mongo`, `Redis`), or None."""
    key = re.sub(r"[\s_]", "", name.strip().lower())
    return SERVICES.get(_NAMES.get(key, key))


def needed(ecosystem: str, dependencies: Mapping[str, Evidence], tree: Tree, root: str) -> tuple[Fact[str], ...]:
    """Return the services the component at `root` needs, databases first.

    `dependencies` are its run-time dependencies (no development, test or optional ones) with the line that declares
    each. A driver proves its service, an ORM alone proves nothing, and settings that pin SQLite outweigh a driver
    of another relational database. A package that often runs without its service is a convention, not a firm fact,
    until a setting says the same.
    """
    drivers, helpers = _from_dependencies(ecosystem, dependencies)
    said = list(mentions(tree, root))
    firm = _first(mention for mention in said if mention.firm)
    weak = _first(mention for mention in said if not mention.firm)
    unheard = _unheard(ecosystem, dependencies, said, {*drivers, *helpers})
    found: dict[str, Fact[str]] = {}
    for service in SERVICES:
        if service in unheard:
            continue
        proofs = tuple(_compact(drivers.get(service), firm.get(service), helpers.get(service), weak.get(service)))
        if service in _SIDE and service in firm and service not in drivers and service not in helpers:
            found[service] = Fact(service, Basis.CONVENTION, proofs, "an example of the settings names it")
        elif service in drivers or service in firm or (service in helpers and service in weak):
            found[service] = Fact(service, Basis.DECLARED, proofs)
        elif service in helpers:
            found[service] = Fact(
                service, Basis.CONVENTION, proofs, f"the {SERVICES[service].label} client is installed, no setting names a server"
            )
    _settle_relational(found, drivers, said)
    _settle_choices(found, drivers, said, dependencies)
    _settle_variants(found, firm)
    return tuple(found.values())


def _from_dependencies(ecosystem: str, dependencies: Mapping[str, Evidence]) -> tuple[dict[str, Evidence], dict[str, Evidence]]:
    drivers: dict[str, Evidence] = {}
    helpers: dict[str, Evidence] = {}
    for dependency, evidence in dependencies.items():
        for key in _keys(ecosystem, dependency):
            for service, spec in SERVICES.items():
                if key in spec.drivers.get(ecosystem, ()):
                    drivers.setdefault(service, evidence)
                elif key in spec.helpers.get(ecosystem, ()):
                    helpers.setdefault(service, evidence)
        patterns = _EXTRAS if ecosystem == "pypi" else _FEATURES if ecosystem == "cargo" and dependency in _FEATURED else ()
        for pattern, service in patterns:
            if pattern.search(evidence.excerpt):
                drivers.setdefault(service, evidence)
    return drivers, helpers


def _keys(ecosystem: str, dependency: str) -> tuple[str, ...]:
    """Return the spellings under which a dependency may stand in a driver table."""
    name = dependency.strip().lower()
    if ecosystem == "pypi":
        return (re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]),)
    if ecosystem == "maven":
        artifact = name.rsplit(":", 1)[-1] if name.count(":") == 1 else name.split(":")[1] if ":" in name else name
        return tuple(dict.fromkeys((artifact, re.sub(r"_(2\.1[0-3]|3)$", "", artifact))))
    if ecosystem == "go":
        path = re.sub(r"/v\d+$", "", name)
        pieces = path.split("/")
        return tuple("/".join(pieces[:count]) for count in range(len(pieces), 2, -1)) or (path,)
    return (name, re.sub(r"^(npm|jsr):", "", name))


def _unheard(ecosystem: str, dependencies: Mapping[str, Evidence], said: Iterable[Mention], clients: Collection[str]) -> set[str]:
    """Return the services that only an example of variables names, while nothing that is installed could speak to them."""
    if not dependencies or any(_CARRIERS.match(name.lower()) for name in dependencies):
        return set()
    elsewhere = {mention.service for mention in said if mention.firm and not is_env_file(mention.evidence.path)}
    return {
        service
        for service, spec in SERVICES.items()
        if service not in clients
        and service not in elsewhere
        and spec.kind not in _RELATIONAL | {"minio"}  # spoken to through any S3 client
        and (ecosystem in spec.drivers or ecosystem in spec.helpers)
        and not any(SERVICES[client].kind == spec.kind for client in clients)
    }


def _settle_relational(found: dict[str, Fact[str]], drivers: Mapping[str, Evidence], said: Iterable[Mention]) -> None:
    """Settle which database is meant where several are possible.

    A driver that no setting names yields to a relational database that a setting names, and to settings that pin
    SQLite. A database the environment may choose instead of SQLite is a convention, and no need at all without its
    driver. Where one variable chooses the kind of database (`DATABASE_TYPE`), one is enough.
    """
    firm = [mention for mention in said if mention.firm]
    named = {mention.service for mention in firm}
    decided = {SERVICES[service].kind for service in found if service in named} & _RELATIONAL
    lite = {mention.evidence.path for mention in firm if mention.service == "sqlite"}
    pinned = any(mention.service == "sqlite" and not mention.switch for mention in firm)
    for service, fact in list(found.items()):
        kind = SERVICES[service].kind
        if kind not in _RELATIONAL:
            continue
        places = {mention.evidence.path for mention in firm if mention.service == service}
        outvoted = not places and kind not in decided and bool(decided or pinned)
        optional = bool(places) and places <= lite
        if outvoted or (optional and service not in drivers):
            del found[service]
        elif optional:
            found[service] = Fact(service, Basis.CONVENTION, fact.evidence, "the same settings fall back to SQLite")
    chosen = {mention.service for mention in firm if _CHOICE.match(mention.evidence.excerpt)} & set(found)
    databases = [service for service in found if SERVICES[service].kind in _RELATIONAL | {"mongodb"}]
    if chosen and len(databases) > 1:
        keep = next(service for service in databases if service in chosen)
        for service in databases:
            if SERVICES[service].kind != SERVICES[keep].kind and (service in chosen or service not in named):
                del found[service]


def _settle_choices(
    found: dict[str, Fact[str]], drivers: Collection[str], said: Iterable[Mention], dependencies: Mapping[str, Evidence]
) -> None:
    """Leave out databases that are only possible: clients of several kinds are installed and no setting says which is used.

    Where clients of three kinds or more are installed, the program speaks to databases of its users, and no client alone proves a need.
    Of two kinds one is enough, and none where an embedded database is installed too.
    """
    named = {mention.service for mention in said if mention.firm and not mention.switch}
    kinds = {SERVICES[service].kind for service in drivers} & (_RELATIONAL | {"mongodb"})
    every = len(kinds) > 2
    relational = [service for service in found if service in drivers and SERVICES[service].kind in _RELATIONAL]
    open_choice = len(kinds & _RELATIONAL) > 1 and not named & set(relational)
    embedded = any(_EMBEDDED.search(name.lower()) for name in dependencies)
    for service in list(found):
        possible = service in drivers and service not in named
        if possible and (every or (open_choice and service in relational and (embedded or service != relational[0]))):
            del found[service]


def _settle_variants(found: dict[str, Fact[str]], firm: Mapping[str, Evidence]) -> None:
    """Keep one server where a variant and its plain form were both found: the variant serves both."""
    for variant, plain in _VARIANTS.items():
        if variant not in found or plain not in found:
            continue
        keep, drop = (
            (plain, variant)
            if plain in firm and variant not in firm and variant in ("mariadb", "valkey", "opensearch")
            else (variant, plain)
        )
        proofs = tuple(dict.fromkeys((*found[keep].evidence, *found[drop].evidence)))
        basis = Basis.DECLARED if found[keep].firm or found[drop].firm else found[keep].basis
        found[keep] = Fact(keep, basis, proofs, "" if basis is Basis.DECLARED else found[keep].note)
        del found[drop]


def _first(said: Iterable[Mention]) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for mention in said:
        found.setdefault(mention.service, mention.evidence)
    return found


def _compact(*proofs: Evidence | None) -> list[Evidence]:
    return list(dict.fromkeys(proof for proof in proofs if proof is not None))
