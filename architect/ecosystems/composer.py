"""PHP: what composer.json requires, releases and extensions, the folder that is served, and routes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from architect import code, sockets
from architect.profile import Basis, Evidence, Fact
from architect.reading import Document, Folder, find_all
from architect.routes import health_route
from architect.versions import default, newest, numbers, tool_version, version_file

DEFAULT_VERSION = "8.4"
PORT = 8080
KNOWN = ("8.4", "8.3", "8.5", "8.2", "8.1", "8.0", "7.4", "7.3", "7.2", "7.1", "7.0", "5.6")
FRAMEWORKS = (
    ("laravel", ("laravel/framework", "laravel/lumen-framework")),
    ("symfony", ("symfony/framework-bundle",)),
    ("drupal", ("drupal/core-recommended", "drupal/core")),
    ("wordpress", ("roots/wordpress", "johnpbloch/wordpress")),
    ("mezzio", ("mezzio/mezzio", "zendframework/zend-expressive")),
    ("laminas", ("laminas/laminas-mvc", "zendframework/zendframework")),
    ("slim", ("slim/slim",)),
    ("codeigniter", ("codeigniter4/framework", "codeigniter/framework")),
    ("cakephp", ("cakephp/cakephp",)),
    ("yii", ("yiisoft/yii2", "yiisoft/yii-runner-http")),
    ("hyperf", ("hyperf/framework",)),
    ("flight", ("mikecao/flight", "flightphp/core")),
    ("fat-free", ("bcosca/fatfree", "bcosca/fatfree-core")),
    ("typo3", ("typo3/cms-core",)),
    ("craft", ("craftcms/cms",)),
    ("phalcon", ("phalcon/devtools",)),
)
DOCROOTS = ("public", "web", "webroot", "htdocs", "www", "public_html", "app/webroot", "src/public", "html", "docroot")
BUILT_IN = (
    "core ctype curl date dom fileinfo filter ftp hash iconv json libxml mbstring mysqlnd openssl pcre pdo pdo_sqlite phar "
    "posix random readline reflection session simplexml sodium spl sqlite3 standard tokenizer xml xmlreader xmlwriter zlib "
    "opcache lexbor uri "
)
_INSTALLABLE = (
    "amqp apcu bcmath bz2 calendar dba ds enchant ev event exif ffi gd gearman geoip gettext gmp gnupg grpc igbinary imagick "
    "imap inotify intl ldap mailparse maxminddb mcrypt memcached mongodb msgpack mysqli oauth oci8 odbc opentelemetry pcntl "
    "pcov pdo_dblib pdo_firebird pdo_mysql pdo_oci pdo_odbc pdo_pgsql pdo_sqlsrv pgsql protobuf pspell rdkafka redis shmop "
    "snmp soap sockets sqlsrv ssh2 swoole sysvmsg sysvsem sysvshm tidy uuid xdebug xsl yaml zip zstd "
)
_LARAVEL_NEWEST = {5: "7.4", 6: "8.0", 7: "8.0", 8: "8.1", 9: "8.2", 10: "8.3", 11: "8.4"}
HEALTH_ROUTE = (
    r"(?:Route::(?:get|any|view)\(\s*|#\[Route\(\s*(?:path:\s*)?|@Route\(\s*"
    r"|\$(?:app|router|r|group)->(?:get|any|map|add)\(\s*(?:\[[^\]]*\]\s*,\s*)?|\bpath:\s+)$"
)
HEALTH_BLOCK = r"(?:Route::(?:prefix|group)\(\s*(?:\[\s*['\"]prefix['\"]\s*=>\s*)?|->group\(\s*|->prefix\(\s*)['\"](?P<path>/?[\w/-]*)['\"]"
VARIABLES = (
    r"\b(?:env|getenv)\(\s*['\"](?P<name>[A-Z][A-Z0-9_]+)['\"](?:\s*,\s*['\"](?P<default>[^'\"]*)['\"])?",
    r"\$_(?:ENV|SERVER)\[\s*['\"](?P<name>(?!HTTP_|REQUEST_|REMOTE_|SCRIPT_|DOCUMENT_|QUERY_|SERVER_|PHP_)[A-Z][A-Z0-9_]{2,})['\"]\s*\]",
    r"%env\((?:\w+:)*(?P<name>[A-Z][A-Z0-9_]+)\)%",
)


@dataclass(frozen=True, slots=True)
class Php:
    """A PHP project: its manifest (None for plain files), the locked packages, the folder that is served."""

    folder: Folder
    manifest: Document | None
    lock: str | None
    docroot: Fact[str] | None

    def requires(self, *names: str) -> Evidence | None:
        """Return the line of the first of these packages that the project requires."""
        table = self.manifest.table("require") if self.manifest else {}
        return next((self.manifest.at("require", name) for name in names if self.manifest and name in table), None)

    @property
    def dependencies(self) -> Mapping[str, Evidence]:
        """Return the run-time requirements with their lines."""
        table = self.manifest.table("require") if self.manifest else {}
        return {name: self.manifest.at("require", name) for name in table if self.manifest}

    def locked(self, name: str) -> str | None:
        """Return the version of a package in the lock file."""
        hit = re.search(rf'"name": "{re.escape(name)}",\s*"version": "v?([^"]+)"', self.lock or "")
        return hit[1] if hit else None

    def extensions(self) -> dict[str, Evidence]:
        """Return the extensions that the project and its locked packages ask for and that PHP does not have built in."""
        found: dict[str, Evidence] = {}
        for name, line in self.dependencies.items():
            _extension(found, name, line)
        for hit in find_all(self.folder.path("composer.lock"), self.lock or "", r'^\s*"(ext-[\w-]+)": "'):
            _extension(found, hit.match[1], hit.evidence)
        return found


def project(folder: Folder) -> Php | None:
    """Return the PHP project in this folder: a composer.json, or an index.php without one."""
    manifest = folder.json("composer.json")
    served = _docroot(folder, manifest)
    if manifest is None and (served is None or not folder.has(f"{served.value}/index.php" if served.value else "index.php")):
        return None
    lock = folder.tree.read(folder.path("composer.lock"), 6_000_000)
    return Php(folder, manifest, lock.partition('"packages-dev":')[0] if lock else None, served)


def framework(php: Php) -> Fact[str] | None:
    """Return the framework the project requires."""
    for name, packages in FRAMEWORKS:
        line = php.requires(*packages)
        if line:
            return Fact(name, Basis.DECLARED, (line,))
    if php.folder.has("wp-config-sample.php", "wp-load.php", "wp-settings.php"):
        return Fact("wordpress", Basis.CODE, (Evidence(php.folder.path("wp-settings.php")),))
    return None


def runtime(php: Php) -> Fact[str]:
    """Return the newest settled release that the manifest (and the framework's own age) permits."""
    for fact in (version_file(php.folder, ".php-version"), tool_version(php.folder, "php")):
        if fact and len(numbers(fact.value)) > 1:
            return Fact(".".join(map(str, numbers(fact.value)[:2])), Basis.DECLARED, fact.evidence)
    constraint = php.manifest.text_at("require", "php") or php.manifest.text_at("require", "php-64bit") if php.manifest else None
    if php.manifest and constraint:
        line = php.manifest.at("require", "php")
        ceiling = _ceiling(php)
        known = [release for release in KNOWN if ceiling is None or numbers(release) <= numbers(ceiling)]
        release = newest(constraint, known) or newest(constraint, KNOWN)
        if release:
            whose = "Laravel's own age allows within" if ceiling else "is settled and permitted by"
            note = f"the newest release that {whose} {constraint}"
            return Fact(release, Basis.DECLARED, (line,), note)
    platform = php.manifest.text_at("config", "platform", "php") if php.manifest else None
    if php.manifest and platform and len(numbers(platform)) > 1:
        return Fact(".".join(map(str, numbers(platform)[:2])), Basis.DECLARED, (php.manifest.at("config", "platform", "php"),))
    return default(DEFAULT_VERSION, "no file names a PHP release; the newest settled one is used")


def health(php: Php, files: Sequence[code.Source]) -> Fact[str] | None:
    """Return the health path that the bootstrap or a route registers."""
    found = php.folder.find("bootstrap/app.php", r"\bhealth:\s*['\"](/[\w/-]+)['\"]")
    if found:
        return Fact(found.value, Basis.CODE, (found.evidence,))
    routes = [source for source in files if not source.path.endswith("routes/api.php")]
    return health_route(routes, HEALTH_ROUTE, block=HEALTH_BLOCK)


def stated_port(php: Php) -> Fact[int] | None:
    """Return the port that a composer script or the settings of an application server bind."""
    name = php.folder.path("composer.json")
    text = php.folder.read("composer.json") or ""
    for hit in find_all(name, text, r"-S[ \"',]+[\w.]+:(\d{2,5})|artisan serve[^\n\"]*--port[= ](\d{2,5})"):
        return sockets.port_of(hit, Basis.DECLARED)
    for place in (".rr.yaml", ".rr.yml", "config/roadrunner/.rr.yml", "config/roadrunner/.rr.yaml"):
        found = php.folder.find(place, r"^http:\n(?:[ \t]+[^\n]*\n)*?[ \t]+address:[ \t]*[\"']?[\w.$-]*:(?:\$\{PORT:-)?(\d{2,5})")
        if found:
            return sockets.port_of(found, Basis.DECLARED)
    return None


def _ceiling(php: Php) -> str | None:
    version = php.locked("laravel/framework")
    if version is None and php.manifest:
        version = php.manifest.text_at("require", "laravel/framework")
        hit = re.search(r"(\d+)", version or "")
        version = hit[1] if hit else None
    first = numbers(version or "")[:1]
    return _LARAVEL_NEWEST.get(first[0]) if first else None


def _docroot(folder: Folder, manifest: Document | None) -> Fact[str] | None:
    web = folder.find("Procfile", r"^web:.*heroku-php-\w+\s+(?:-\w\s+\S+\s+)*([\w./-]+)\s*$")
    if web:
        return Fact(web.value.strip("/"), Basis.DECLARED, (web.evidence,))
    for place in DOCROOTS:
        if folder.has(f"{place}/index.php"):
            return Fact(place, Basis.CODE, (Evidence(folder.path(f"{place}/index.php")),))
    if folder.has("index.php"):
        return Fact("", Basis.CODE, (Evidence(folder.path("index.php")),))
    if manifest and any(name in manifest.table("require") for name in ("drupal/core-recommended", "drupal/core", "roots/wordpress")):
        return Fact("web", Basis.CONVENTION, (manifest.at("require"),), "the package builder puts the site there")
    return None


def _extension(found: dict[str, Evidence], name: str, line: Evidence) -> None:
    extension = name.removeprefix("ext-").lower().replace("-", "_") if name.startswith("ext-") else ""
    if extension and extension not in BUILT_IN.split() and extension in _INSTALLABLE.split():
        found.setdefault(extension, line)


def laravel_database(php: Php) -> Fact[str] | None:
    """Return the database server that a Laravel application is set up for: its example settings, else its configuration's default."""
    names = {"mysql": "mysql", "mariadb": "mariadb", "pgsql": "postgres", "sqlsrv": "mssql"}
    chosen = php.folder.find(".env.example", r"^DB_CONNECTION=[\"']?(\w+)")
    asks = php.folder.find(".env.example", r"^DB_(?:HOST|DATABASE)=\S")
    coded = r"env\(\s*['\"]DB_CONNECTION['\"]\s*,\s*['\"](\w+)['\"]|^\s*['\"]default['\"]\s*=>\s*['\"](\w+)['\"]"
    if chosen is None and asks:
        chosen = php.folder.find("config/database.php", coded) or php.folder.find("app/Config/database.php", coded)
    service = names.get(chosen.value) if chosen else None
    return Fact(service, Basis.DECLARED, (chosen.evidence,)) if chosen and service else None


def franken(release: str) -> bool:
    """Tell whether FrankenPHP has an image with this PHP release; Apache serves where it has none."""
    return numbers(release) >= (8, 2)
