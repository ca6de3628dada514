"""Names that every target shares, and the command that migrates a database."""

from __future__ import annotations

import pytest

from architect.migrations import migration
from architect.naming import distinct, dns_name, image_name
from architect.profile import Basis, Component, Evidence, Fact, Profile, Role

POSTGRES = (Fact("postgres", Basis.DECLARED, (Evidence("a", 1),)),)


def part(name: str, framework: str = "", language: str = "python", root: str = "", **more: object) -> Component:
    given = Fact(framework, Basis.DECLARED) if framework else None
    return Component(name=name, stack=language, root=root, language=Fact(language, Basis.DECLARED), framework=given, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name"),
    [("My Shop_2", "my-shop-2"), ("2048", "app-2048"), ("--", "app"), ("x" * 80, "x" * 40), ("Ünï", "n"), ("a" * 39 + "-b", "a" * 39)],
)
def test_names_are_what_dns_takes(text: str, name: str) -> None:
    assert dns_name(text) == name


def test_names_are_distinct() -> None:
    assert distinct(["web", "Web", "ingress"], ["ingress"]) == ["web", "web-2", "ingress-2"]


def test_one_part_has_the_repositorys_name_and_several_have_their_own() -> None:
    library = part("common", role=Role.LIBRARY)
    assert image_name(Profile(name="Shop", components=(part("backend"), library)), part("backend")) == "shop"
    several = Profile(name="shop", components=(part("backend"), part("shop"), part("shop-web")))
    assert [image_name(several, component) for component in several.components] == ["shop-backend", "shop", "shop-web"]


@pytest.mark.parametrize(
    ("framework", "language", "path", "argv"),
    [
        ("django", "python", "manage.py", ("python", "manage.py", "migrate", "--noinput")),
        ("django", "python", "src/manage.py", ("python", "src/manage.py", "migrate", "--noinput")),
        ("fastapi", "python", "alembic.ini", ("alembic", "upgrade", "head")),
        ("flask", "python", "migrations/alembic.ini", ("flask", "db", "upgrade")),
        ("rails", "ruby", "db/migrate/20240101000000_create_users.rb", ("bin/rails", "db:migrate")),
        ("laravel", "php", "database/migrations/2024_create_users.php", ("php", "artisan", "migrate", "--force")),
    ],
)
def test_a_migration_is_proven_by_a_file(framework: str, language: str, path: str, argv: tuple[str, ...]) -> None:
    component = part("api", framework, language, root="api", services=POSTGRES)
    found = migration(Profile(name="x", components=(component,), files=(f"api/{path}",)), component)
    assert found is not None
    assert found.argv == argv
    assert str(found.evidence[0]) == f"api/{path}"


def test_without_database_or_proof_nothing_is_migrated() -> None:
    django = part("api", "django", services=POSTGRES)
    assert migration(Profile(name="x", components=(django,), files=("api/urls.py",)), django) is None
    without = part("api", "django")
    assert migration(Profile(name="x", components=(without,), files=("manage.py",)), without) is None
