"""Java, Kotlin and Scala: Maven, Gradle and sbt, by the wrapper where the repository carries one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Folder

_GRADLE = ("build.gradle.kts", "build.gradle")
_GRADLE_LINT = (
    (r"com\.diffplug\.spotless|\bspotless\b", "spotlessCheck"),
    (r"ktlint", "ktlintCheck"),
    (r"detekt", "detekt"),
    (r"[\"'( ]checkstyle\b", "checkstyleMain"),
)
_MAVEN_LINT = ((r"spotless-maven-plugin", "spotless:check"), (r"maven-checkstyle-plugin", "checkstyle:check"))


class Jvm:
    """The build tool's own life cycle; a linter only where the build applies it."""

    id = "jvm"
    stacks = frozenset({"java", "scala"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the commands of a project or of one module of it."""
        manager = component.package_manager.value if component.package_manager else ""
        if manager == "maven":
            yield from _maven(folder, component)
        elif manager == "gradle":
            yield from _gradle(folder, component)
        elif manager == "sbt":
            yield from _sbt(folder)


def _top(folder: Folder, component: Component) -> tuple[Folder, str]:
    """Return where the build is run, and the module's path from there."""
    context = component.build_context
    inner = folder.root[len(context) :].strip("/")
    return Folder(folder.tree, context), inner


def _maven(folder: Folder, component: Component) -> Iterator[Chore]:
    top, inner = _top(folder, component)
    pom = (Evidence(folder.path("pom.xml")),)
    program = "./mvnw" if top.has("mvnw") else "mvn"
    scope = f" -pl {inner} -am" if inner else ""
    text = (folder.read("pom.xml") or "") + (top.read("pom.xml") or "" if inner else "")
    for pattern, goal in _MAVEN_LINT:
        if re.search(pattern, text):
            yield Chore(Purpose.LINT, f"{program} -B -ntp{scope} {goal}", top.root, (), pom)
    if next((path for path in folder.files("*.*", 12) if path.startswith("src/test/")), None):
        yield Chore(Purpose.TEST, f"{program} -B -ntp{scope} verify", top.root, (), pom)
    else:
        yield Chore(Purpose.BUILD, f"{program} -B -ntp{scope} package", top.root, (), pom)


def _gradle(folder: Folder, component: Component) -> Iterator[Chore]:
    top, inner = _top(folder, component)
    name = folder.has(*_GRADLE) or "build.gradle"
    build = (Evidence(folder.path(name)),)
    program = "./gradlew" if top.has("gradlew") else "gradle"
    scope = f":{inner.replace('/', ':')}:" if inner else ""
    text = (folder.read(name) or "") + (top.read(top.has(*_GRADLE) or "") or "" if inner else "")
    for pattern, task in _GRADLE_LINT:
        if re.search(pattern, text):
            yield Chore(Purpose.LINT, f"{program} {scope}{task}", top.root, (), build)
    if next((path for path in folder.files("*.*", 12) if path.startswith("src/test/")), None):
        yield Chore(Purpose.TEST, f"{program} {scope}test", top.root, (), build)
    yield Chore(Purpose.BUILD, f"{program} {scope}assemble", top.root, (), build)


def _sbt(folder: Folder) -> Iterator[Chore]:
    build = (Evidence(folder.path("build.sbt")),)
    plugins = "".join(folder.read(f"project/{name}") or "" for name in folder.names("project") if name.endswith(".sbt"))
    if folder.has(".scalafmt.conf") and "sbt-scalafmt" in plugins:
        yield Chore(Purpose.LINT, "sbt scalafmtCheckAll", folder.root, (), (Evidence(folder.path(".scalafmt.conf")),))
    if folder.has(".scalafix.conf") and "sbt-scalafix" in plugins:
        yield Chore(Purpose.LINT, "sbt 'scalafixAll --check'", folder.root, (), (Evidence(folder.path(".scalafix.conf")),))
    if next((path for path in folder.files("*.scala") if "/test/" in f"/{path}"), None):
        yield Chore(Purpose.TEST, "sbt test", folder.root, (), build)
    else:
        yield Chore(Purpose.BUILD, "sbt compile", folder.root, (), build)
