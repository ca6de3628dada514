"""How a PHP project is installed, its assets built, and what serves it."""

from __future__ import annotations

from architect import assets, bases
from architect.ecosystems import composer
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Component, Evidence
from architect.request import Style
from architect.versions import numbers

FRANKENPHP = "1.11"


def _image(release: str, style: Style) -> Image:
    if composer.franken(release):
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


def _command_line(release: str) -> Image:
    return Image(f"php:{release}-cli-alpine", Family.ALPINE, user="www-data", probe="wget", why="PHP alone: the program is the server")


def plan(component: Component, style: Style) -> ImagePlan:
    """Return the image plan of a component in a style."""
    details = component.details
    release = component.runtime.value if component.runtime else composer.DEFAULT_VERSION
    alone = bool(details.get("daemon"))
    image = _command_line(release) if alone else _image(release, style)
    franken = composer.franken(release) and not alone
    port = component.port.value if component.port else composer.PORT
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
    base_steps += [] if alone else _server(franken, details.get("docroot") or "", port)
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
    return finished(
        component,
        (*more, base, *node, build, Stage("runtime", image, tuple(steps), base="base")),
        bases.health_command(image, component),
        why_start="the server is PID 1 and gets the signals" if franken or alone else "Apache is PID 1; SIGWINCH lets open requests finish",
        writable=tuple(writable),
        stop_signal=None if franken or alone else "SIGWINCH",
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
