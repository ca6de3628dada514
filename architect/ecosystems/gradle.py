"""Gradle, Groovy and Kotlin scripts alike: plugins, dependencies, projects of a build, and the wrapper's release."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find, find_all

SCRIPTS = ("build.gradle.kts", "build.gradle")
SETTINGS = ("settings.gradle.kts", "settings.gradle")
_CONFIGURATIONS = r"(?:implementation|api|runtimeOnly|compile|runtime|providedRuntime|compileOnly|developmentOnly|\w*[iI]mplementation)"


@dataclass(frozen=True, slots=True)
class Script:
    """A build script as text, with its path."""

    path: str
    text: str

    def find(self, pattern: str) -> Evidence | None:
        """Return the line of a pattern's first match."""
        found = find(self.path, self.text, pattern)
        return found.evidence if found else None


@dataclass(frozen=True, slots=True)
class Build:
    """A project of a Gradle build: its own script first, then the scripts that configure it from above."""

    folder: Folder
    outer: Folder
    scripts: tuple[Script, ...]
    project: str
    projects: tuple[str, ...]
    catalog: Mapping[str, tuple[str, Evidence]]
    catalog_plugins: Mapping[str, tuple[str, str, Evidence]]
    properties: Mapping[str, tuple[str, Evidence]]

    @property
    def own(self) -> Script:
        """Return the project's own script."""
        return self.scripts[0]

    @property
    def wrapper(self) -> Fact[str] | None:
        """Return the Gradle release of a complete wrapper, else None."""
        if not (self.outer.has("gradlew") and self.outer.has("gradle/wrapper/gradle-wrapper.jar")):
            return None
        found = self.outer.find("gradle/wrapper/gradle-wrapper.properties", r"distributionUrl=.*?gradle-(\d+(?:\.\d+)*)")
        return Fact(found.value, Basis.DECLARED, (found.evidence,)) if found else None

    @property
    def wanted(self) -> Fact[str] | None:
        """Return the Gradle release that the wrapper's settings name, whether its program is there or not."""
        found = self.outer.find("gradle/wrapper/gradle-wrapper.properties", r"distributionUrl=.*?gradle-(\d+(?:\.\d+)*)")
        return Fact(found.value, Basis.DECLARED, (found.evidence,)) if found else None

    def plugin(self, *ids: str) -> tuple[str | None, Evidence] | None:
        """Return the version (None where it is set elsewhere) and line of the first of these plugins the project applies."""
        for wanted in ids:
            short = wanted.removeprefix("org.jetbrains.kotlin.")
            name = re.escape(wanted)
            patterns = [
                rf"\bid\s*\(?\s*[\"']{name}[\"']\s*\)?(?:\s*version\s*\(?\s*[\"']?([\w.$-]+)[\"']?)?",
                rf"apply\s*(?:\(?\s*plugin\s*[:=]|<)\s*[\"']?{name}[\"']?",
                rf"^\s*`?{name}`?\s*$",
            ]
            if wanted.startswith("org.jetbrains.kotlin."):
                patterns.append(rf"\bkotlin\s*\(\s*[\"']{re.escape(short)}[\"']\s*\)(?:\s*version\s*[\"']?([\w.$-]+)[\"']?)?")
            for script in self.scripts:
                for pattern in patterns:
                    found = find(script.path, script.text, pattern)
                    if found and not (script is not self.own and "apply false" in found.evidence.excerpt):
                        version = next((group for group in found.match.groups() if group), None)
                        return self._version(wanted, version), found.evidence
            for alias, (plugin, version, _) in self.catalog_plugins.items():
                if plugin == wanted:
                    spelled = re.sub(r"[-_.]", r"[.]", alias)
                    found = find(self.own.path, self.own.text, rf"alias\s*\(\s*libs\.plugins\.{spelled}\s*\)")
                    if found:
                        return version or None, found.evidence
        return None

    def dependencies(self) -> Mapping[str, Evidence]:
        """Return `group:artifact` of the run-time dependencies with their lines."""
        found: dict[str, Evidence] = {}
        for script in self.scripts:
            text = re.sub(
                r"(?m)^[^\n]*\b(?:test|androidTest|integrationTest|jmh|ksp|kapt|annotationProcessor)\w*[^\n]*[\"'(][^\n]*$", "", script.text
            )
            for hit in find_all(script.path, text, r"[\"']([\w.-]+:[\w.-]+)(?::[^\"'\n]*)?[\"']"):
                if not re.search(r"\bclasspath\b|\bexclude\b|mavenBom|\bproject\(", hit.evidence.excerpt):
                    found.setdefault(hit.match[1], hit.evidence)
            for hit in find_all(script.path, text, rf"\b{_CONFIGURATIONS}\s*\(?\s*(?:platform\(\s*)?libs\.([\w.]+)"):
                for alias in (hit.match[1], *self._bundle(hit.match[1])):
                    known = self.catalog.get(re.sub(r"[-_.]", ".", alias).lower())
                    if known:
                        found.setdefault(known[0], hit.evidence)
        return found

    def value(self, *patterns: str) -> Fact[str] | None:
        """Return the first pattern's group in the scripts, nearest first; a name is looked up in gradle.properties and `val`s."""
        for script in self.scripts:
            for pattern in patterns:
                found = find(script.path, script.text, pattern)
                if found is None:
                    continue
                value = self.resolved(found.value)
                if value:
                    return Fact(value, Basis.DECLARED, (found.evidence,))
        return None

    def resolved(self, value: str) -> str | None:
        """Return a literal, or what gradle.properties, the version catalog or a variable of a script says a name means."""
        text = value.strip("\"'${}() ").removesuffix(".toInt").removesuffix(".get")
        if re.fullmatch(r"[\d][\w.+-]*", text):
            return text
        name = text.rpartition(".")[2]
        if name in self.properties:
            return self.properties[name][0]
        spelled = re.sub(r"[-_.]", ".", text.removeprefix("libs.versions.")).lower()
        if text.startswith("libs.versions.") and f"version:{spelled}" in self.catalog:
            return self.catalog[f"version:{spelled}"][0]
        for script in self.scripts:
            found = re.search(rf"\b{re.escape(name)}\s*=\s*[\"']?(?:JavaVersion\.VERSION_)?(\d[\w.]*)", script.text)
            if found:
                return found[1]
        return None

    def _version(self, plugin: str, version: str | None) -> str | None:
        if version:
            return self.resolved(version)
        for name in SETTINGS:
            text = self.outer.read(name) or ""
            hit = re.search(rf"[\"']{re.escape(plugin)}[\"']\s*\)?\s*version\s*\(?\s*[\"']?([\w.$-]+)", text)
            if hit:
                return self.resolved(hit[1])
        return None

    def _bundle(self, alias: str) -> tuple[str, ...]:
        if not alias.startswith("bundles."):
            return ()
        document = self.outer.toml("gradle/libs.versions.toml")
        wanted = alias.removeprefix("bundles.").replace(".", "-")
        listed = document.table("bundles") if document else {}
        names: object = next((value for key, value in listed.items() if re.sub(r"[_.]", "-", key) == wanted), [])
        return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def build(folder: Folder) -> Build | None:
    """Read the build script of this folder and what configures it from above; None when there is none."""
    name = folder.has(*SCRIPTS)
    text = folder.read(name) if name else None
    if name is None or text is None:
        return None
    outer = _outer(folder)
    scripts = [Script(folder.path(name), text)]
    if outer.root != folder.root:
        above = outer.has(*SCRIPTS)
        if above:
            scripts.append(Script(outer.path(above), outer.read(above) or ""))
    for place in ("buildSrc", "build-logic", "gradle/plugins"):
        scripts += [Script(outer.path(path), outer.read(path) or "") for path in list(_convention(outer, place))[:6]]
    catalog, plugins = _catalog(outer)
    relative = posixpath.relpath(folder.root or ".", outer.root or ".")
    return Build(
        folder,
        outer,
        tuple(scripts),
        "" if relative == "." else ":" + relative.replace("/", ":"),
        _included(outer),
        catalog,
        plugins,
        _properties(folder, outer),
    )


def outer(folder: Folder) -> Folder | None:
    """Return the folder of the build this one belongs to, itself included; None outside of any build."""
    place = _outer(folder)
    return place if place.has(*SETTINGS) else None


def included(folder: Folder) -> tuple[str, ...]:
    """Return the folders of the projects that the settings file of this folder includes."""
    return _included(folder)


def _outer(folder: Folder) -> Folder:
    """Return the folder whose settings file includes this project, else the folder itself."""
    for place in folder.upwards():
        if place.root != folder.root and place.has(*SETTINGS):
            relative = posixpath.relpath(folder.root, place.root or ".")
            if relative in _included(place) or not folder.has(*SETTINGS):
                return place if relative in _included(place) else folder
    return folder


def _included(folder: Folder) -> tuple[str, ...]:
    """Return the folders of the projects a settings file includes."""
    name = folder.has(*SETTINGS)
    text = re.sub(r"(?m)//[^\n]*$", "", folder.read(name) or "") if name else ""
    found: dict[str, None] = {}
    for call in re.finditer(r"\binclude\s*\(?((?:\s*[\"'][\w:./-]+[\"']\s*,?)+)", text):
        for project in re.findall(r"[\"']([\w:./-]+)[\"']", call[1]):
            found[project.strip(":").replace(":", "/")] = None
    return tuple(found)


def _convention(outer: Folder, place: str) -> list[str]:
    return sorted(
        name for pattern in ("*.gradle.kts", "*.gradle") for name in outer.files(pattern, depth=6) if name.startswith(place + "/")
    )


def _catalog(outer: Folder) -> tuple[dict[str, tuple[str, Evidence]], dict[str, tuple[str, str, Evidence]]]:
    document = outer.toml("gradle/libs.versions.toml")
    libraries: dict[str, tuple[str, Evidence]] = {}
    plugins: dict[str, tuple[str, str, Evidence]] = {}
    if document is None:
        return libraries, plugins
    versions = document.table("versions")
    for alias, value in versions.items():
        if isinstance(value, str):
            libraries[f"version:{re.sub(r'[-_.]', '.', alias).lower()}"] = (value, document.at("versions", alias))
    for alias, entry in document.table("libraries").items():
        module = entry.get("module") if isinstance(entry, dict) else entry
        if isinstance(entry, dict) and not module and "group" in entry and "name" in entry:
            module = f"{entry['group']}:{entry['name']}"
        if isinstance(module, str):
            libraries[re.sub(r"[-_.]", ".", alias).lower()] = (":".join(module.split(":")[:2]), document.at("libraries", alias))
    for alias, entry in document.table("plugins").items():
        text = (
            entry
            if isinstance(entry, str)
            else f"{entry.get('id', '')}:{_ref(entry.get('version'), versions)}"
            if isinstance(entry, dict)
            else ""
        )
        plugin, _, version = text.partition(":")
        plugins[alias] = (plugin, version, document.at("plugins", alias))
    return libraries, plugins


def _ref(version: object, versions: Mapping[str, object]) -> str:
    if isinstance(version, dict):
        version = versions.get(str(version.get("ref", "")))
    return version if isinstance(version, str) else ""


def _properties(folder: Folder, outer: Folder) -> dict[str, tuple[str, Evidence]]:
    found: dict[str, tuple[str, Evidence]] = {}
    for place in (folder, outer):
        text = place.read("gradle.properties")
        for hit in find_all(place.path("gradle.properties"), text, r"^([\w.]+)[ \t]*=[ \t]*([^\s#]+)") if text else ():
            found.setdefault(hit.match[1], (hit.match[2], hit.evidence))
    return found
