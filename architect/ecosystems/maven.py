"""Maven: poms with their parents inside the repository, effective properties, dependencies, plugins and modules."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from architect.markup import Node, parse
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder

_MAX_PARENTS = 6


@dataclass(frozen=True, slots=True)
class Pom:
    """A pom.xml with the poms it inherits from inside the repository, nearest first (itself included)."""

    folder: Folder
    chain: tuple[Node, ...]
    places: tuple[str, ...]

    @property
    def node(self) -> Node:
        """Return the pom's own root element."""
        return self.chain[0]

    @property
    def artifact(self) -> str:
        """Return the artifact id."""
        return self.text(self.node.value("artifactId")) or self.folder.label

    @property
    def packaging(self) -> str:
        """Return the packaging, `jar` by default."""
        return self.node.value("packaging") or "jar"

    @property
    def modules(self) -> tuple[str, ...]:
        """Return the folders of the modules this pom lists, relative to it."""
        found = self.node.child("modules")
        return tuple(posixpath.normpath(child.text.strip()) for child in (found.children if found else []) if child.text.strip())

    @property
    def jar(self) -> str:
        """Return the file the build leaves in target/: its final name, with properties filled in."""
        own = self.node.value("build", "finalName") or next(
            (
                name
                for plugin in self.plugins("spring-boot-maven-plugin", "maven-assembly-plugin")
                if (name := plugin.value("configuration", "finalName"))
            ),
            None,
        )
        suffix = "war" if self.packaging == "war" else "jar"
        name = self.text(own) if own else f"{self.artifact}-{self.version or '*'}"
        return f"{name}.{suffix}" if "${" not in name else f"*.{suffix}"

    @property
    def version(self) -> str | None:
        """Return the version, inherited where the pom gives none."""
        for node in self.chain:
            value = node.value("version") or node.value("parent", "version")
            if value:
                text = self.text(value)
                return None if "${" in text else text
        return None

    def property(self, name: str) -> Fact[str] | None:
        """Return a property, from the nearest pom that sets it."""
        for node in self.chain:
            found = node.child("properties", name)
            if found and found.text.strip():
                return Fact(self.text(found.text.strip()), Basis.DECLARED, (found.evidence,))
        return None

    def text(self, value: str | None) -> str:
        """Return a value with `${...}` filled in as far as the poms tell."""
        text = value or ""
        for _ in range(5):
            replaced = re.sub(r"\$\{([^{}]+)\}", self._filled, text)
            if replaced == text:
                break
            text = replaced
        return text

    def parent(self, group: str, artifact: str | None = None) -> tuple[str, Evidence] | None:
        """Return the version and line of a parent (or an imported bill of materials) of this group."""
        for node in self.chain:
            up = node.child("parent")
            candidates = [up] if up else []
            managed = node.child("dependencyManagement", "dependencies")
            candidates += [child for child in (managed.children if managed else []) if child.value("scope") == "import"]
            for candidate in candidates:
                if self.text(candidate.value("groupId")) == group and artifact in (None, candidate.value("artifactId")):
                    line = candidate.child("version") or candidate.child("artifactId") or candidate
                    return self.text(candidate.value("version")), line.evidence
        return None

    def dependencies(self) -> Mapping[str, Evidence]:
        """Return `group:artifact` of the run-time dependencies, inherited ones included, with their lines."""
        found: dict[str, Evidence] = {}
        for node in self.chain:
            listed = node.child("dependencies")
            for child in listed.children if listed else []:
                name = child.child("artifactId")
                if child.name == "dependency" and name and child.value("scope") not in ("test", "import"):
                    found.setdefault(f"{self.text(child.value('groupId'))}:{name.text.strip()}", name.evidence)
        return found

    def plugins(self, *artifacts: str) -> Iterator[Node]:
        """Yield the build plugins of these artifact ids: those really used, and the managed ones of the same name."""
        for node in self.chain:
            for place in (("build", "plugins"), ("build", "pluginManagement", "plugins")):
                listed = node.child(*place)
                for child in listed.children if listed else []:
                    if child.value("artifactId") in artifacts:
                        yield child

    def uses(self, *artifacts: str) -> Evidence | None:
        """Return the line of a plugin that the build runs (not merely manages)."""
        for node in self.chain:
            places = [("build", "plugins")]
            profiles = node.child("profiles")
            listed = [node.child(*place) for place in places]
            for profile in profiles.children if profiles else []:
                exists = (
                    self.text(profile.value("activation", "file", "exists")).removeprefix("${basedir}/").removeprefix("${project.basedir}/")
                )
                active = profile.value("activation", "activeByDefault") == "true" or bool(exists and self.folder.has(exists))
                listed += [profile.child("build", "plugins")] if active else []
            for plugins in listed:
                for child in plugins.children if plugins else []:
                    name = child.child("artifactId")
                    if name and name.text.strip() in artifacts:
                        return name.evidence
        return None

    def _filled(self, hit: re.Match[str]) -> str:
        name = hit[1]
        if name in ("project.artifactId", "artifactId", "pom.artifactId"):
            return self.node.value("artifactId") or hit[0]
        if name in ("project.name", "pom.name"):
            return self.node.value("name") or self.node.value("artifactId") or hit[0]
        if name in ("project.version", "version", "pom.version"):
            value = next((value for node in self.chain if (value := node.value("version") or node.value("parent", "version"))), None)
            return value if value and name not in value else hit[0]
        for node in self.chain:
            value = node.value("properties", name)
            if value and f"${{{name}}}" not in value:
                return value
        return hit[0]


def pom(folder: Folder) -> Pom | None:
    """Read pom.xml of this folder and its parents inside the repository; None when there is none or it is broken."""
    chain: list[Node] = []
    places: list[str] = []
    place = folder.root
    for _ in range(_MAX_PARENTS):
        text = Folder(folder.tree, place).read("pom.xml")
        node = parse(f"{place}/pom.xml" if place else "pom.xml", text) if text else None
        if node is None or node.name != "project" or place in places:
            break
        chain.append(node)
        places.append(place)
        up = node.child("parent")
        if up is None:
            break
        given = up.child("relativePath")
        relative = given.text.strip() if given is not None else "../pom.xml"
        above = posixpath.normpath(posixpath.join(place or ".", relative)) if relative else ".."
        above = above.removesuffix("pom.xml").rstrip("/") if above.endswith("pom.xml") else above
        if above.startswith(".."):
            break
        place = "" if above == "." else above
        parent_text = Folder(folder.tree, place).read("pom.xml") or ""
        if up.value("artifactId") and f"<artifactId>{up.value('artifactId')}</artifactId>" not in parent_text:
            break
    return Pom(folder, tuple(chain), tuple(places)) if chain else None


def aggregator(folder: Folder) -> tuple[Pom, tuple[str, ...]] | None:
    """Return the outermost pom above that lists this folder as a module, and all its module folders (nested ones included)."""
    best: tuple[Pom, tuple[str, ...]] | None = None
    for place in list(folder.upwards())[1:]:
        above = pom(place)
        if above is None:
            continue
        listed = tuple(_modules(above, "", 0))
        if posixpath.relpath(folder.root, place.root or ".") in listed:
            best = above, listed
    return best


def siblings(own: Pom, above: Pom, listed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the modules of the same build that this one depends on, directly or not."""
    by_artifact: dict[str, tuple[str, Pom]] = {}
    for name in listed:
        other = pom(Folder(above.folder.tree, above.folder.path(name)))
        if other:
            by_artifact[other.artifact] = (name, other)
    found: dict[str, None] = {}
    todo = [own]
    while todo:
        for dependency in todo.pop().dependencies():
            known = by_artifact.get(dependency.rpartition(":")[2])
            if known and known[0] not in found and known[1].folder.root != own.folder.root:
                found[known[0]] = None
                todo.append(known[1])
    return tuple(found)


def needed_by_others(own: Pom, above: Pom, listed: tuple[str, ...]) -> bool:
    """Tell whether another module of the same build depends on this one."""
    for name in listed:
        other = pom(Folder(above.folder.tree, above.folder.path(name)))
        wanted = {dependency.rpartition(":")[2] for dependency in other.dependencies()} if other else set()
        if other and other.folder.root != own.folder.root and own.artifact in wanted:
            return True
    return False


def all_modules(above: Pom) -> Iterator[str]:
    """Yield the folders of all modules below a pom, relative to it."""
    yield from _modules(above, "", 0)


def _modules(above: Pom, prefix: str, depth: int) -> Iterator[str]:
    for name in above.modules:
        path = posixpath.normpath(posixpath.join(prefix, name))
        if path.startswith(".."):
            continue
        yield path
        inner = pom(Folder(above.folder.tree, above.folder.path(name))) if depth < 3 else None
        if inner and inner.modules:
            yield from _modules(inner, path, depth + 1)
