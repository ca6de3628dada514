"""A component's environment leads it to its services under the names its own code reads."""

from __future__ import annotations

from architect.profile import Basis, Component, Evidence, Fact, Variable
from architect.services import SERVICES
from architect.services.backings import backings, needed_by
from architect.services.clients import aliases, settings


def component(*variables: Variable, framework: str = "", language: str = "python") -> Component:
    """Return a component that reads these variables."""
    return Component(
        name="a",
        stack=language,
        language=Fact(language, Basis.CODE),
        framework=Fact(framework, Basis.CODE) if framework else None,
        variables=variables,
    )


def environment(given: Component, *services: str, excerpt: str = "") -> dict[str, str]:
    """Return its variables when it needs these services."""
    facts = [(SERVICES[name], Fact(name, Basis.DECLARED, (Evidence("f", 1, excerpt),)), name) for name in services]
    return {setting.name: setting.value for setting in settings(given, facts)}


def test_variables_of_the_code_are_filled() -> None:
    """Host, port, user, password and name one by one, with any prefix."""
    names = ("LD_DB_HOST", "LD_DB_PORT", "LD_DB_USER", "LD_DB_PASSWORD", "LD_DB_DATABASE", "TEST_DB_HOST", "LD_LOG")
    found = environment(component(*map(Variable, names)), "postgres")
    assert found == {
        "LD_DB_HOST": "postgres",
        "LD_DB_PORT": "5432",
        "LD_DB_USER": "app",
        "LD_DB_PASSWORD": "{secret:POSTGRES_PASSWORD}",
        "LD_DB_DATABASE": "app",
    }


def test_without_a_name_in_the_code_the_frameworks_convention_is_used() -> None:
    """Spring, Quarkus, Laravel and .NET each have their own."""
    assert environment(component(), "redis") == {"REDIS_URL": "redis://redis:6379/0"}
    spring = environment(component(framework="spring-boot", language="java"), "mysql", "rabbitmq")
    assert spring["SPRING_DATASOURCE_URL"] == "jdbc:mysql://mysql:3306/app"
    assert spring["SPRING_RABBITMQ_HOST"] == "rabbitmq"
    assert environment(component(framework="laravel", language="php"), "mariadb")["DB_CONNECTION"] == "mariadb"
    assert environment(component(language="dotnet"), "postgres")["ConnectionStrings__DefaultConnection"].startswith(
        "Host=postgres;Port=5432"
    )
    assert environment(component(framework="quarkus", language="java"), "postgres")["QUARKUS_DATASOURCE_JDBC_URL"].startswith(
        "jdbc:postgresql:"
    )


def test_the_repositorys_own_scheme_is_kept() -> None:
    """SQLAlchemy's driver is part of the URL; a JDBC address is not one."""
    url = environment(component(Variable("DATABASE_URL")), "postgres", excerpt="DATABASE_URL=postgresql+asyncpg://a:b@db/x")["DATABASE_URL"]
    assert url.startswith("postgresql+asyncpg://app:")
    assert environment(component(Variable("DATABASE_URL")), "postgres", excerpt="jdbc:postgresql://db/x")["DATABASE_URL"].startswith(
        "postgresql://"
    )


def test_a_broker_url_goes_where_its_default_points() -> None:
    """CELERY_BROKER_URL may mean Redis or RabbitMQ; the code's default says which. A URL on the web is neither."""
    variables = (
        Variable("CELERY_BROKER_URL", "amqp://guest@localhost//"),
        Variable("CELERY_RESULT_BACKEND", "redis://localhost/1"),
        Variable("CACHE_URL", "https://x.test"),
    )
    found = environment(component(*variables), "redis", "rabbitmq")
    assert found["CELERY_BROKER_URL"].startswith("amqp://app:")
    assert found["CELERY_RESULT_BACKEND"] == "redis://redis:6379/0"
    assert "CACHE_URL" not in found


def test_host_names_of_the_settings_are_aliases() -> None:
    """Only bare names of other machines; this one and web hosts are none."""
    fact = Fact("mongodb", Basis.DECLARED, (Evidence("f", 1, "mongodb://mongo:27017/x"), Evidence("g", 1, "mongodb://127.0.0.1/x")))
    assert aliases(
        SERVICES["mongodb"], fact, (Variable("MONGO_HOST", "documents"), Variable("MONGO_URL", "mongodb://cluster.example.test/x"))
    ) == (
        "mongo",
        "documents",
    )


def test_one_server_a_kind_serves_everybody() -> None:
    """A part that needs PostgreSQL and one that needs pgvector share the latter."""
    plain = Component(
        name="a", stack="x", language=Fact("go", Basis.CODE), services=(Fact("postgres", Basis.DECLARED), Fact("redis", Basis.CONVENTION))
    )
    vector = Component(name="b", stack="x", language=Fact("go", Basis.CODE), services=(Fact("pgvector", Basis.DECLARED),))
    given = backings([plain, vector], ("redis",))
    assert [(backing.spec.id, backing.name) for backing in given] == [("pgvector", "pgvector"), ("redis", "redis-server")]
    assert [backing.name for backing in needed_by(plain, given)] == ["pgvector", "redis-server"]
    assert [backing.name for backing in needed_by(vector, given)] == ["pgvector"]
