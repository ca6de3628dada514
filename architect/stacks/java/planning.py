"""The image of a JVM program: a JDK builds, a JRE runs, the layers that change least come first."""

from __future__ import annotations

from architect import bases
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Component, Evidence
from architect.request import Style
from architect.stacks.java.program import APP, JAR_START
from architect.versions import numbers

MAVEN_CACHE = "/root/.m2"
GRADLE_HOME = "/gradle"
_DISTROLESS = {"17", "21"}


def plan(component: Component, style: Style) -> ImagePlan:
    """Return the plan of a component that one of the two build tools makes."""
    details = component.details
    build = _maven(component, style) if details.get("tool") == "maven" else _gradle(component, style)
    final, more, health = _runtime(component, style)
    start = component.start.value if component.start else JAR_START
    return finished(
        component,
        (build, *more, final),
        health,
        start=JAR_START,
        why_start="java is PID 1 and gets the signals" if start[0] == "java" else "the start script ends in exec java",
        start_period=60 if component.framework and component.framework.value in ("spring-boot", "play") else 30,
        writable=("/tmp",),  # noqa: S108
    )


def _version(component: Component) -> str:
    return component.runtime.value if component.runtime else "21"


def jdk(version: str, style: Style) -> Image:
    """Return a JDK image of a release."""
    if style is Style.LEAN and numbers(version) >= (21,):
        return Image(f"eclipse-temurin:{version}-jdk-alpine-3.22", Family.ALPINE, why="the compiler, in a small image")
    return Image(f"eclipse-temurin:{version}-jdk-{_ubuntu(version)}", Family.DEBIAN, why="the compiler")


def jre(version: str, *, small: bool) -> Image:
    """Return a JRE image of a release; the small one is built on musl, which exists for every processor since Java 21."""
    if small and numbers(version) >= (21,):
        return Image(
            f"eclipse-temurin:{version}-jre-alpine-3.22", Family.ALPINE, probe="wget", why="a runtime without the compiler, on Alpine"
        )
    return Image(f"eclipse-temurin:{version}-jre-{_ubuntu(version)}", Family.DEBIAN, probe="bash", why="a runtime without the compiler")


def java_options() -> Env:
    """Return the options that make the JVM respect the container's memory."""
    return Env(
        "JAVA_TOOL_OPTIONS",
        "-XX:MaxRAMPercentage=75.0 -XX:+ExitOnOutOfMemoryError",
        why="use the container's memory, and stop when it runs out",
    )


def _ubuntu(version: str) -> str:
    return "noble" if numbers(version) >= (25,) else "jammy"


def _maven(component: Component, style: Style) -> Stage:
    details = component.details
    version = _version(component)
    cached = style is Style.CACHED
    caches = (MAVEN_CACHE,) if cached else ()
    module = details.get("module") or ""
    inner = module not in ("", ".")
    scope = f" -pl {module} -am" if inner and _lists(component) else f" -f {module}/pom.xml" if inner else ""
    image = Image(f"maven:3.9-eclipse-temurin-{version}", Family.DEBIAN, why="Maven and the compiler")
    if style is Style.LEAN and numbers(version) >= (21,):
        image = Image(f"maven:3.9-eclipse-temurin-{version}-alpine", Family.ALPINE, why="Maven and the compiler, in a small image")
    steps: list[Step] = [Workdir("/src")]
    for extra in details.get("extra", ()):
        steps.append(Copy((extra,), f"./{extra}/", why="settings of the build"))
    for manifest in details.get("manifests", ("pom.xml",)):
        folder = manifest.rpartition("/")[0]
        steps.append(Copy((manifest,), f"./{folder}/" if folder else "./", why="dependencies change less often than code"))
    if details.get("siblings"):
        warm = f"mvn -B --fail-never -DskipTests{scope} package"
        why = "fetches the dependencies; modules without code cannot be packed yet, which is no failure here"
    else:
        warm = f"mvn -B{scope} dependency:go-offline"
        why = "a layer of its own, reused until a pom changes"
    steps.append(Run(warm, caches=caches, why=why))
    steps.append(Copy((".",), "./", why="the source code"))
    place = f"{module}/target" if inner else "target"
    evidence = component.build.evidence if component.build else ()
    goals = (
        "package dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/out/lib"
        if details.get("kind") == "plain"
        else "package"
    )
    command = [f"mvn -B -DskipTests{scope} {goals}", *_collect(component, place, f"{place}/{details.get('jar', '*.jar')}")]
    steps.append(Run(" && ".join(command), caches=caches, why="tests run before an image is built, not in it", evidence=evidence))
    if details.get("layers"):
        steps.append(_layers())
    return Stage("build", image, tuple(steps))


def _lists(component: Component) -> bool:
    """Tell whether the context's own pom lists the module (else it is built by its own pom)."""
    manifests = component.details.get("manifests", ())
    return "pom.xml" in manifests and len(manifests) > 2


def _collect(component: Component, place: str, jar: str) -> list[str]:
    details = component.details
    kind = details.get("kind")
    if kind == "quarkus":
        return ["mkdir -p /out", f"cp -r {place}/quarkus-app/. /out/"]
    if kind == "plain":
        return [f"cp {jar} /out/app.jar"]
    if kind == "war":
        return ["mkdir -p /out", f"cp {place}/*.war /out/ROOT.war"]
    return ["mkdir -p /out", f"cp {jar} /out/app.jar"]


def _layers() -> Run:
    return Run(
        "java -Djarmode=tools -jar /out/app.jar extract --layers --destination /out/layers",
        why="Spring Boot's own layers: libraries change less often than the application",
    )


def _gradle(component: Component, style: Style) -> Stage:
    details = component.details
    version = _version(component)
    cached = style is Style.CACHED
    caches = (GRADLE_HOME,) if cached else ()
    release = str(details.get("release") or "8.14")
    needs = max(int(version), 17 if numbers(release) >= (9,) else 8)
    if details.get("wrapper"):
        image, tool = jdk(str(needs), style), "sh ./gradlew"
    else:
        wanted = "9.1" if needs >= 25 and numbers(release) < (9, 1) else ".".join(map(str, numbers(release)[:2]))
        image, tool = (
            Image(f"gradle:{wanted}-jdk{needs}", Family.DEBIAN, why="Gradle and the compiler; the repository has no complete wrapper"),
            "gradle",
        )
    steps: list[Step] = [Workdir("/src"), Env("GRADLE_USER_HOME", GRADLE_HOME, why="outside of any volume, so that the layer keeps it")]
    if details.get("wrapper"):
        steps.append(Copy(("gradlew",), "./", why="the wrapper fixes the release of Gradle"))
    for folder in details.get("folders", ()):
        steps.append(Copy((folder,), f"./{folder}/", why="settings of the build"))
    places: dict[str, list[str]] = {}
    for manifest in details.get("manifests", ()):
        folder = manifest.rpartition("/")[0]
        places.setdefault(folder, []).append(manifest)
    for folder, scripts in places.items():
        steps.append(Copy(tuple(scripts), f"./{folder}/" if folder else "./", why="dependencies change less often than code"))
    project = details.get("project") or ""
    target = f"{project}:dependencies" if project else "dependencies"
    steps.append(Run(f"{tool} --no-daemon {target}", caches=caches, why="a layer of its own, reused until a script changes"))
    steps.append(Copy((".",), "./", why="the source code"))
    module = details.get("module") or ""
    base = f"{module}/" if module not in ("", ".") else ""
    evidence = component.build.evidence if component.build else ()
    command = [f"{tool} --no-daemon -x test {details.get('task', 'jar')}", *_collect_gradle(component, base)]
    steps.append(Run(" && ".join(command), caches=caches, why="tests run before an image is built, not in it", evidence=evidence))
    if details.get("layers"):
        steps.append(_layers())
    return Stage("build", image, tuple(steps))


def _collect_gradle(component: Component, base: str) -> list[str]:
    details = component.details
    kind = details.get("kind")
    if kind == "quarkus":
        return ["mkdir -p /out", f"cp -r {base}build/quarkus-app/. /out/"]
    if kind == "install":
        return ["mkdir -p /out", f"cp -r {base}build/install/*/. /out/"]
    if kind == "war":
        return ["mkdir -p /out", f"cp {base}build/libs/*.war /out/ROOT.war"]
    jar = details.get("jar") or "*.jar"
    if jar == "*.jar":
        return [
            "mkdir -p /out",
            f"find {base}build/libs -name '*.jar' ! -name '*-plain.jar' ! -name '*-sources.jar' -exec cp {{}} /out/app.jar \\;",
        ]
    return ["mkdir -p /out", f"cp {base}build/libs/{jar} /out/app.jar"]


def _runtime(component: Component, style: Style) -> tuple[Stage, tuple[Stage, ...], tuple[str, ...] | None]:
    details = component.details
    kind = details.get("kind")
    version = _version(component)
    glibc: Evidence | None = details.get("glibc")
    start = component.start.value if component.start else JAR_START
    if kind == "war":
        return _tomcat(component, version)
    more: tuple[Stage, ...] = ()
    steps: list[Step] = [Workdir("/app")]
    if style is Style.HARDENED and version in _DISTROLESS and start[0] == "java" and component.port is not None:
        image = Image(
            f"gcr.io/distroless/java{version}-debian12:nonroot",
            Family.DISTROLESS,
            user="nonroot",
            why="a runtime without a shell; never runs as root",
        )
        more = (bases.PROBE,)
        steps.append(bases.probe_copy())
        health = bases.probe_command(component)
    else:
        image = jre(version, small=style is Style.LEAN and glibc is None)
        health = bases.health_command(image, component)
    steps.append(java_options())
    if details.get("sets_port") and component.port:
        steps.append(
            Env(
                details["sets_port"],
                str(component.port.value),
                why="the settings take the port from here",
                evidence=component.port.evidence,
            )
        )
    steps.extend(_program(kind or "fat", bool(details.get("layers"))))
    if details.get("settings"):
        module = details.get("module") or ""
        source = f"{module}/{details['settings']}" if module not in ("", ".") else details["settings"]
        steps.append(Copy((source,), "/app/", why="the settings the server starts with"))
    return Stage("runtime", image, tuple(steps)), more, health


def _program(kind: str, layered: bool) -> list[Step]:
    if kind == "quarkus":
        return [
            Copy(("/out/lib/",), "/app/lib/", stage="build", why="libraries change less often than the application"),
            Copy(("/out/quarkus-run.jar",), "/app/", stage="build", why="the launcher"),
            Copy(("/out/app/",), "/app/app/", stage="build", why="the application"),
            Copy(("/out/quarkus/",), "/app/quarkus/", stage="build", why="what the build prepared"),
        ]
    if kind == "install":
        return [
            Copy(("/out/lib/",), "/app/lib/", stage="build", why="the libraries and the program"),
            Copy(("/out/bin/",), "/app/bin/", stage="build", why="the start script"),
        ]
    if kind == "plain":
        return [
            Copy(("/out/lib/",), "/app/lib/", stage="build", why="libraries change less often than the application"),
            Copy(("/out/app.jar",), APP, stage="build", why="the application"),
        ]
    if layered:
        return [
            Copy((f"/out/layers/{layer}/",), "/app/", stage="build", why=why)
            for layer, why in (
                ("dependencies", "libraries change least"),
                ("spring-boot-loader", "the loader"),
                ("snapshot-dependencies", "unreleased libraries"),
                ("application", "the application changes most"),
            )
        ]
    return [Copy(("/out/app.jar",), APP, stage="build", why="the whole program in one file")]


def _tomcat(component: Component, version: str) -> tuple[Stage, tuple[Stage, ...], tuple[str, ...] | None]:
    line = "9.0" if component.details.get("javax") else "10.1"
    image = Image(
        f"tomcat:{line}-jre{version}-temurin-jammy", Family.DEBIAN, probe="bash", why="the servlet container the archive is made for"
    )
    steps: tuple[Step, ...] = (
        java_options(),
        Copy(("/out/ROOT.war",), "/usr/local/tomcat/webapps/", stage="build", owned=True, why="served at /"),
    )
    folders = ("conf", "logs", "temp", "webapps", "work")
    prepare = Run(
        "chmod -R a+rwX " + " ".join(f"/usr/local/tomcat/{folder}" for folder in folders), why="Tomcat unpacks and logs as a normal user"
    )
    return Stage("runtime", image, (*steps, prepare)), (), bases.health_command(image, component)
