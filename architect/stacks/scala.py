"""Scala: applications that sbt builds, Play among them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from architect import bases, code, sockets
from architect.code import Source
from architect.commands import env_examples, merged
from architect.ecosystems import jvm, sbt
from architect.ecosystems.sbt import Sbt
from architect.finishing import finished
from architect.flat import number
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder, find_all
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.stacks.java.planning import java_options, jdk, jre
from architect.stacks.java.program import APP
from architect.tree import Tree
from architect.versions import numbers

PACKAGER = "1.11.1"
CACHES = ("/root/.sbt", "/root/.cache/coursier", "/root/.ivy2/cache")
FRAMEWORKS = (
    ("zio-http", r"dev\.zio:zio-http|io\.d11:zhttp"),
    ("http4s", r"org\.http4s:http4s-"),
    ("akka-http", r"com\.typesafe\.akka:akka-http"),
    ("pekko-http", r"org\.apache\.pekko:pekko-http"),
    ("finatra", r"com\.twitter:finatra"),
    ("finch", r"com\.github\.finagle:finch"),
    ("cask", r"com\.lihaoyi:cask"),
    ("scalatra", r"org\.scalatra:scalatra"),
    ("tapir", r"com\.softwaremill\.sttp\.tapir:"),
)
_ROUTE = r"(?:Method\.GET\s*/\s*|path\(\s*|GET\s*(?:->\s*)?(?:Root\s*/\s*)?|@cask\.get\(\s*|\.in\(\s*|get\(\s*)$"
_OTHER_PORTS = re.compile(r"(?i)https|ssl|tls|remote|cluster|management|seed|canonical|client|db|redis|kafka|cassandra")


class Scala:
    """An sbt build with a program."""

    id = "scala"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the project that runs; a build of libraries is a library."""
        folder = Folder(tree, root)
        build = sbt.build(folder)
        return _component(self.id, folder, build) if build else None

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Pack with sbt, run on a JRE."""
        return _plan(component, style)


def _component(stack: str, folder: Folder, build: Sbt) -> Component:
    base = f"{build.place}/" if build.place else ""
    names = [
        name for pattern in ("*.scala", "*.java") for name in folder.files(pattern) if name.startswith((f"{base}src/main/", f"{base}app/"))
    ]
    names.sort(key=lambda name: (code.telling(name), name.count("/"), name))
    files = code.sources(folder, names)
    language = Fact("scala", Basis.DECLARED, (Evidence(build.path),))
    play = build.play
    main = code.first(files, sbt.MAIN)
    if not (play or main or build.main):
        return Component(name=folder.label, stack=stack, root=folder.root, role=Role.LIBRARY, language=language)
    dependencies = build.dependencies()
    framework = _framework(play, dependencies)
    inner = Folder(folder.tree, folder.path(build.place) if build.place else folder.root)
    port = _port(inner, files, play, framework)
    proof = (main.evidence if main else play or Evidence(build.path),)
    jar = build.packs == "assembly" and not play
    start = ("java", "-jar", APP) if jar else (f"/app/bin/{build.name}", *(_play_options(port) if play else ()))
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.WORKER if framework else Role.JOB,
        language=language,
        framework=framework,
        runtime=_runtime(folder, build),
        package_manager=Fact("sbt", Basis.DECLARED, (Evidence(build.path),)),
        build=Fact("sbt assembly" if jar else "sbt stage", Basis.DECLARED, (Evidence(build.path),)),
        start=Fact(start, Basis.CODE, proof, "what packaging makes"),
        port=port,
        health=_health(inner, files) if port else None,
        services=needed("maven", dependencies, folder.tree, folder.root),
        variables=merged(code.variables(files, *jvm.VARIABLES), _placeholders(inner), env_examples(folder)),
        details={
            "jar": jar,
            "place": build.place,
            "project": build.project if build.place else "",
            "inject": build.packs == "none",
            "enable": not jar and not build.enabled,
            "sbt": build.release.value,
            "name": build.name,
        },
    )


def _framework(play: Evidence | None, dependencies: Mapping[str, Evidence]) -> Fact[str] | None:
    if play:
        return Fact("play", Basis.DECLARED, (play,))
    for name, pattern in FRAMEWORKS:
        for key, line in dependencies.items():
            if re.match(pattern, key):
                return Fact(name, Basis.DECLARED, (line,))
    return None


def _placeholders(folder: Folder) -> tuple[code.Variable, ...]:
    files = code.sources(folder, [name for name in ("src/main/resources/application.conf", "conf/application.conf") if folder.has(name)])
    return code.variables(files, r"\$\{\??(?P<name>[A-Z][A-Z0-9_]+)\}")


def _play_options(port: Fact[int] | None) -> tuple[str, ...]:
    return (f"-Dhttp.port={port.value if port else 9000}", "-Dpidfile.path=/dev/null")


def _port(folder: Folder, files: Sequence[Source], play: Evidence | None, framework: Fact[str] | None) -> Fact[int] | None:
    settings = jvm.settings(folder)
    found = number(settings, *(jvm.PORT_KEYS["play"] if play else ()), *jvm.OTHER_PORT_KEYS)
    if found:
        return Fact(found[0], Basis.DECLARED, (found[1],))
    for key, setting in settings.items():
        if key.endswith(".port") and not _OTHER_PORTS.search(key):
            hit = number({key: setting}, key)
            if hit and hit[0] not in sockets.SERVICE_PORTS and hit[0] > 1023:
                return Fact(hit[0], Basis.DECLARED, (hit[1],))
    coded = sockets.stated(files, jvm.PORT_RULES, named=framework is not None)
    if coded:
        return coded
    if play:
        return Fact(9000, Basis.CONVENTION, (play,), "Play's own default")
    usual = 8888 if framework and framework.value == "finatra" else 8080
    return Fact(usual, Basis.CONVENTION, framework.evidence, "the usual port of such servers") if framework else None


def _health(folder: Folder, files: Sequence[Source]) -> Fact[str] | None:
    routes = folder.read("conf/routes")
    for hit in (
        find_all(folder.path("conf/routes"), routes, r"^GET\s+(/(?:[\w-]+/)?(?:healthz?|health-?check|ping|status|live\w*|ready\w*))\s")
        if routes
        else ()
    ):
        return Fact(hit.value, Basis.CODE, (hit.evidence,))
    slashed = [Source(source.path, re.sub(r"\"(health\w*|ping|live\w*|ready\w*)\"", r'"/\1"', source.text)) for source in files]
    found = health_route(slashed, _ROUTE)
    nested = code.first(files, r"pathPrefix\(|Router\(\s*\"/\w")
    return found if found and not nested else None


def _runtime(folder: Folder, build: Sbt) -> Fact[str]:
    scala = numbers(build.scala or "3")
    if scala < (2, 12):
        ceiling = 8
    elif (2, 12) <= scala < (2, 12, 15) or (2, 13) <= scala < (2, 13, 6):
        ceiling = 11
    elif (2, 12) <= scala < (2, 12, 18) or (2, 13) <= scala < (2, 13, 11):
        ceiling = 17
    else:
        ceiling = 21
    return jvm.runtime(folder, None, ceiling, None)


def _plan(component: Component, style: Style) -> ImagePlan:
    details = component.details
    version = component.runtime.value if component.runtime else "21"
    port = component.port.value if component.port else None
    image = jre(version, small=style is Style.LEAN and bool(details.get("jar")))
    steps: list[Step] = [Workdir("/app"), java_options()]
    if details.get("jar"):
        steps.append(Copy(("/out/app.jar",), APP, stage="build", why="the whole program in one file"))
    else:
        steps.append(Copy(("/out/lib/",), "/app/lib/", stage="build", why="libraries change less often than the rest"))
        steps.append(Copy(("/out",), "/app", stage="build", why="the start script and the configuration"))
    if port and port >= 1024 and any(variable.name == "PORT" for variable in component.variables):
        steps.append(Env("PORT", str(port), why="the port that is exposed"))
    return finished(
        component,
        (_build(component, style, version), Stage("runtime", image, tuple(steps))),
        bases.health_command(image, component),
        start=(f"/app/bin/{details.get('name', 'app')}",),
        start_period=30,
        writable=("/tmp",),  # noqa: S108
        why_start="the start script ends in exec java, so java is PID 1 and gets the signals",
    )


def _build(component: Component, style: Style, version: str) -> Stage:
    details = component.details
    cached = style is Style.CACHED
    caches = CACHES if cached else ()
    release = details.get("sbt") or sbt.DEFAULT_SBT
    image = (
        Image(f"eclipse-temurin:{version}-jdk-jammy", Family.DEBIAN, why="the compiler")
        if numbers(version) < (25,)
        else jdk(version, Style.CACHED)
    )
    archive = f"https://github.com/sbt/sbt/releases/download/v{release}/sbt-{release}.tgz"
    steps: list[Step] = [
        Workdir("/src"),
        Packages(("ca-certificates", "curl"), why="fetching sbt"),
        Run(
            f"curl -fsSL -o /tmp/sbt.tgz {archive} && tar -xzf /tmp/sbt.tgz -C /opt && rm /tmp/sbt.tgz",
            why="the release that project/build.properties names",
        ),
        Env("PATH", "/opt/sbt/bin:$PATH", why="sbt on the path"),
        Copy(("project",), "./project/", why="dependencies change less often than code"),
        Copy(("build.sbt",), "./", why="dependencies change less often than code"),
    ]
    added = []
    if details.get("inject"):
        added.append(f'echo \'addSbtPlugin("com.github.sbt" % "sbt-native-packager" % "{PACKAGER}")\' > project/packager.sbt')
    if details.get("enable") and not details.get("place"):
        added.append("echo 'enablePlugins(JavaAppPackaging)' > packager.sbt")
    elif details.get("enable"):
        added.append(f"mkdir -p {details['place']} && echo 'enablePlugins(JavaAppPackaging)' > {details['place']}/packager.sbt")
    if added:
        steps.append(Run(" && ".join(added), why="the build does not turn on what packs a program with its libraries; the image does"))
    steps.append(Run("sbt update", caches=caches, why="a layer of its own, reused until the build's definition changes"))
    steps.append(Copy((".",), "./", why="the source code"))
    scope = f"{details['project']}/" if details.get("project") else ""
    place = f"{details['place']}/" if details.get("place") else ""
    if details.get("jar"):
        command = f"sbt {scope}assembly && mkdir -p /out && find {place}target -name '*assembly*.jar' -exec cp {{}} /out/app.jar \\;"
    else:
        command = f"sbt {scope}stage && mkdir -p /out && cp -r {place}target/universal/stage/. /out/"
    steps.append(
        Run(
            command,
            caches=caches,
            why="the program, its libraries and its start script",
            evidence=component.build.evidence if component.build else (),
        )
    )
    return Stage("build", image, tuple(steps))
