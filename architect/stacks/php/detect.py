"""What a PHP project serves: framework, document root, extensions, processes and services."""

from __future__ import annotations

import re

from architect import assets, code
from architect.commands import argv, env_examples, merged, procfile
from architect.ecosystems import composer
from architect.ecosystems.composer import Php
from architect.profile import Basis, Component, Evidence, Fact, Process, Role
from architect.reading import Folder
from architect.services import needed
from architect.stacks.php.daemon import Daemon, daemon

_DRIVERS = {
    "postgres": "pdo_pgsql",
    "mysql": "pdo_mysql",
    "mariadb": "pdo_mysql",
    "redis": "redis",
    "mongodb": "mongodb",
    "memcached": "memcached",
}
_WRITABLE = {
    "laravel": ("storage", "bootstrap/cache"),
    "symfony": ("var",),
    "cakephp": ("tmp", "logs"),
    "codeigniter": ("writable",),
    "yii": ("runtime", "web/assets"),
    "wordpress": ("wp-content/uploads",),
    "drupal": ("web/sites/default/files",),
    "mezzio": ("data",),
    "craft": ("storage",),
    "slim": ("logs", "var"),
}


def detect(stack: str, folder: Folder) -> Component | None:
    """Find the folder that is served; a package that serves nothing is a library and no component."""
    php = composer.project(folder)
    server = daemon(php) if php else None
    return _component(stack, folder, php, server) if php and (php.docroot or server) else None


def _component(stack: str, folder: Folder, php: Php, server: Daemon | None) -> Component:
    framework = server.label if server else composer.framework(php)
    label = framework.value if framework else None
    own = code.own_files(folder, "*.php", "*.yaml", boundary=("composer.json",))
    names = [name for name in own if not name.startswith(("var/", "storage/", "lang/", "resources/"))]
    names.sort(key=lambda name: (not re.search(r"(^|/)(routes|config|bootstrap|index|app|public)\b", name), name.count("/"), name))
    files = code.sources(folder, names)
    services = _services(folder, php, label)
    extensions = _extensions(folder, php, label, [service.value for service in services if service.firm])
    docroot = php.docroot or Fact("", Basis.CONVENTION)
    stated = composer.stated_port(php)
    port = (
        server.port
        if server
        else stated
        if stated and stated.value >= 1024
        else Fact(composer.PORT, Basis.DEFAULT, (), "a normal user cannot bind ports below 1024 everywhere")
    )
    release = composer.runtime(php)
    frontend = assets.frontend(folder)
    served = "/app/" + docroot.value if docroot.value else "/app"
    start = (
        ("frankenphp", "php-server", "--root", served, "--listen", f":{port.value if port else composer.PORT}")
        if composer.franken(release.value)
        else ("apache2-foreground",)
    )
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.WORKER,
        language=Fact(
            "php",
            Basis.DECLARED if php.manifest else Basis.CODE,
            (Evidence(folder.path("composer.json")),) if php.manifest else docroot.evidence,
        ),
        framework=framework,
        runtime=release,
        package_manager=Fact("composer", Basis.DECLARED, (Evidence(folder.path("composer.json")),)) if php.manifest else None,
        lockfile=folder.has("composer.lock"),
        build=Fact(f"{frontend.manager} run {frontend.script}", Basis.DECLARED, (frontend.evidence,))
        if frontend and frontend.script
        else None,
        start=server.start if server else Fact(start, Basis.CONVENTION, docroot.evidence, "one process serves files and runs PHP"),
        port=port,
        health=composer.health(php, files) if port else None,
        processes=_processes(folder, php),
        services=services,
        variables=merged(env_examples(folder), code.variables(files, *composer.VARIABLES)),
        details={
            "docroot": docroot.value,
            "manifest": bool(php.manifest),
            "lock": bool(folder.has("composer.lock")),
            "daemon": server is not None,
            "extensions": {**dict.fromkeys(server.extensions if server else ()), **extensions},
            "writable": server.writable if server else tuple(path for path in _WRITABLE.get(label or "", ())),
            "frontend": frontend if frontend and frontend.script else None,
            "framework": label,
            "artisan": bool(folder.has("artisan")),
            "console": bool(folder.has("bin/console")),
            "asset_mapper": bool(php.requires("symfony/asset-mapper")),
            "dotenv": bool(label == "symfony" and php.requires("symfony/runtime", "symfony/dotenv")),
        },
    )


def _services(folder: Folder, php: Php, label: str | None) -> tuple[Fact[str], ...]:
    found = needed("packagist", php.dependencies, folder.tree, folder.root)
    database = composer.laravel_database(php) if label == "laravel" else None
    if label == "wordpress":
        database = Fact(
            "mariadb", Basis.CONVENTION, php.docroot.evidence if php.docroot else (), "WordPress keeps everything in MySQL or MariaDB"
        )
    if database and not any(fact.value in ("mysql", "mariadb", "postgres", "mssql") for fact in found):
        return (database, *found)
    return found


def _extensions(folder: Folder, php: Php, label: str | None, services: list[str]) -> dict[str, Evidence | None]:
    found: dict[str, Evidence | None] = {**php.extensions()}
    for service in services:
        extension = _DRIVERS.get(service)
        if extension and not (service == "redis" and php.requires("predis/predis")):
            found.setdefault(extension, None)
    if label == "laravel":
        named = folder.find(".env.example", r"^DB_CONNECTION=(\w+)")
        driver = {"mysql": "pdo_mysql", "mariadb": "pdo_mysql", "pgsql": "pdo_pgsql"}.get(named.value if named else "")
        if driver:
            found.setdefault(driver, named.evidence if named else None)
        found.setdefault("pcntl", None)
    if label == "wordpress":
        found.setdefault("mysqli", None)
        found.setdefault("gd", None)
    if label in ("symfony", "drupal", "cakephp", "codeigniter"):
        found.setdefault("intl", None)
    if label == "drupal":
        found.setdefault("gd", None)
    if label is None and not php.manifest:
        hit = code.first(
            code.sources(folder, folder.files("*.php", depth=3)), r"\b(?:mysqli_connect|new mysqli)\(|new PDO\(\s*['\"](mysql|pgsql):"
        )
        if hit:
            found.setdefault({"mysql": "pdo_mysql", "pgsql": "pdo_pgsql"}.get(hit.value, "mysqli"), hit.evidence)
    found.setdefault("opcache", None)
    return found


def _processes(folder: Folder, php: Php) -> tuple[Process, ...]:
    found: list[Process] = []
    for name, (command, line) in procfile(folder).items():
        words = argv(command)
        if name not in ("web", "release") and words:
            found.append(Process(name, words, (line,)))
    horizon = php.requires("laravel/horizon")
    if horizon and not found:
        found.append(Process("horizon", ("php", "artisan", "horizon"), (horizon,)))
    return tuple(found)
