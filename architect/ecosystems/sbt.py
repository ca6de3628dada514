"""sbt: projects of a build, their plugins and libraries, and the program that packaging makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find, find_all

DEFAULT_SBT = "1.11.7"
MAIN = re.compile(
    r"extends\s+(?:[\w.]+\s+with\s+)*(?:App|IOApp[\w.]*|ZIOAppDefault|ZIOApp)\b|def\s+main\s*\(|@main\b|^object\s+\w*(?:Main|Boot)\s+extends\b",
    re.M,
)
_ASIDE = re.compile(r"(?i)^(it|docs?|tests?|benchmarks?|gatling|integration\w*|e2e|examples?)$")


@dataclass(frozen=True, slots=True)
class Sbt:
    """A build: build.sbt, the plugins, and the project that runs (its folder, "" for the root's)."""

    folder: Folder
    path: str
    text: str
    plugins: str
    place: str
    project: str

    @property
    def name(self) -> str:
        """Return the name the packaged start script has."""
        scoped = self._block()
        bare = None if self.place else re.search(r"(?m)^(?:executableScriptName|name)\s*:=\s*\"+([^\"]+)\"", self.text)
        hit = (
            bare
            or re.search(r"\bexecutableScriptName\s*:=\s*\"([\w.-]+)\"", scoped)
            or re.search(r"(?<![\w.])(?:name|Universal / name)\s*:=\s*\"+([^\"]+)\"", scoped)
        )
        return re.sub(r"[^a-z0-9]+", "-", (hit[1] if hit else self.project or self.folder.label).lower()).strip("-")

    @property
    def packs(self) -> str:
        """Return how the build packs: `native` (a plugin that makes a start script), `assembly`, or `none`."""
        if re.search(r"sbt-native-packager|playframework|com\.typesafe\.play\"\s*%\s*\"sbt-plugin|sbt-play", self.plugins):
            return "native"
        return "assembly" if "sbt-assembly" in self.plugins else "none"

    @property
    def enabled(self) -> bool:
        """Tell whether a project turns the packaging plugin on."""
        return bool(re.search(r"enablePlugins\([^)]*(?:Java(?:App|Server)\w*|PlayScala|PlayJava|PlayService|PlayMinimalJava)", self.text))

    @property
    def play(self) -> Evidence | None:
        """Return the line that makes it a Play application."""
        found = find(self.path, self.text, r"\bPlay(?:Scala|Java|Service|MinimalJava)\b")
        return found.evidence if found else None

    @property
    def main(self) -> Fact[str] | None:
        """Return the main class the build names."""
        found = find(self.path, self.text, r"mainClass\s*(?:in\s*\w+\s*)?:=\s*Some\(\s*\"([\w.$]+)\"")
        return Fact(found.value, Basis.DECLARED, (found.evidence,)) if found else None

    @property
    def release(self) -> Fact[str]:
        """Return sbt's own release."""
        found = self.folder.find("project/build.properties", r"^sbt\.version\s*=\s*([\d.]+)")
        return Fact(found.value, Basis.DECLARED, (found.evidence,)) if found else Fact(DEFAULT_SBT, Basis.DEFAULT, (), "no file names one")

    @property
    def scala(self) -> str | None:
        """Return the release of Scala."""
        hit = re.search(r"scalaVersion\s*:=\s*\"([\d.]+)", self.text) or re.search(
            r"\b(?:val|lazy val)\s+scala\w*\s*=\s*\"([\d.]+)", self.text
        )
        return hit[1] if hit else None

    def dependencies(self) -> Mapping[str, Evidence]:
        """Return `group:artifact` of the run-time libraries with their lines."""
        found: dict[str, Evidence] = {}
        names = [name for name in self.folder.files("*.scala", depth=2) if name.startswith("project/")]
        for path, text in [(self.path, self.text), *((self.folder.path(name), self.folder.read(name) or "") for name in names)]:
            for hit in find_all(path, text, r"\"([\w.-]+)\"\s*%%?%?\s*\"([\w.-]+)\"[^\n]*"):
                if not re.search(r"%\s*(?:Test|IntegrationTest|\"test\"|\"it,test\"|\"it\")", hit.match[0]):
                    found.setdefault(f"{hit.match[1]}:{hit.match[2]}", hit.evidence)
        return found

    def _block(self) -> str:
        if not self.project:
            return self.text
        hit = re.search(rf"lazy val `?{re.escape(self.project)}`?\s*(?::\s*Project\s*)?=", self.text)
        rest = self.text[hit.start() :] if hit else self.text
        after = re.search(r"\n(?:lazy )?val\s", rest[10:])
        return rest[: after.start() + 10] if after else rest


def build(folder: Folder) -> Sbt | None:
    """Read the build in this folder; None when there is none."""
    text = folder.read("build.sbt")
    if text is None:
        return None
    bare = re.sub(r"(?m)//[^\n]*$", "", text)
    plugins = "\n".join(folder.read(name) or "" for name in folder.files("*.sbt", depth=1) if name.startswith("project/"))
    place, project = _runs(folder, bare)
    return Sbt(folder, folder.path("build.sbt"), bare, re.sub(r"(?m)^\s*//[^\n]*$", "", plugins), place, project)


def _runs(folder: Folder, text: str) -> tuple[str, str]:
    """Return the folder and name of the project that runs: the root's own when it has code, else the first with a main."""
    file = r"(?:\s+in\s+file\(\s*\"([^\"]*)\"\s*\)|\.in\(\s*file\(\s*\"([^\"]*)\"\s*\)\s*\))?"
    projects = re.findall(r"lazy val `?([\w-]+)`?\s*(?::\s*Project\s*)?=\s*\(?\s*project" + file, text)
    listed = [(name, (a or b or name).strip("./")) for name, a, b in projects]
    own = any(name.startswith(("src/main/", "app/")) for pattern in ("*.scala", "*.java") for name in folder.files(pattern))
    if own or not listed:
        return "", next((name for name, place in listed if place == ""), "")
    for wanted in (r"(?i)^(server|app|api|web|main|backend|http|service|rest)$", r"."):
        for name, place in listed:
            if place and not _ASIDE.match(name) and re.search(wanted, name) and _has_main(folder, place):
                return place, name
    return "", ""


def _has_main(folder: Folder, place: str) -> bool:
    names = [name for name in folder.files("*.scala") if name.startswith(f"{place}/src/main/")]
    return any(MAIN.search(folder.read(name) or "") for name in names[:60])
