"""Programs that Maven builds."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from architect import code
from architect.ecosystems import jvm, maven
from architect.ecosystems.maven import Pom
from architect.profile import Basis, Component, Evidence, Fact
from architect.reading import Folder
from architect.stacks.java.program import APP, JAR_START, Program, component, sources

_STARTS = re.compile(r"^src/main/.*(?:Application|App|Main|Server|Launcher|Bootstrap|Starter)\.(?:java|kt)$|^src/main/.*/Main\w*\.kt$")


def detect(stack: str, folder: Folder) -> Component | None:
    """Return the component that this folder's pom builds; None for aggregators, libraries and folders without a pom."""
    pom = maven.pom(folder)
    if pom is None:
        return None
    if pom.modules:
        return _only(stack, pom)
    above = maven.aggregator(folder)
    if above is not None and len(_runnable(above[0], above[1])) == 1:
        return None
    return _detect(stack, folder, pom, above)


def _only(stack: str, pom: Pom) -> Component | None:
    """Return the one module of a build that runs, as the build's own component."""
    listed = tuple(maven.all_modules(pom))
    found = _runnable(pom, listed)
    if len(found) != 1 or maven.aggregator(pom.folder) is not None:
        return None
    inner = maven.pom(Folder(pom.folder.tree, pom.folder.path(found[0])))
    component = _detect(stack, inner.folder, inner, (pom, listed)) if inner else None
    if component is None or component.build_context != pom.folder.root:
        return None
    return replace(component, root=pom.folder.root, name=pom.folder.label, context=None)


def _runnable(above: Pom, listed: tuple[str, ...]) -> list[str]:
    """Return the modules that look as if they run, without reading their code."""
    found = []
    for name in listed:
        folder = Folder(above.folder.tree, above.folder.path(name))
        inner = maven.pom(folder)
        if inner is None or inner.packaging not in ("jar", "war", "quarkus") or inner.modules:
            continue
        starts = any(_STARTS.search(file) for pattern in ("*.java", "*.kt") for file in folder.files(pattern))
        if (
            inner.packaging == "war"
            or starts
            or any(plugin.value("configuration", "mainClass") for plugin in inner.plugins("spring-boot-maven-plugin"))
            or (inner.uses("quarkus-maven-plugin") and folder.has_folder("src/main"))
        ):
            found.append(name)
    return found


def _detect(stack: str, folder: Folder, pom: Pom, above: tuple[Pom, tuple[str, ...]] | None) -> Component | None:
    if pom.packaging in ("pom", "maven-plugin", "bundle"):
        return None
    files = sources(folder)
    dependencies = pom.dependencies()
    boot = _boot(pom, dependencies)
    quarkus = any(name.startswith("io.quarkus") for name in dependencies) or pom.uses("quarkus-maven-plugin")
    mains = list(jvm.main_classes(files))
    application = code.first(files, r"@(?:SpringBootApplication|EnableAutoConfiguration|QuarkusMain|MicronautApplication)\b")
    stated = _main(pom)
    if not (mains or quarkus or stated or pom.packaging == "war" or (application and boot)):
        return None
    kind, proof = _kind(pom, boot, bool(quarkus), stated)
    if kind == "plain" and ((not stated and not mains) or (above is not None and maven.needed_by_others(pom, *above))):
        return None
    main = (
        stated.value
        if stated
        else next((name for name, line in mains if application and line.path == application.evidence.path), mains[0][0] if mains else None)
    )
    context, module, manifests, siblings = _layout(pom, above)
    start = _start(kind, main, stated)
    evidence = tuple(line for line in (proof, application.evidence if application else (mains[0][1] if mains else None)) if line)
    program = Program(
        tool=Fact("maven", Basis.DECLARED, (Evidence(folder.path("pom.xml")),)),
        dependencies=dependencies,
        boot=boot,
        stated_java=_java(pom),
        kotlin=next((pom.text(plugin.value("version")) for plugin in pom.plugins("kotlin-maven-plugin")), None)
        or _property(pom, "kotlin.version"),
        kind=kind,
        main=main,
        start=Fact(start, Basis.CODE if evidence else Basis.CONVENTION, evidence, "what the build leaves to run"),
        context=context,
        build=Fact("mvn -B package", Basis.DECLARED, (proof or Evidence(folder.path("pom.xml")),)),
        exposed=_exposed(folder),
        details={
            "jar": pom.jar,
            "module": module,
            "manifests": manifests,
            "siblings": siblings,
            "extra": tuple(
                name for name in (".mvn",) if Folder(folder.tree, context if context is not None else folder.root).has_folder(name)
            ),
            "webapp": pom.packaging == "war",
            "javax": jvm.on_javax(dependencies, files),
        },
    )
    return component(stack, folder, program, files)


def _boot(pom: Pom, dependencies: object) -> tuple[str, Evidence] | None:
    found = pom.parent("org.springframework.boot")
    if found:
        return found
    for plugin in pom.plugins("spring-boot-maven-plugin"):
        version = plugin.child("version")
        line = plugin.child("artifactId")
        if line:
            return pom.text(version.text.strip()) if version else "", line.evidence
    return None


def _kind(pom: Pom, boot: object, quarkus: bool, stated: Fact[str] | None) -> tuple[str, Evidence | None]:
    if quarkus:
        return "quarkus", pom.uses("quarkus-maven-plugin")
    repackaged = pom.uses("spring-boot-maven-plugin")
    if repackaged:
        return "fat", repackaged
    if pom.packaging == "war":
        return "war", pom.node.child("packaging").evidence if pom.node.child("packaging") else None  # type: ignore[union-attr]
    for plugin in ("maven-shade-plugin", "maven-assembly-plugin", "micronaut-maven-plugin", "onejar-maven-plugin"):
        line = pom.uses(plugin)
        if line:
            return "fat", line
    return "plain", stated.evidence[0] if stated else None


def _start(kind: str, main: str | None, stated: Fact[str] | None) -> tuple[str, ...]:
    if kind == "quarkus":
        return ("java", "-jar", "/app/quarkus-run.jar")
    if kind == "war":
        return ("catalina.sh", "run")
    if kind == "plain" and not (stated and "jar" in stated.note):
        return ("java", "-cp", f"{APP}:/app/lib/*", main or "Main")
    return JAR_START


def _main(pom: Pom) -> Fact[str] | None:
    """Return the main class a plugin names; the note says whether the jar's own manifest has it."""
    for plugin in pom.plugins(
        "maven-jar-plugin",
        "maven-shade-plugin",
        "maven-assembly-plugin",
        "exec-maven-plugin",
        "micronaut-maven-plugin",
        "spring-boot-maven-plugin",
    ):
        for tag in ("mainClass", "Main-Class", "start-class"):
            for node in plugin.every(tag):
                value = pom.text(node.text.strip())
                if re.fullmatch(r"[\w.$]+", value):
                    place = "in the jar's manifest" if plugin.value("artifactId") != "exec-maven-plugin" else "named for running"
                    return Fact(value, Basis.DECLARED, (node.evidence,), place)
    for name in ("start-class", "exec.mainClass", "mainClass", "main.class"):
        found = pom.property(name)
        if found and re.fullmatch(r"[\w.$]+", found.value):
            return found
    return None


def _java(pom: Pom) -> Fact[str] | None:
    for plugin in pom.plugins("maven-compiler-plugin"):
        for tag in ("release", "target", "source"):
            node = plugin.child("configuration", tag)
            if node and node.text.strip() and jvm.release(pom.text(node.text.strip())):
                return Fact(pom.text(node.text.strip()), Basis.DECLARED, (node.evidence,))
    for name in (
        "maven.compiler.release",
        "java.version",
        "maven.compiler.target",
        "maven.compiler.source",
        "jdk.version",
        "release.version",
        "java.release",
    ):
        found = pom.property(name)
        if found and jvm.release(found.value):
            return found
    for plugin in pom.plugins("kotlin-maven-plugin"):
        node = plugin.child("configuration", "jvmTarget")
        if node and jvm.release(pom.text(node.text.strip())):
            return Fact(pom.text(node.text.strip()), Basis.DECLARED, (node.evidence,))
    return None


def _exposed(folder: Folder) -> Fact[int] | None:
    """Return the port that the module's own pom names for its image, as `docker.image.exposed.port`."""
    found = folder.find("pom.xml", r"^[ \t]*<(?:docker|container|image|jib)[\w.-]*\bport>[ \t]*(\d{2,5})[ \t]*</")
    return Fact(int(found.value), Basis.DECLARED, (found.evidence,)) if found else None


def _property(pom: Pom, name: str) -> str | None:
    found = pom.property(name)
    return found.value if found else None


def _layout(pom: Pom, above: tuple[Pom, tuple[str, ...]] | None) -> tuple[str | None, str, tuple[str, ...], tuple[str, ...]]:
    """Return the build context, the module's path in it, the poms to copy first, and the sibling modules it needs."""
    folder = pom.folder
    parents = [place for place in pom.places[1:] if folder.root.startswith(place)]
    outermost = min(parents, key=len) if parents else None
    if above is not None and (parents or maven.siblings(pom, *above)):
        root = above[0].folder.root
        if outermost is not None and len(outermost) < len(root):
            root = outermost
        inside = posixpath.relpath(folder.root or ".", root or ".")
        poms = ["pom.xml"] if Folder(folder.tree, root).has("pom.xml") else []
        poms += [
            posixpath.normpath(posixpath.join(posixpath.relpath(above[0].folder.root or ".", root or "."), name, "pom.xml"))
            for name in above[1]
        ]
        return root, inside, tuple(dict.fromkeys(poms)), maven.siblings(pom, *above)
    if outermost is not None:
        inside = posixpath.relpath(folder.root or ".", outermost or ".")
        poms = [
            posixpath.normpath(posixpath.join(posixpath.relpath(place or ".", outermost or "."), "pom.xml"))
            for place in reversed(pom.places)
        ]
        return outermost, inside, tuple(dict.fromkeys(poms)), ()
    return None, "", ("pom.xml",), ()
