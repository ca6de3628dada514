"""PHP: Laravel, Symfony, Slim and plain pages, served by one process in one container as a normal user."""

from __future__ import annotations

import re

from architect import assets, bases, code
from architect.commands import argv, env_examples, merged, procfile
from architect.ecosystems import composer
from architect.ecosystems.composer import Php
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Process, Role
from architect.reading import Folder
from architect.request import Style
from architect.services import needed
from architect.tree import Tree
from architect.versions import numbers

PORT = 8080
FRANKENPHP = "1.11"
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


class PHP:
    """A project with a composer.json or an index.php."""

    id = "php"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the folder that is served; a package that serves nothing is a library and no component."""
        folder = Folder(tree, root)
        php = composer.project(folder)
        return _component(self.id, folder, php) if php and php.docroot else None

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Serve with FrankenPHP, or with Apache where the release is too old for it."""
        return _plan(component, style)


def _component(stack: str, folder: Folder, php: Php) -> Component:
    framework = composer.framework(php)
    label = framework.value if framework else None
    own = code.own_files(folder, "*.php", "*.yaml", boundary=("composer.json",))
    names = [name for name in own if not name.startswith(("var/", "storage/", "lang/", "resources/"))]
    names.sort(key=lambda name: (not re.search(r"(^|/)(routes|config|bootstrap|index|app|public)\b", name), name.count("/"), name))
    files = code.sources(folder, names)
    services = _services(folder, php, label)
    docroot = php.docroot or Fact("", Basis.CONVENTION)
    stated = composer.stated_port(php)
    port = (
        stated
        if stated and stated.value >= 1024
        else Fact(PORT, Basis.DEFAULT, (), "a normal user cannot bind ports below 1024 everywhere")
    )
    release = composer.runtime(php)
    frontend = assets.frontend(folder)
    served = "/app/" + docroot.value if docroot.value else "/app"
    start = (
        ("frankenphp", "php-server", "--root", served, "--listen", f":{port.value}") if _franken(release.value) else ("apache2-foreground",)
    )
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB,
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
        start=Fact(start, Basis.CONVENTION, docroot.evidence, "one process serves files and runs PHP"),
        port=port,
        health=composer.health(php, files),
        processes=_processes(folder, php),
        services=services,
        variables=merged(env_examples(folder), code.variables(files, *composer.VARIABLES)),
        details={
            "docroot": docroot.value,
            "manifest": bool(php.manifest),
            "lock": bool(folder.has("composer.lock")),
            "extensions": _extensions(folder, php, label, [service.value for service in services if service.firm]),
            "writable": tuple(path for path in _WRITABLE.get(label or "", ())),
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


def _franken(release: str) -> bool:
    return numbers(release) >= (8, 2)


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


def _image(release: str, style: Style) -> Image:
    if _franken(release):
        if style is Style.LEAN:
            return Image(
                f"dunglas/frankenphp:{FRANKENPHP}-php{release}-alpine",
                Family.ALPINE,
                probe="curl",
                why="PHP and its web server in one process, on Alpine",
            )
        return Image(
            f"dunglas/frankenphp:{FRANKENPHP}-php{release}-bookworm",
            Family.DEBIAN,
            probe="curl",
            why="PHP and its web server in one process",
        )
    suite = (
        "bookworm"
        if numbers(release) >= (8, 0)
        else "bullseye"
        if numbers(release) >= (7, 3)
        else "buster"
        if numbers(release) >= (7, 1)
        else "stretch"
    )
    return Image(
        f"php:{release}-apache-{suite}",
        Family.DEBIAN,
        user="www-data",
        probe="curl",
        why="PHP inside Apache; this release is too old for FrankenPHP",
    )


def _plan(component: Component, style: Style) -> ImagePlan:
    details = component.details
    release = component.runtime.value if component.runtime else composer.DEFAULT_VERSION
    image = _image(release, style)
    franken = _franken(release)
    port = component.port.value if component.port else PORT
    more: list[Stage] = []
    base_steps: list[Step] = [Workdir("/app")]
    extensions: dict[str, Evidence | None] = details.get("extensions") or {}
    if not franken:
        more.append(
            Stage("extensions", Image("mlocati/php-extension-installer:2.9", Family.SCRATCH, why="installs extensions with what they need"))
        )
        base_steps.append(
            Copy(("/usr/bin/install-php-extensions",), "/usr/local/bin/", stage="extensions", why="installs extensions with what they need")
        )
    lines = tuple(line for line in extensions.values() if line)[:4]
    base_steps.append(
        Run(f"install-php-extensions {' '.join(sorted(extensions))}", why="what the project and its packages ask for", evidence=lines)
    )
    base_steps.append(Run('mv "$PHP_INI_DIR/php.ini-production" "$PHP_INI_DIR/php.ini"', why="no error pages with source code"))
    base_steps += _server(franken, details.get("docroot") or "", port)
    base = Stage("base", image, tuple(base_steps))
    node, build = _build(component, style, image)
    steps: list[Step] = []
    if details.get("framework") == "symfony":
        steps.append(Env("APP_ENV", "prod", why="no reloading, no error pages with source code"))
    elif details.get("framework") == "laravel":
        steps += [
            Env("APP_ENV", "production", why="no error pages with source code"),
            Env("LOG_CHANNEL", "stderr", why="logs belong to the container's output"),
        ]
    steps.append(
        Copy(("/app",), "/app", stage="build", owned=style is not Style.HARDENED, why="the application, its packages and its assets")
    )
    writable = [f"/app/{path}" for path in details.get("writable", ())]
    writable += ["/data/caddy", "/config/caddy"] if franken else []
    default_start = component.start.value if component.start else ("apache2-foreground",)
    start = tuple(f":{port}" if re.fullmatch(r":\d+", word) else word for word in default_start)
    return ImagePlan(
        stages=(*more, base, *node, build, Stage("runtime", image, tuple(steps), base="base")),
        start=start,
        port=port,
        health_path=component.health.value if component.health else None,
        health_command=bases.health_command(image, component),
        health_start_period=10,
        writable=tuple(writable),
        stop_signal=None if franken else "SIGWINCH",
        why_start="the server is PID 1 and gets the signals" if franken else "Apache is PID 1; SIGWINCH lets open requests finish",
        why_port=component.port.note if component.port else "",
        start_evidence=component.start.evidence if component.start else (),
        port_evidence=component.port.evidence if component.port else (),
    )


def _server(franken: bool, docroot: str, port: int) -> list[Step]:
    if franken:
        return [
            Run(
                "setcap -r /usr/local/bin/frankenphp",
                why="an unprivileged port needs no capability, and without it the image runs where all are dropped",
            )
        ]
    served = f"/app/{docroot}".rstrip("/")
    escaped = served.replace("/", "\\/")
    edit = (
        f"sed -i 's/^Listen 80$/Listen {port}/' /etc/apache2/ports.conf"
        f" && sed -i -e 's#:80>#:{port}>#' -e 's#/var/www/html#{served}#' /etc/apache2/sites-available/000-default.conf"
        f" && sed -i 's#<Directory /var/www/>#<Directory {served}/>#' /etc/apache2/apache2.conf"
        f" && sed -i '/<Directory {escaped}\\/>/,/<\\/Directory>/ s/AllowOverride None/AllowOverride All/' /etc/apache2/apache2.conf"
        " && a2enmod rewrite"
    )
    return [Run(edit, why="an unprivileged port, the served folder, and the rewrite rules the application brings")]


def _build(component: Component, style: Style, image: Image) -> tuple[list[Stage], Stage]:
    details = component.details
    cached = style is Style.CACHED
    more: list[Stage] = []
    steps: list[Step] = []
    if details.get("manifest"):
        more.append(Stage("composer", Image("composer:2.8", Family.ALPINE, why="the package manager")))
        steps.append(Copy(("/usr/bin/composer",), "/usr/local/bin/", stage="composer", why="the package manager"))
        steps.append(Env("COMPOSER_ALLOW_SUPERUSER", "1", why="this stage is thrown away"))
        names = ("composer.json", "composer.lock") if details.get("lock") else ("composer.json",)
        steps.append(Run("install-php-extensions zip", why="Composer unpacks archives with it"))
        steps.append(Copy(names, "./", why="dependencies change less often than code"))
        command = "composer install --no-dev --no-interaction --prefer-dist --no-scripts --no-autoloader"
        command += "" if cached else " && composer clear-cache"
        steps.append(
            Run(command, caches=("/root/.composer/cache",) if cached else (), why="a layer of its own, reused until the lock file changes")
        )
    frontend: assets.Frontend | None = details.get("frontend")
    if frontend:
        node, copies = assets.node_copy(frontend, image.family)
        more.append(node)
        steps += copies
        steps.append(Copy(frontend.manifests, "./", why="dependencies of the assets"))
        why = "exactly what the lock file says" if frontend.lock else "there is no lock file"
        steps.append(Run(frontend.install(), caches=(frontend.cache,) if cached else (), why=why))
    steps.append(Copy((".",), "./", why="the source code"))
    finish: list[str] = []
    if details.get("writable"):
        finish.append("mkdir -p " + " ".join(_folders(component)))
    if details.get("dotenv"):
        finish.append("touch .env")
    if details.get("manifest"):
        scripts = "" if details.get("artisan") else " --no-scripts"
        finish.append(f"composer dump-autoload --no-dev --optimize --no-interaction{scripts}")
    if details.get("asset_mapper") and details.get("console"):
        finish.append("APP_ENV=prod php bin/console importmap:install && APP_ENV=prod php bin/console asset-map:compile")
    if frontend and frontend.script:
        finish.append(f"{frontend.run(frontend.script)} && rm -rf node_modules")
    if finish:
        steps.append(
            Run(
                " && ".join(finish),
                why="an optimised class map and the built assets",
                evidence=component.build.evidence if component.build else (),
            )
        )
    return more, Stage("build", image, tuple(steps), base="base")


def _folders(component: Component) -> list[str]:
    folders = list(component.details.get("writable", ()))
    if component.details.get("framework") == "laravel":
        folders += [f"storage/framework/{name}" for name in ("cache", "sessions", "views")] + ["storage/logs"]
    return folders
