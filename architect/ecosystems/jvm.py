"""The JVM: releases that images exist for, frameworks and their settings, how JVM code states ports and routes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from architect import code, sockets
from architect.code import Source
from architect.flat import Setting, flatten, number
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find_all
from architect.sockets import PortRule
from architect.versions import numbers, tool_version, version_file, workflow_versions

LTS = (8, 11, 17, 21, 25)
DEFAULT = 21
RESOURCES = ("src/main/resources", "src/main/resources/config", "src/main/resources/conf", "config", "conf", "")
FRAMEWORKS = (
    ("spring-boot", r"org\.springframework\.boot:", 8080),
    ("quarkus", r"io\.quarkus(\.platform)?:", 8080),
    ("micronaut", r"io\.micronaut(\.[\w.]+)?:micronaut-(http-server|inject|runtime|core)", 8080),
    ("ktor", r"io\.ktor:ktor-server-", 8080),
    ("helidon", r"io\.helidon", 8080),
    ("dropwizard", r"io\.dropwizard:dropwizard-core", 8080),
    ("vert.x", r"io\.vertx:vertx-(core|web)", None),
    ("javalin", r"io\.javalin:javalin", 8080),
    ("spark", r"com\.sparkjava:spark-core|com\.sparkjava:spark-kotlin", 4567),
    ("http4k", r"org\.http4k:", None),
    ("jooby", r"io\.jooby:", 8080),
    ("ratpack", r"io\.ratpack:", 5050),
    ("armeria", r"com\.linecorp\.armeria:", None),
    ("play", r"(com\.typesafe\.play|org\.playframework):", 9000),
    ("grpc", r"io\.grpc:grpc-netty", None),
    ("jetty", r"org\.eclipse\.jetty:jetty-server", None),
)
SPRING_WEB = (
    r"spring-boot-starter-(web|webmvc|webflux|jersey|data-rest|graphql|web-services|hateoas|thymeleaf|tomcat|jetty|undertow)$"
    r"|spring-cloud-starter-(gateway|netflix-(eureka-server|zuul|hystrix-dashboard|turbine))|spring-cloud-(config-server|gateway|netflix-eureka-server)"
    r"|spring-cloud-starter-netflix-turbine-stream|spring-boot-admin-starter-server|springdoc-openapi|graphql-dgs|spring-ai-starter-mcp-server-web"
    r"|camel-servlet-starter|vaadin-spring-boot-starter|cxf-spring-boot-starter"
)
GLIBC = re.compile(
    r"netty-tcnative|rocksdbjni|kafka-streams|onnxruntime|tensorflow|djl|snappy-java|zstd-jni|sqlite-jdbc|jep$|javacpp|opencv|playwright"
)
PORT_KEYS: Mapping[str, tuple[str, ...]] = {
    "spring-boot": ("server.port",),
    "quarkus": ("%prod.quarkus.http.port", "quarkus.http.port"),
    "micronaut": ("micronaut.server.port",),
    "ktor": ("ktor.deployment.port",),
    "helidon": ("server.port",),
    "dropwizard": ("server.applicationconnectors.port", "server.connector.port", "server.port"),
    "play": ("play.server.http.port", "http.port"),
}
OTHER_PORT_KEYS = (
    "server.port",
    "http.port",
    "app.port",
    "port",
    "http.server.port",
    "server.http.port",
    "app.server.port",
    "api.port",
    "web.port",
    "http-server.port",
    "service.port",
    "application.port",
    "httpport",
    "serverport",
    "server_port",
    "http_port",
    "akka.http.server.default-http-port",
)
_NAME = r"(?i:(?:default|http|server|app|web|api|listen|service)?[_-]?(?:http)?_?port)"
PORT_RULES: tuple[PortRule, ...] = tuple(
    PortRule(re.compile(pattern), bound=bound)
    for bound, pattern in (
        (False, r"\"(?:\w+_)?PORT\"[^;\n]{0,80}?[\"( ,:](\d{2,5})\b"),
        (False, r"\bserver\.port[\"']?\s*[,=)]+\s*[\"']?(\d{2,5})"),
        (True, r"embeddedServer\s*\([^)]{0,120}?port\s*=\s*(\d{2,5})"),
        (True, r"embeddedServer\s*\(\s*\w+\s*,\s*(\d{2,5})"),
        (True, r"\b(?:forPort|withPort|setPort|listenPort|defaultWithPort|httpPort|bindPort)\s*\(\s*(?:port)?\"?(\d{2,5})\"?"),
        (True, r"\b(?:Jetty|Netty|Undertow|SunHttp|ApacheServer|KtorNetty|Http4kServer|asServer)\w*\s*\(\s*(?:\w+\()?(\d{2,5})"),
        (True, r"\.(?:start|listen|port|http)\s*\(\s*(\d{4,5})\b"),
        (True, r"(?:^|[\s{(])port\s*\(\s*(\d{2,5})\s*\)"),
        (True, r"\bInetSocketAddress\s*\(\s*(?:\"[^\"]*\"\s*,\s*)?(\d{2,5})"),
        (True, r"\bnew\s+(?:Server|ServerSocket|HttpServer)\s*\(\s*(\d{2,5})"),
        (True, r"(?:newServerAt|bindAndHandle|bindHttp)\s*\([^)\n]*?[,(]\s*(\d{2,5})"),
        (True, r"\bport\"(\d{2,5})\""),
        (False, rf"\b{_NAME}\b\s*(?::\s*\w+\s*)?=\s*(?:Some\(|Integer\.valueOf\()?\"?(\d{{2,5}})\b"),
        (False, rf"\b{_NAME}\b[^;\n]{{0,60}}?(?:getOrElse|orElse|\?:)\s*\(?\s*\"?(\d{{2,5}})"),
    )
)
VARIABLES = (
    r"System\.getenv\(\)?\.?(?:get|getOrDefault|\[)?\(?\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"(?:\s*,\s*\"(?P<default>[^\"]*)\")?",
    r"(?:sys\.env|System\.env|Env|dotenv|env)(?:\.(?:get|getOrElse|orNull|apply))?\s*[(\[]\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"(?:\s*,\s*\"(?P<default>[^\"]*)\")?",
)
HEALTH_ROUTE = (
    r"(?:@(?:Get|Request)Mapping\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*|@(?:Path|Get)\(\s*"
    r"|(?:^|[\s.{(])(?:get|route|path|GET)\s*\(\s*|bind\s+|GET\s+)$"
)
HEALTH_BLOCK = r"\b(?:route|path|pathPrefix)\s*\(\s*\"(?P<path>/?[\w/-]*)\"\s*(?:,\s*\(\)\s*->)?\s*\)?\s*\{"
LISTENS = (
    r"\bServerBuilder\b|\.forPort\(|HttpServer\.create|\bServerSocket(?:Channel)?\b|embeddedServer\(|\b(?:Web|Http|Undertow|Netty)\w*Server\b"
    r"|ServerBootstrap|\bHttpConfig\(|\b[hH]ttpServer\b|\bnew\s+\w*(?:Server|SERVER)\b|\bserver\s*[.=]"
)
READS_PORT = re.compile(r"getenv\(\)?\.?\w*\(?\s*\"((?!\w*(?:PROMETHEUS|METRICS|DB|REDIS|SMTP|ADMIN))(?:\w+_)?PORT)\"")
MAIN = re.compile(
    r"public\s+static\s+void\s+main\s*\(|^\s*(?:suspend\s+)?fun\s+main\s*\(|static\s+void\s+main\(String|void\s+main\s*\(\s*\)\s*\{", re.M
)


def release(text: str) -> int | None:
    """Return the feature release a version text means: `1.8` is 8, `temurin-21.0.2` is 21."""
    hit = re.search(r"(?<![\d.])(?:1\.)?(\d{1,2})(?![\d])", text)
    return int(hit[1]) if hit and 5 <= int(hit[1]) <= 40 else None


def supported(number_: int) -> str:
    """Return the first release with long support that can run code for this one."""
    return str(next((known for known in LTS if known >= number_), LTS[-1]))


def pinned(folder: Folder) -> Fact[str] | None:
    """Return the Java release that a version file of the repository names."""
    for place in folder.upwards():
        for name, pattern in ((".sdkmanrc", r"^java=([\d.]+)"), ("system.properties", r"^java\.runtime\.version=([\d.]+)")):
            found = place.find(name, pattern)
            if found:
                return Fact(found.value, Basis.DECLARED, (found.evidence,))
    return version_file(folder, ".java-version") or tool_version(folder, "java")


def runtime(folder: Folder, stated: Fact[str] | None, ceiling: int, floor: tuple[int, str, Evidence | None] | None) -> Fact[str]:
    """Settle the Java release: version files, then the build, then the framework's own default, then CI, then the newest that fits.

    `ceiling` is the newest release the build tool can run on; `floor` a release the framework compiles for, with a note.
    """
    for fact in (pinned(folder), stated):
        known = release(fact.value) if fact else None
        if fact and known:
            text = supported(known)
            note = fact.note if text == str(known) else f"Java {known} has no maintained image; {text} runs its code"
            return Fact(text, fact.basis, fact.evidence, note)
    tested = [(known, fact) for fact in workflow_versions(folder, "java-version") if (known := release(fact.value))]
    if tested:
        known, fact = max(tested, key=lambda item: item[0])
        known = min(known, ceiling)
        return Fact(supported(known), Basis.DECLARED, fact.evidence, "the repository's CI builds with it")
    if floor:
        return Fact(supported(floor[0]), Basis.CONVENTION, (floor[2],) if floor[2] else (), floor[1])
    best = max((known for known in LTS if known <= min(ceiling, DEFAULT)), default=LTS[0])
    return Fact(str(best), Basis.DEFAULT, (), "no file names a Java release; the newest long-term one that the build tool supports is used")


def framework(dependencies: Mapping[str, Evidence]) -> tuple[Fact[str], int | None] | None:
    """Return the framework among the dependencies and its default port."""
    for name, pattern, port in FRAMEWORKS:
        line = next((line for dependency, line in dependencies.items() if re.match(pattern, dependency)), None)
        if line:
            return Fact(name, Basis.DECLARED, (line,)), port
    return None


def settings(folder: Folder) -> dict[str, Setting]:
    """Return the application's settings: those of the active profile before the plain ones before bootstrap's."""
    found: dict[str, Setting] = {}
    plain = list(_named(folder, "application"))
    merged: dict[str, Setting] = {}
    for layer in plain:
        for key, setting in layer.items():
            merged.setdefault(key, setting)
    for profile in reversed(merged["spring.profiles.active"].resolved.split(",") if "spring.profiles.active" in merged else []):
        for layer in _named(folder, f"application-{profile.strip()}"):
            found.update({key: setting for key, setting in layer.items() if key not in found})
    for key, setting in merged.items():
        found.setdefault(key, setting)
    for name in ("bootstrap", "microprofile-config", "reference"):
        for layer in _named(folder, name, "META-INF/") if name == "microprofile-config" else _named(folder, name):
            for key, setting in layer.items():
                found.setdefault(key, setting)
    return found


def configured_elsewhere(folder: Folder, own: Mapping[str, Setting]) -> Mapping[str, Setting]:
    """Return what a configuration server of the same repository gives this application, by its name."""
    asks = any(key.startswith("spring.cloud.config") for key in own) or "configserver" in (
        own["spring.config.import"].value if "spring.config.import" in own else ""
    )
    name = own.get("spring.application.name")
    if not asks or name is None:
        return {}
    wanted = re.compile(
        rf"(?i)(^|/)(?:shared|config\w*|[\w-]*config[\w-]*|resources)/(?:[\w/-]+/)?{re.escape(name.resolved)}\.(?:ya?ml|properties)$"
    )
    for path in folder.tree.paths():
        if wanted.search(path) and "/test/" not in path:
            return flatten(path, folder.tree.read(path) or "")
    return {}


def port(
    folder: Folder, files: Sequence[Source], label: str | None, own: Mapping[str, Setting], elsewhere: Mapping[str, Setting]
) -> Fact[int] | None:
    """Return the port from settings, a configuration server, or code."""
    keys = PORT_KEYS.get(label or "", OTHER_PORT_KEYS)
    for source in (own, elsewhere, *([] if label in PORT_KEYS else _others(folder))):
        hit = number(source, *keys)
        if hit:
            return Fact(hit[0], Basis.DECLARED, (hit[1],))
    # Frameworks with settings of their own read the port there; a bare `port = ...` in their code is about something else.
    rules = PORT_RULES[:-2] if label in ("spring-boot", "quarkus", "micronaut") else PORT_RULES
    lines = sockets.numbered(files)
    found = sockets.port(lines, rules)
    if found is None and label not in PORT_KEYS:
        found = sockets.anywhere(lines, named=label is not None or code.first(files, LISTENS) is not None)
    if found or label in PORT_KEYS:
        return found
    listens = code.first(files, LISTENS)
    reads = code.first(files, READS_PORT) if listens else None
    if reads is None:
        return None
    return Fact(8080, Basis.CONVENTION, (reads.evidence,), "the port comes from the environment; the image sets it")


def context_path(label: str | None, own: Mapping[str, Setting], elsewhere: Mapping[str, Setting]) -> str:
    """Return the prefix under which a Spring application serves everything, "" for none."""
    if label != "spring-boot":
        return ""
    for source in (own, elsewhere):
        for key in (
            "server.servlet.context-path",
            "server.context-path",
            "server.servlet.contextpath",
            "spring.webflux.base-path",
            "server.contextpath",
        ):
            if key in source:
                return "/" + source[key].resolved.strip("/") if source[key].resolved.strip("/") else ""
    return ""


def on_javax(dependencies: Mapping[str, Evidence], files: Sequence[Source]) -> bool:
    """Tell whether a servlet application is written against the API from before its packages were renamed."""
    if any(re.match(r"javax\.servlet|javax:javaee", name) for name in dependencies):
        return True
    if any(name.startswith("jakarta.") for name in dependencies) or code.first(files, r"^import jakarta\.servlet\."):
        return False
    return code.first(files, r"^import javax\.(?:servlet|ws\.rs|faces|ejb)\.") is not None


def main_classes(files: Sequence[Source]) -> Iterator[tuple[str, Evidence]]:
    """Yield the classes with a main function and its line; a Kotlin file's is named after the file."""
    for source in files:
        for hit in find_all(source.path, source.text, MAIN):
            package = re.search(r"^\s*package\s+([\w.]+)", source.text, re.M)
            base = posixpath.basename(source.path)
            stem, _, ending = base.rpartition(".")
            named = re.search(r"@file:JvmName\(\"(\w+)\"\)", source.text)
            top_level = (
                ending == "kt" and re.match(r"(suspend\s+)?fun", hit.evidence.excerpt) and not re.search(r"^\s+", hit.match[0].lstrip("\n"))
            )
            name = named[1] if named else (stem[:1].upper() + stem[1:] + "Kt" if top_level else stem)
            yield (f"{package[1]}.{name}" if package else name), hit.evidence
            break


def newest_for_gradle(wrapper: str | None) -> int:
    """Return the newest Java release a Gradle release runs on."""
    version = numbers(wrapper or "8.14")
    for least, java in (((9, 1), 25), ((8, 5), 21), ((7, 3), 17), ((5, 0), 11)):
        if version >= least:
            return java
    return 8


def newest_for_kotlin(kotlin: str | None) -> int:
    """Return the newest Java release a Kotlin release compiles for."""
    version = numbers(kotlin or "")
    if not version:
        return LTS[-1]
    for least, java in (((2, 3), 25), ((1, 9, 20), 21), ((1, 6), 17), ((1, 3), 11)):
        if version >= least:
            return java
    return 8


def _others(folder: Folder) -> list[Mapping[str, Setting]]:
    """Return settings files of other names, which small frameworks and programs of their own read."""
    return [layer for stem in ("app", "server", "config", "conf") for layer in _named(folder, stem)]


def _named(folder: Folder, stem: str, sub: str = "") -> Iterator[Mapping[str, Setting]]:
    for place in RESOURCES:
        for ending in ("properties", "yml", "yaml", "conf"):
            name = f"{place}/{sub}{stem}.{ending}" if place else f"{sub}{stem}.{ending}"
            text = folder.read(name)
            if text:
                yield flatten(folder.path(name), text)
