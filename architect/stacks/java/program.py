"""What a JVM program is, whichever tool builds it: sources, framework, port, health, services, release."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from architect import code
from architect.code import Source
from architect.commands import env_examples, is_secret, merged
from architect.ecosystems import jvm
from architect.flat import Setting
from architect.profile import Basis, Component, Evidence, Fact, Role, Variable
from architect.reading import Folder
from architect.routes import health_route
from architect.services import needed
from architect.stacks.java import dropwizard
from architect.versions import numbers

APP = "/app/app.jar"
JAR_START = ("java", "-jar", APP)
_LOCAL_DATABASES = re.compile(r":(h2|hsqldb|derby|sqlite-jdbc|quarkus-jdbc-h2)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What the two build tools find out in their own ways, before the common facts are added."""

    tool: Fact[str]
    dependencies: Mapping[str, Evidence]
    boot: tuple[str, Evidence] | None = None
    stated_java: Fact[str] | None = None
    ceiling: int = 25
    kotlin: str | None = None
    kind: str = "fat"
    main: str | None = None
    start: Fact[tuple[str, ...]] | None = None
    context: str | None = None
    build: Fact[str] | None = None
    exposed: Fact[int] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def sources(folder: Folder) -> tuple[Source, ...]:
    """Return the program's own code, files that promise a start or settings first."""
    names = [name for pattern in ("*.java", "*.kt", "*.groovy") for name in folder.files(pattern)]
    names = [
        name
        for name in names
        if not re.search(r"(^|/)(test|androidTest|integrationTest|jmh|testFixtures|it)/", name.partition("src/")[2] or name)
    ]
    own = [name for name in names if name.startswith(("src/", "app/", "core/")) or "/" not in name]
    own.sort(key=lambda name: (code.telling(name), name.count("/"), name))
    return code.sources(folder, own)


def component(stack: str, folder: Folder, program: Program, files: Sequence[Source]) -> Component:
    """Return the component of a program that was found."""
    found = jvm.framework(program.dependencies)
    label, framework_port = (found[0], found[1]) if found else (None, None)
    if program.boot and (label is None or (label.value != "spring-boot" and code.first(files, r"org\.springframework\.boot"))):
        label, framework_port = Fact("spring-boot", Basis.DECLARED, (program.boot[1],)), 8080
    name = label.value if label else None
    settings: Mapping[str, Setting] = jvm.settings(folder)
    own = dropwizard.settings(folder) if name == "dropwizard" else None
    if own:
        settings = {**settings, **own[1]}
    start = program.start or Fact(JAR_START, Basis.CONVENTION, program.tool.evidence, "the jar the build makes")
    if name == "dropwizard":
        words = ("server", f"/app/{own[0].rpartition('/')[2]}") if own else ("server",)
        proof = (own[2],) if own else label.evidence if label else ()
        start = Fact(
            (*start.value, *words), start.basis, (*proof, *start.evidence), "Dropwizard starts a server by this word and its settings"
        )
    elsewhere = jvm.configured_elsewhere(folder, settings) if name == "spring-boot" else {}
    serves = _serves(name, program, settings, files)
    port = jvm.port(folder, files, name, settings, elsewhere) or program.exposed if serves else None
    turbine = next((line for dependency, line in program.dependencies.items() if dependency.endswith("-turbine-stream")), None)
    if port is None and turbine:
        port = Fact(8989, Basis.CONVENTION, (turbine,), "the default of a Turbine stream server")
    if port is None and serves and framework_port and label:
        web = next((line for dependency, line in program.dependencies.items() if re.search(jvm.SPRING_WEB, dependency)), None)
        port = Fact(framework_port, Basis.CONVENTION, (web,) if web else label.evidence, f"the default of {name}")
    if program.kind == "war":
        port = Fact(8080, Basis.CONVENTION, program.start.evidence if program.start else (), "Tomcat's own default")
    health = _health(name, program, settings, elsewhere, files) if port else None
    glibc = next((line for dependency, line in program.dependencies.items() if jvm.GLIBC.search(dependency)), None)
    language = _language(folder, files)
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.WORKER if label else Role.JOB,
        language=language,
        framework=label,
        runtime=_runtime(folder, program),
        package_manager=program.tool,
        lockfile=folder.has("gradle.lockfile"),
        build=program.build,
        start=start,
        port=port,
        health=health,
        services=_services(folder, program),
        variables=merged(_placeholders(settings, elsewhere), code.variables(files, *jvm.VARIABLES), env_examples(folder)),
        context=program.context,
        details={
            **program.details,
            "kind": program.kind,
            "main": program.main,
            "glibc": glibc,
            "layers": bool(program.boot and numbers(program.boot[0]) >= (3, 3) and program.kind == "fat"),
            "tool": program.tool.value,
            "sets_port": _sets_port(port, settings),
            "settings": own[0] if own else None,
        },
    )


def _serves(label: str | None, program: Program, settings: Mapping[str, Setting], files: Sequence[Source]) -> bool:
    if label != "spring-boot":
        return True
    kind = settings.get("spring.main.web-application-type")
    if kind and kind.resolved == "none":
        return False
    if any(re.search(jvm.SPRING_WEB, dependency) for dependency in program.dependencies) or "server.port" in settings:
        return True
    return code.first(files, r"^\s*@(?:Rest)?Controller\b|\bRouterFunction<") is not None


def _health(
    label: str | None, program: Program, own: Mapping[str, Setting], elsewhere: Mapping[str, Setting], files: Sequence[Source]
) -> Fact[str] | None:
    """Return the health path of an endpoint that is installed (or coded) and answers without signing in."""
    guarded = any(
        re.search(r"spring-boot-starter-(security|oauth2)|spring-cloud-starter-(security|oauth2)|okta-spring", name)
        for name in program.dependencies
    )
    opened = code.first(
        files, r"[\"'/](?:actuator|health)[\w/*]*[\"'].{0,200}?permitAll|EndpointRequest\.to\w*\(.{0,80}?\)\s*\)?\.permitAll"
    )
    prefix = jvm.context_path(label, own, elsewhere)
    actuator = _dependency(
        program,
        r"spring-boot-starter-actuator|spring-cloud-starter-netflix-eureka-server|spring-cloud-config-server|spring-cloud-starter-gateway|spring-boot-admin-starter-server",
    )
    if label == "spring-boot" and actuator and "management.server.port" not in own and (not guarded or opened):
        first = numbers(program.boot[0])[:1] if program.boot else (3,)
        base = own.get("management.endpoints.web.base-path") or elsewhere.get("management.endpoints.web.base-path")
        path = "/health" if first < (2,) else f"{base.resolved.rstrip('/') if base else '/actuator'}/health"
        return Fact(
            prefix + path, Basis.DECLARED, (actuator, *((base.evidence,) if base else ())), "the actuator is among the dependencies"
        )
    simple = dropwizard.health(own) if label == "dropwizard" else None
    if simple:
        return Fact(simple[0], Basis.DECLARED, (simple[1],), "the simple server's own health checks")
    quarkus = _dependency(program, r"quarkus-smallrye-health")
    if quarkus:
        root = own.get("quarkus.http.root-path")
        at = own.get("quarkus.smallrye-health.root-path")
        path = at.resolved if at and at.resolved.startswith("/") else f"/q/{at.resolved if at else 'health'}"
        return Fact((root.resolved.rstrip("/") if root else "") + path, Basis.DECLARED, (quarkus,))
    micronaut = _dependency(program, r"micronaut-management")
    if micronaut:
        base = own.get("endpoints.all.path")
        return Fact((base.resolved.rstrip("/") if base else "") + "/health", Basis.DECLARED, (micronaut,))
    helidon = _dependency(program, r"helidon-(health|microprofile|observe-health)")
    if helidon:
        return Fact("/observe/health" if "observe" in helidon.excerpt else "/health", Basis.DECLARED, (helidon,))
    if label == "spring-boot" and guarded and not opened:
        return None
    coded = health_route(_plain_controllers(files), jvm.HEALTH_ROUTE, block=jvm.HEALTH_BLOCK)
    return Fact(prefix + coded.value, coded.basis, coded.evidence) if coded else None


def _plain_controllers(files: Sequence[Source]) -> list[Source]:
    """Leave out controllers whose class has a path of its own: their routes lie below it."""
    return [
        source
        for source in files
        if not re.search(
            r"@(?:RequestMapping|Path|Controller)\(\s*(?:value\s*=\s*|path\s*=\s*)?[\"{].*?\)\s*(?:@|public|class|open|final|internal)",
            source.text,
            re.S,
        )
    ]


def _dependency(program: Program, pattern: str) -> Evidence | None:
    return next((line for name, line in program.dependencies.items() if re.search(rf":(?:{pattern})$", name)), None)


def _language(folder: Folder, files: Sequence[Source]) -> Fact[str]:
    counts = {
        "kotlin": sum(source.path.endswith(".kt") for source in files),
        "groovy": sum(source.path.endswith(".groovy") for source in files),
    }
    java = [source for source in files if source.path.endswith(".java")]
    best = max(counts, key=lambda name: counts[name])
    if counts[best] > len(java):
        ending = {"kotlin": ".kt", "groovy": ".groovy"}[best]
        return Fact(best, Basis.CODE, (Evidence(next(source.path for source in files if source.path.endswith(ending))),))
    return Fact("java", Basis.CODE, (Evidence(java[0].path),)) if java else Fact("java", Basis.CONVENTION, (), "built by a tool of the JVM")


def _runtime(folder: Folder, program: Program) -> Fact[str]:
    floor = None
    if program.boot:
        first = numbers(program.boot[0])
        if first >= (3,):
            floor = (17, f"Spring Boot {first[0]} needs Java 17", program.boot[1])
        elif first and program.tool.value == "maven":
            floor = (8, f"Spring Boot {first[0]} compiles for Java 8 unless told otherwise", program.boot[1])
    ceiling = min(program.ceiling, jvm.newest_for_kotlin(program.kotlin))
    return jvm.runtime(folder, program.stated_java, ceiling, floor)


def _services(folder: Folder, program: Program) -> tuple[Fact[str], ...]:
    found = needed("maven", program.dependencies, folder.tree, folder.root)
    if any(name.endswith(":spring-cloud-config-server") for name in program.dependencies):
        # A configuration server carries the settings of other applications: only its own count.
        own = re.compile(r"/(application|bootstrap)[\w-]*\.(ya?ml|properties)$|pom\.xml$|\.gradle(\.kts)?$")
        shared = re.compile(r"/(shared|config\w*|repo)/")
        found = tuple(fact for fact in found if any(own.search(line.path) and not shared.search(line.path) for line in fact.evidence))
    relational = [fact for fact in found if fact.value in ("postgres", "mysql", "mariadb", "mssql", "oracle")]
    local = next((line for name, line in program.dependencies.items() if _LOCAL_DATABASES.search(name)), None)
    if local and len(relational) > 1:
        # Drivers of several servers beside an embedded database: the embedded one is what runs by default.
        return tuple(fact for fact in found if fact not in relational)
    return found


def _placeholders(*layers: Mapping[str, Setting]) -> tuple[Variable, ...]:
    found: dict[str, Variable] = {}
    for layer in layers:
        for setting in layer.values():
            for name, default in setting.variables:
                secret = is_secret(name)
                line = Evidence(setting.evidence.path, setting.evidence.line, name if secret else setting.evidence.excerpt)
                found.setdefault(name, Variable(name, None if secret else default, secret, (line,)))
    return tuple(found.values())


def _sets_port(port: Fact[int] | None, settings: Mapping[str, Setting]) -> str | None:
    """Return the variable from which the settings take the port without a default of their own."""
    if port is None or port.firm:
        return None
    named = jvm.READS_PORT.search(port.evidence[0].excerpt) if port.evidence else None
    if named:
        return named[1]
    for key in ("server.port", "ktor.deployment.port", "quarkus.http.port", "micronaut.server.port"):
        setting = settings.get(key)
        if setting and setting.variables and not setting.resolved:
            return setting.variables[0][0]
    return None
