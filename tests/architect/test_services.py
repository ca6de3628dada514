"""Which services a component needs is proven by drivers and settings, and by nothing weaker."""

from __future__ import annotations

import pytest

from architect.profile import Basis, Evidence
from architect.services import SERVICES, needed, service_by_name
from architect.services.settings import settings_files
from tests.support.folder_tree import TextTree


def found(ecosystem: str, packages: dict[str, str] | str, files: dict[str, str] | None = None, root: str = "") -> dict[str, bool]:
    """Return the services by id, each with whether the fact is firm."""
    given = packages if isinstance(packages, dict) else {name: name for name in packages.split()}
    dependencies = {name: Evidence("manifest", line, text) for line, (name, text) in enumerate(given.items(), start=1)}
    return {fact.value: fact.firm for fact in needed(ecosystem, dependencies, TextTree(files or {}), root)}


@pytest.mark.parametrize(
    ("ecosystem", "packages", "expected"),
    [
        ("pypi", "psycopg2-binary", {"postgres": True}),
        ("pypi", "Psycopg2_Binary", {"postgres": True}),
        ("npm", "pg", {"postgres": True}),
        ("npm", "mongoose", {"mongodb": True}),
        ("npm", "bullmq", {"redis": True}),
        ("go", "github.com/jackc/pgx/v5", {"postgres": True}),
        ("go", "go.mongodb.org/mongo-driver/v2", {"mongodb": True}),
        ("maven", "org.postgresql:postgresql", {"postgres": True}),
        ("maven", "org.postgresql:postgresql:42.7.3", {"postgres": True}),
        ("maven", "org.springframework.boot:spring-boot-starter-amqp", {"rabbitmq": True}),
        ("maven", "org.tpolecat:doobie-postgres_2.13", {"postgres": True}),
        ("rubygems", "pg sidekiq", {"postgres": True, "redis": True}),
        ("packagist", "ext-pdo_mysql predis/predis", {"mysql": True, "redis": True}),
        ("nuget", "Npgsql.EntityFrameworkCore.PostgreSQL", {"postgres": True}),
        ("hex", "postgrex", {"postgres": True}),
        ("cargo", "tokio-postgres", {"postgres": True}),
        ("pypi", "confluent-kafka", {"kafka": True}),
    ],
)
def test_a_driver_proves_its_service(ecosystem: str, packages: str, expected: dict[str, bool]) -> None:
    """A package that cannot work without a server is firm proof, whatever its spelling or version suffix."""
    assert found(ecosystem, packages) == expected


@pytest.mark.parametrize(
    ("ecosystem", "packages"),
    [
        ("pypi", "sqlalchemy django celery"),
        ("npm", "typeorm prisma sequelize"),
        ("cargo", "sqlx diesel"),
        ("maven", "spring-boot-starter-data-jpa"),
        ("hex", "ecto_sql ecto_sqlite3"),
    ],
)
def test_an_orm_alone_proves_nothing(ecosystem: str, packages: str) -> None:
    """An ORM can speak to many databases, SQLite among them."""
    assert found(ecosystem, packages) == {}


def test_extras_and_features_name_the_driver() -> None:
    """`celery[redis]` and `sqlx` with its postgres feature are drivers."""
    assert found("pypi", {"celery": "celery[redis]==5.4", "sqlalchemy": "sqlalchemy[postgresql]"}) == {"postgres": True, "redis": True}
    assert found("cargo", {"sqlx": 'sqlx = { version = "0.8", features = ["runtime-tokio", "postgres"] }'}) == {"postgres": True}


def test_a_client_that_works_without_its_server_is_a_convention() -> None:
    """A cache client alone is not firm; a setting with its host makes it so."""
    assert found("pypi", "redis") == {"redis": False}
    assert found("pypi", "redis", {".env.example": "REDIS_HOST=localhost\n"}) == {"redis": True}


@pytest.mark.parametrize(
    ("path", "text", "service"),
    [
        (".env.example", "DATABASE_URL=postgres://u:p@localhost/x", "postgres"),
        (".env.example", "DATABASE_URL=postgresql+asyncpg://u:p@db/x", "postgres"),
        ("env-example-relational", "DATABASE_TYPE=postgres", "postgres"),
        (".env.example", "DB_CONNECTION=mysql", "mysql"),
        (".env.example", "QUEUE_CONNECTION=redis", "redis"),
        (".env.example", "CELERY_BROKER_URL=amqp://guest@localhost//", "rabbitmq"),
        ("src/main/resources/application.yml", "    url: jdbc:postgresql://localhost:5432/x", "postgres"),
        ("src/main/resources/application.properties", "spring.datasource.url=jdbc:mariadb://localhost/x", "mariadb"),
        ("src/main/resources/application.yml", "spring:\n  data:\n    mongodb:\n      host: x", "mongodb"),
        ("prisma/schema.prisma", 'datasource db {\n  provider = "postgresql"\n}', "postgres"),
        ("mysite/settings.py", "'ENGINE': 'django.db.backends.postgresql',", "postgres"),
        ("mysite/settings.py", '"ENGINE": "django.contrib.gis.db.backends.postgis"', "postgis"),
        ("config/database.yml", "default:\n  adapter: postgresql", "postgres"),
        ("config/cable.yml", "production:\n  adapter: redis", "redis"),
        ("src/data-source.ts", "  type: 'mysql',", "mysql"),
        ("compose.yaml", "services:\n  db:\n    image: docker.io/library/postgres:16", "postgres"),
    ],
)
def test_settings_prove_a_service_with_their_line(path: str, text: str, service: str) -> None:
    """A URL, engine, provider or adapter in the settings is proof, and the line is named."""
    facts = needed("other", {}, TextTree({path: text}), "")
    assert [fact.value for fact in facts] == [service]
    assert facts[0].basis is Basis.DECLARED
    assert facts[0].evidence[0].path == path
    assert facts[0].evidence[0].line == text.count("\n", 0, text.find(facts[0].evidence[0].excerpt)) + 1


@pytest.mark.parametrize(
    "text", ["# DATABASE_URL=postgres://u@h/x", "DATABASE_URL=sqlite:///db.sqlite3", "DATABASE_URL=", "DOCS=https://www.postgresql.org/"]
)  # fmt: skip
def test_comments_sqlite_and_web_addresses_prove_nothing(text: str) -> None:
    """What is commented out, SQLite or only a link is no need for a server."""
    assert found("pypi", "sqlalchemy", {".env.example": text}) == {}


def test_a_stand_in_is_a_convention() -> None:
    """A mail catcher or an S3 server in an example of settings is a suggestion, not a need."""
    assert found("pypi", "django", {".env.example": "MAIL_HOST=mailhog"}) == {"mailpit": False}
    assert found("pypi", "boto3", {".env.example": "S3_ENDPOINT=http://minio:9000"}) == {"minio": False}


def test_pinned_sqlite_outweighs_an_unused_driver() -> None:
    """Settings that always open SQLite need no PostgreSQL, though its driver is installed."""
    assert found("pypi", "django psycopg2", {"site/settings.py": "'ENGINE': 'django.db.backends.sqlite3',"}) == {}


def test_a_program_that_speaks_to_every_database_needs_none() -> None:
    """A monitor or an admin tool installs clients of its users' databases; only what a setting names is its own."""
    clients = "pg mysql2 mssql mongodb kafkajs ioredis express"
    assert found("npm", clients) == {}
    assert found("npm", clients, {".env.example": "DATABASE_URL=postgres://u@db/x"}) == {"postgres": True}


def test_of_two_possible_databases_one_is_enough_and_none_beside_an_embedded_one() -> None:
    """Two relational clients are a choice; with SQLite installed too, the choice need not be made."""
    assert found("npm", "pg mysql2 ioredis") == {"postgres": True, "redis": True}
    assert found("npm", "pg mysql2 better-sqlite3 ioredis") == {"redis": True}
    assert found("npm", "pg better-sqlite3") == {"postgres": True}


def test_settings_that_fall_back_to_sqlite_are_not_firm() -> None:
    """A database the environment may switch on is a convention when its driver is there, and no need without it."""
    engines = ["'ENGINE': 'django.db.backends.postgresql',", "'ENGINE': 'django.db.backends.sqlite3',"]
    text = "import os\nif os.environ.get('DB'):\n    " + "\nelse:\n    ".join(engines)
    assert found("pypi", "django psycopg2", {"site/settings.py": text}) == {"postgres": False}
    assert found("pypi", "django", {"site/settings.py": text}) == {}


def test_a_driver_yields_to_the_database_the_settings_name() -> None:
    """TypeORM projects install several drivers; the settings say which one is used."""
    files = {
        "env-example-relational": "DATABASE_TYPE=postgres",
        "env-example-document": "DATABASE_TYPE=mongodb\nDATABASE_URL=mongodb://mongo:27017",
    }
    assert found("npm", "pg mysql2 mongoose typeorm", files) == {"postgres": True}


def test_two_databases_without_a_choice_stay_two() -> None:
    """A service may well use both."""
    assert found("npm", "pg mongoose") == {"postgres": True, "mongodb": True}


def test_a_variable_nobody_could_use_proves_nothing() -> None:
    """An example of variables may name a Redis that no installed package can speak to; a carrier brings its own client."""
    files = {".env.example": "WORKER_HOST=redis://redis:6379/1"}
    assert found("npm", "express", files) == {}
    assert found("npm", "express ioredis", files) == {"redis": True}
    assert found("packagist", "laravel/framework", {".env.example": "QUEUE_CONNECTION=redis"}) == {"redis": True}


def test_a_variant_serves_its_plain_form_too() -> None:
    """pgvector brings PostgreSQL, so one server is enough, proven by both."""
    facts = needed("pypi", {"pgvector": Evidence("r.txt", 1), "psycopg": Evidence("r.txt", 2)}, TextTree({}), "")
    assert [fact.value for fact in facts] == ["pgvector"]
    assert [str(evidence) for evidence in facts[0].evidence] == ["r.txt:1", "r.txt:2"]


def test_settings_of_tests_and_of_nested_parts_are_left_out() -> None:
    """A part with its own manifest, and test settings, say nothing about the component at hand."""
    files = {
        ".env.example": "A=1",
        "tests/settings.py": "x",
        "api/package.json": "{}",
        "api/.env.example": "DATABASE_URL=postgres://x",
        "src/config.py": "",
    }
    assert settings_files(TextTree(files), "") == (".env.example", "src/config.py")
    assert settings_files(TextTree(files), "api") == ("api/.env.example",)


def test_every_service_is_pinned_and_can_be_asked_how_it_is() -> None:
    """No image floats, every service has a health check, and its secrets are named."""
    for spec in SERVICES.values():
        assert ":" in spec.image.rsplit("/", 1)[-1], spec.id
        assert not spec.image.endswith(":latest"), spec.id
        assert spec.health, spec.id
        assert spec.label, spec.id
    assert SERVICES["postgres"].secrets == ("POSTGRES_PASSWORD",)


@pytest.mark.parametrize(
    ("name", "service"), [("PostgreSQL", "postgres"), ("mongo", "mongodb"), ("Redis", "redis"), ("rabbit", "rabbitmq"), ("oracle", None)]
)
def test_people_name_services_in_their_own_way(name: str, service: str | None) -> None:
    """Common spellings lead to the id; what is not known is None."""
    spec = service_by_name(name)
    assert (spec.id if spec else None) == service
