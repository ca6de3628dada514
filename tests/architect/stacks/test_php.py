"""PHP: the served folder, releases, extensions and the server that fits the release."""

from __future__ import annotations

import json

import pytest

from architect.plan import Copy, Run
from architect.request import Style
from architect.stacks.php import PHP
from tests.support.folder_tree import TextTree


def _found(files: dict[str, str], **require: str):
    manifest = (
        {"composer.json": json.dumps({"require": {name.replace("__", "/"): text for name, text in require.items()}}, indent=2)}
        if require
        else {}
    )
    return PHP().detect(TextTree({**manifest, **files}), "")


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({"public/index.php": "<?php"}, "/app/public"),
        ({"web/index.php": "<?php", "composer.json": "{}"}, "/app/web"),
        ({"index.php": "<?php"}, "/app"),
        ({"Procfile": "web: vendor/bin/heroku-php-apache2 htdocs/\n", "htdocs/index.php": "<?php", "index.php": ""}, "/app/htdocs"),
    ],
)
def test_the_served_folder_is_the_one_with_the_front_controller(files: dict[str, str], folder: str) -> None:
    assert _found(files).start.value[:4] == ("frankenphp", "php-server", "--root", folder)


@pytest.mark.parametrize(
    ("constraint", "release"),
    [("^8.2", "8.4"), ("~8.3.0", "8.3"), (">=8.5", "8.5"), ("^7.4", "7.4"), ("^7.4 || ^8.0", "8.4"), ("8.1.*", "8.1")],
)
def test_the_release_is_the_newest_settled_one_the_manifest_permits(constraint: str, release: str) -> None:
    assert _found({"public/index.php": "<?php"}, php=constraint).runtime.value == release


def test_an_old_laravel_does_not_get_a_release_it_never_saw() -> None:
    component = _found({"public/index.php": "<?php"}, php=">=7.3", laravel__framework="^8.0")
    assert component.runtime.value == "8.1"


def test_a_release_too_old_for_frankenphp_runs_in_apache_on_a_port_anyone_may_bind() -> None:
    component = _found({"public/index.php": "<?php"}, php="^7.4")
    plan = PHP().plan(component, Style.HARDENED)
    assert plan.start == ("apache2-foreground",)
    assert (plan.port, plan.stop_signal) == (8080, "SIGWINCH")
    base = next(stage for stage in plan.stages if stage.name == "base")
    assert base.image.reference == "php:7.4-apache-bullseye"
    assert any("Listen 8080" in step.command for step in base.steps if isinstance(step, Run))


def test_extensions_come_from_the_manifest_the_lock_file_and_the_services() -> None:
    packages = ' "packages": [{"require": {\n"ext-intl": "*",\n"ext-json": "*"\n}}],\n'
    lock = "{\n" + packages + '"packages-dev": [{"require": {\n"ext-xdebug": "*"\n}}]}'
    files = {"public/index.php": "<?php", "composer.lock": lock}
    component = _found(files, php="^8.3", **{"ext-gd": "*", "ext-mbstring": "*", "ext-redis": "*"})
    assert sorted(component.details["extensions"]) == ["gd", "intl", "opcache", "redis"]


def test_a_connection_in_plain_code_brings_its_driver() -> None:
    component = _found({"index.php": "<?php\n$db = new PDO('pgsql:host=db');\n"})
    assert "pdo_pgsql" in component.details["extensions"]


def test_a_composer_script_states_the_port() -> None:
    manifest = '{\n  "scripts": {\n    "start": "php -S localhost:8888 -t public"\n  }\n}'
    component = PHP().detect(TextTree({"composer.json": manifest, "public/index.php": "<?php"}), "")
    assert (component.port.value, str(component.port.evidence[0])) == (8888, "composer.json:3")


def test_laravel_names_its_database_in_its_example_settings() -> None:
    files = {
        "public/index.php": "<?php",
        "artisan": "#",
        ".env.example": "DB_HOST=127.0.0.1\n",
        "config/database.php": "<?php return [\n 'default' => env('DB_CONNECTION', 'mysql'),\n];",
    }
    component = _found(files, laravel__framework="^11.0")
    assert [(fact.value, str(fact.evidence[0])) for fact in component.services] == [("mysql", "config/database.php:2")]


def test_routes_in_a_prefixed_group_get_the_prefix() -> None:
    routes = "<?php\nRoute::prefix('internal')->group(function () {\n    Route::get('/health', fn () => 'ok');\n});\n"
    component = _found({"public/index.php": "<?php", "routes/web.php": routes}, laravel__framework="^9.0")
    assert component.health.value == "/internal/health"


def test_a_package_that_serves_nothing_is_no_component() -> None:
    assert _found({"src/A.php": "<?php"}, php="^8.2") is None


def test_assets_are_built_where_the_packages_are() -> None:
    files = {
        "public/index.php": "<?php",
        "artisan": "#",
        "package.json": '{"scripts": {"build": "vite build"}}',
        "pnpm-lock.yaml": "lockfileVersion: '6.0'\n",
    }
    plan = PHP().plan(_found(files, laravel__framework="^11.0"), Style.CACHED)
    build = next(stage for stage in plan.stages if stage.name == "build")
    commands = [step.command for step in build.steps if isinstance(step, Run)]
    assert any("npm install -g pnpm@8" in command for command in commands)
    assert "pnpm run build" in commands[-1]
    assert any(isinstance(step, Copy) and step.stage == "composer" for step in build.steps)


def test_hardened_code_belongs_to_root_and_only_named_folders_are_writable() -> None:
    component = _found({"public/index.php": "<?php", "artisan": "#"}, laravel__framework="^11.0")
    hardened, lean = (PHP().plan(component, style) for style in (Style.HARDENED, Style.LEAN))
    assert not [step for step in hardened.stages[-1].steps if isinstance(step, Copy) and step.owned]
    assert [step for step in lean.stages[-1].steps if isinstance(step, Copy) and step.owned]
    assert "/app/storage" in hardened.writable


@pytest.mark.parametrize(
    ("package", "files", "start", "port"),
    [
        ("react/http", {"server.php": "<?php\n$s = new React\\Socket\\SocketServer('0.0.0.0:8501');\n"}, ("php", "server.php"), 8501),
        ("workerman/workerman", {"app.php": "<?php\n$w = new Worker('http://0.0.0.0:8502');\n"}, ("php", "app.php", "start"), 8502),
        ("ext-swoole", {"bin/server.php": "<?php\n$s = new Swoole\\Http\\Server('0.0.0.0', 8503);\n"}, ("php", "bin/server.php"), 8503),
        ("workerman/webman-framework", {"start.php": "<?php\n"}, ("php", "start.php", "start"), 8787),
    ],
)
def test_a_program_that_serves_by_itself_is_started_on_the_command_line(package: str, files: dict, start: tuple, port: int) -> None:
    manifest = '{\n  "require": {\n    "' + package + '": "*"\n  }\n}\n'
    found = PHP().detect(TextTree({"composer.json": manifest, **files}), "")
    assert (found.start.value, found.port.value) == (start, port)
    assert str(found.framework.evidence[0]) == "composer.json:3"
    stages = PHP().plan(found, Style.LEAN).stages
    assert next(stage for stage in stages if stage.name == "base").image.reference == "php:8.4-cli-alpine"


def test_a_library_for_servers_inside_a_framework_changes_nothing() -> None:
    manifest = '{"require": {"laravel/framework": "^12.0", "react/http": "^1.9"}}'
    files = {"composer.json": manifest, "public/index.php": "<?php\n", "server.php": "<?php\nnew SocketServer('0.0.0.0:1');\n"}
    assert PHP().detect(TextTree(files), "").start.value[0] == "frankenphp"
