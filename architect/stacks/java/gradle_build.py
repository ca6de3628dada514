"""Programs that Gradle builds."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from architect import code
from architect.ecosystems import gradle, jvm
from architect.ecosystems.gradle import Build
from architect.profile import Basis, Component, Evidence, Fact
from architect.reading import Folder
from architect.stacks.java.program import JAR_START, Program, component, sources

SHADOW = ("com.github.johnrengelman.shadow", "com.gradleup.shadow", "io.github.goooler.shadow")
DEFAULT_RELEASE = "8.14"
_MAIN = (
    r"\bmainClass(?:Name)?(?:\.set)?\s*[(=]+\s*[\"']([\w.$]+)[\"']",
    r"[\"']?Main-Class[\"']?\s*(?:\]\s*=|to|:|,)\s*[\"']([\w.$]+)[\"']",
)
_JAVA = (
    r"JavaLanguageVersion\.of\(\s*([^)\n]+?)\s*\)",
    r"\bjvmToolchain\s*\(?\s*([\w.\"]+)",
    r"\boptions\.release(?:\.set)?\s*[(=]\s*([\w.]+)",
    r"\b(?:target|source)Compatibility\s*(?:=|\.set\(|\()?\s*(?:JavaVersion\.(?:VERSION_|toVersion\()?)?[\"']?([\w.]+)",
    r"\bjvmTarget(?:\.set)?\s*[(=]\s*(?:\w*JvmTarget\.JVM_)?[\"']?([\w.]+)",
)


def detect(stack: str, folder: Folder) -> Component | None:
    """Return the component that this folder's Gradle project builds; None for libraries and roots that only gather projects."""
    build = gradle.build(folder)
    outer = gradle.outer(folder)
    if build is None or (outer is not None and outer.root == folder.root and not folder.has_folder("src/main")):
        return _only(stack, folder)
    if outer is not None and outer.root != folder.root and not outer.has_folder("src/main") and len(_runnable(outer)) == 1:
        return None
    return _detect(stack, folder, build)


def _only(stack: str, folder: Folder) -> Component | None:
    """Return the one project of a build that runs, as the build's own component."""
    found = _runnable(folder) if folder.has(*gradle.SETTINGS) else []
    inner = Folder(folder.tree, folder.path(found[0])) if len(found) == 1 else None
    build = gradle.build(inner) if inner else None
    component = _detect(stack, inner, build) if inner and build else None
    if component is None or component.build_context != folder.root:
        return None
    return replace(component, root=folder.root, name=folder.label, context=None)


def _runnable(outer: Folder) -> list[str]:
    """Return the projects that apply a plugin which makes a program."""
    makes = ("org.springframework.boot", "application", "io.quarkus", "io.ktor.plugin", "io.micronaut.application", "war", *SHADOW)
    found = []
    for name in gradle.included(outer):
        build = gradle.build(Folder(outer.tree, outer.path(name)))
        plugin = build.plugin(*makes) if build else None
        if build and plugin and plugin[1].path == build.own.path and build.folder.has_folder("src/main"):
            found.append(name)
    return found


def _detect(stack: str, folder: Folder, build: Build) -> Component | None:
    files = sources(folder)
    if build.plugin("com.android.application", "com.android.library") or not files:
        return None
    dependencies = build.dependencies()
    mains = list(jvm.main_classes(files))
    boot_plugin = build.plugin("org.springframework.boot")
    kind, task, proof = _kind(build)
    stated = _main_class(build)
    runs = mains or stated or (kind == "quarkus") or kind == "war"
    if not runs or (kind == "plain" and not stated):
        return None
    application = code.first(files, r"@(?:SpringBootApplication|EnableAutoConfiguration|QuarkusMain)\b")
    main = (
        stated.value
        if stated
        else next((name for name, line in mains if application and line.path == application.evidence.path), mains[0][0] if mains else None)
    )
    name, scripts = _install_name(build)
    evidence = tuple(line for line in (proof, stated.evidence[0] if stated else mains[0][1] if mains else None) if line)
    wrapper = build.wrapper
    wanted = build.wanted
    context = build.outer.root if build.outer.root != folder.root else None
    kotlin = build.plugin("org.jetbrains.kotlin.jvm")
    program = Program(
        tool=Fact("gradle", Basis.DECLARED, (Evidence(build.own.path),)),
        dependencies=dependencies,
        boot=(boot_plugin[0] or "", boot_plugin[1]) if boot_plugin else None,
        stated_java=_java(build),
        ceiling=jvm.newest_for_gradle(wanted.value if wanted else None),
        kotlin=(kotlin[0] if kotlin else None) or _property(build, "kotlinVersion", "kotlin_version", "kotlin.version"),
        kind=kind,
        main=main,
        start=Fact(_start(kind, name, main), Basis.CODE if evidence else Basis.CONVENTION, evidence, "what the build leaves to run"),
        context=context,
        build=Fact(
            f"gradle {build.project}:{task}" if build.project else f"gradle {task}", Basis.DECLARED, (proof or Evidence(build.own.path),)
        ),
        details={
            "task": f"{build.project}:{task}" if build.project else task,
            "project": build.project,
            "module": "" if context is None else posixpath.relpath(folder.root or ".", context or "."),
            "manifests": _manifests(build),
            "folders": tuple(place for place in ("gradle", "buildSrc", "build-logic") if build.outer.has_folder(place)),
            "wrapper": wrapper is not None,
            "release": _release(build, wanted.value if wanted else None),
            "jar": _jar_pattern(build, kind),
            "install": name,
            "javax": jvm.on_javax(dependencies, files),
            "scripts": scripts,
        },
    )
    return component(stack, folder, program, files)


def _kind(build: Build) -> tuple[str, str, Evidence | None]:
    """Return how the program is packed, the task that does it, and the line of the plugin."""
    for ids, kind, task in (
        (("io.quarkus",), "quarkus", "quarkusBuild"),
        (("org.springframework.boot",), "fat", "bootJar"),
        (("io.ktor.plugin",), "fat", "buildFatJar"),
        (SHADOW, "fat", "shadowJar"),
        (("io.micronaut.application", "io.micronaut.minimal.application"), "install", "installDist"),
        (("application", "org.graalvm.application"), "install", "installDist"),
        (("war",), "war", "war"),
    ):
        found = build.plugin(*ids)
        if found:
            return kind, task, found[1]
    fat = build.own.find(
        r"(?:task|register|named|withType)[\s(<]*[\"']?fatJar|from\s*\(?\s*\{?\s*configurations\.(?:runtimeClasspath|compile)"
    )
    if fat:
        named = re.search(r"\b(?:task\s+|register(?:<Jar>)?\(\s*[\"'])(fatJar|uberJar)\b", build.own.text)
        return "fat", named[1] if named else "jar", fat
    return "plain", "jar", None


def _start(kind: str, name: str | None, main: str | None) -> tuple[str, ...]:
    if kind == "quarkus":
        return ("java", "-jar", "/app/quarkus-run.jar")
    if kind == "install":
        return (f"/app/bin/{name}",) if name else ("java", "-cp", "/app/lib/*", main or "Main")
    if kind == "war":
        return ("catalina.sh", "run")
    return JAR_START


def _main_class(build: Build) -> Fact[str] | None:
    for pattern in _MAIN:
        for script in build.scripts[:2]:
            found = re.search(pattern, script.text)
            line = script.find(pattern)
            if found and line:
                return Fact(found[1], Basis.DECLARED, (line,))
    for script in build.scripts[:2]:
        named = re.search(r"\bmainClass(?:Name)?(?:\.set)?\s*[(=]+\s*([A-Za-z]\w*)\b", script.text)
        if named is None:
            continue
        given = rf"\b(?:val|def|var|String)\s+{named[1]}\s*=\s*[\"']([\w.$]+)[\"']"
        found, line = re.search(given, script.text), script.find(given)
        if found and line:
            return Fact(found[1], Basis.DECLARED, (line,))
    return None


def _install_name(build: Build) -> tuple[str | None, bool]:
    """Return the name of the start script in bin/, and whether the project makes its own scripts."""
    own = re.search(r"CreateStartScripts.{0,400}?applicationName(?:\.set)?\s*[(=]\s*[\"']([\w.-]+)[\"']", build.own.text, re.S)
    if own:
        return own[1], True
    named = re.search(r"(?m)^\s*applicationName(?:\.set)?\s*[(=]\s*[\"']([\w.-]+)[\"']", build.own.text)
    if named:
        return named[1], False
    if build.project:
        return build.project.rpartition(":")[2], False
    for settings in gradle.SETTINGS:
        hit = re.search(r"rootProject\.name\s*=\s*[\"']([\w. -]+)[\"']", build.outer.read(settings) or "")
        if hit and " " not in hit[1]:
            return hit[1], False
    return None, False


def _java(build: Build) -> Fact[str] | None:
    found = build.value(*_JAVA)
    if found:
        return found
    for name in ("javaVersion", "java_version", "java.version", "jvmVersion", "jdkVersion"):
        if name in build.properties:
            value, line = build.properties[name]
            return Fact(value, Basis.DECLARED, (line,))
    return None


def _property(build: Build, *names: str) -> str | None:
    for name in names:
        if name in build.properties:
            return build.properties[name][0]
        known = build.catalog.get("version:kotlin")
        if known:
            return known[0]
        for script in build.scripts:
            hit = re.search(rf"\b{re.escape(name)}\s*=\s*[\"']([\d.]+)", script.text)
            if hit:
                return hit[1]
    return None


def _release(build: Build, wanted: str | None) -> str:
    """Return the Gradle release for a build without a wrapper: the one it names, else one whose syntax it uses."""
    if wanted:
        return wanted
    old = any(re.search(r"^\s*(?:compile|testCompile|runtime)\s*[( ]\s*[\"']|\bjcenter\(\)", script.text, re.M) for script in build.scripts)
    return "6.9" if old else DEFAULT_RELEASE


def _manifests(build: Build) -> tuple[str, ...]:
    """Return the scripts that resolving dependencies takes, relative to the build context."""
    names = [*gradle.SETTINGS, *gradle.SCRIPTS, "gradle.properties", "gradle.lockfile"]
    for project in build.projects:
        names += [f"{project}/{script}" for script in gradle.SCRIPTS]
    return tuple(name for name in names if build.outer.has(name))


def _jar_pattern(build: Build, kind: str) -> str:
    """Return a shell pattern for the jar that holds the whole program."""
    file = re.search(r"archiveFileName(?:\.set)?\s*[(=]\s*[\"']([\w.-]+\.jar)[\"']", build.own.text)
    if file:
        return file[1]
    if build.plugin("io.ktor.plugin", *SHADOW) and not build.plugin("org.springframework.boot"):
        named = re.search(r"(?:archiveClassifier|classifier)(?:\.set)?\s*[(=]\s*[\"']([\w.-]+)[\"']", build.own.text)
        if named:
            return f"*-{named[1]}.jar"
        blank = re.search(r"(?:archiveClassifier|classifier)(?:\.set)?\s*[(=]\s*(?:[\"']{2}|null)", build.own.text)
        return "*.jar" if blank else "*-all.jar"
    return "*.jar"
