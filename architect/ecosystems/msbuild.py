""".NET: project files with what Directory.Build.props adds, target frameworks, references, and how C# states ports and routes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from architect import code
from architect.code import Source
from architect.markup import Node, parse
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder
from architect.sockets import PortRule

PROJECTS = ("*.csproj", "*.fsproj", "*.vbproj")
SHARED = (
    "Directory.Build.props",
    "Directory.Build.targets",
    "Directory.Packages.props",
    "global.json",
    "NuGet.config",
    "nuget.config",
    "NuGet.Config",
)
_TESTS = re.compile(r"(?i)microsoft\.net\.test\.sdk|^xunit|^nunit|^mstest|^bunit|benchmarkdotnet")
ASIDE = re.compile(r"(?i)(^|/)(tests?|[\w.-]*\.?tests?|benchmarks?|samples?|examples?|build|_build|tools?|templates?|docs?|perf|fuzz\w*)/")
_HOST = r"(?:https?://)(?:\*|\+|0\.0\.0\.0|localhost|127\.0\.0\.1|\[::\])"
PORT_RULES: tuple[PortRule, ...] = tuple(
    PortRule(re.compile(pattern), bound=bound)
    for bound, pattern in (
        (True, rf"(?:UseUrls|Urls\.Add|\.Run|RunAsync)\(\s*\$?@?\"{_HOST}:(\d{{2,5}})"),
        (True, r"\.(?:ListenAnyIP|ListenLocalhost)\(\s*(\d{2,5})"),
        (True, r"\.Listen\(\s*IPAddress\.\w+\s*,\s*(\d{2,5})"),
        (False, r"GetEnvironmentVariable\(\s*\"(?:\w+_)?PORT\"\s*\)\s*\?\?\s*\"?(\d{2,5})"),
        (False, r"\bconst\s+int\s+(?:Default)?(?:Http)?Port\s*=\s*(\d{2,5})"),
        (False, r"(?:Configuration|config)\[\s*\"(?:\w+[:_])?[Pp]ort\"\s*\]\s*\?\?\s*\"?(\d{2,5})"),
    )
)
SETTINGS = re.compile(r"(?:Config\w*|Network\w*|Options|Settings|Defaults|Constants)\.cs$")
SETTINGS_PORT = re.compile(rf"(?m)^ {{0,4}}\"(?:[Uu]rls|ASPNETCORE_URLS)\"\s*:\s*\"[^\"]*?{_HOST}:(\d{{2,5}})")
HEALTH_ROUTE = r"\.(?:MapHealthChecks|UseHealthChecks|MapGet|MapHealthCheck)\(\s*(?:pattern:\s*|path:\s*)?$"
VARIABLES = (r"Environment\.GetEnvironmentVariable\(\s*\"(?P<name>[A-Za-z][A-Za-z0-9_]+)\"\s*\)(?:\s*\?\?\s*\"(?P<default>[^\"]*)\")?",)


@dataclass(frozen=True, slots=True)
class Project:
    """A project file: its own root element first, then the props files that apply to it, nearest first."""

    folder: Folder
    name: str
    nodes: tuple[Node, ...]

    @property
    def path(self) -> str:
        """Return the project file's path from the repository's root."""
        return self.folder.path(self.name)

    @property
    def sdk(self) -> str:
        """Return the SDK the project builds with."""
        element = self.nodes[0].child("Sdk")
        return self.nodes[0].attributes.get("Sdk", "") or (element.attributes.get("Name", "") if element else "")

    @property
    def assembly(self) -> str:
        """Return the name of the assembly the build makes."""
        found = self.property("AssemblyName")
        stem = self.name.rpartition(".")[0]
        return found.value if found and "$(" not in found.value else stem

    @property
    def framework(self) -> tuple[str, Evidence] | None:
        """Return the newest .NET (Core) release among the target frameworks, as the image tag has it (`8.0`)."""
        found = self.property("TargetFramework") or self.property("TargetFrameworks")
        if found is None:
            return None
        releases = [(int(a), int(b)) for a, b in re.findall(r"(?:net|netcoreapp)(\d+)\.(\d+)", found.value)]
        releases = [release for release in releases if release >= (2, 0)]
        return (".".join(map(str, max(releases))), found.evidence[0]) if releases else None

    @property
    def packages(self) -> Mapping[str, Evidence]:
        """Return the packages the project itself references, with their lines."""
        return {name: node.evidence for node in self.nodes[0].every("PackageReference") if (name := node.attributes.get("Include"))}

    @property
    def references(self) -> tuple[str, ...]:
        """Return the folders and files of the projects it references, from the repository's root."""
        found = []
        for node in self.nodes[0].every("ProjectReference"):
            target = posixpath.normpath(posixpath.join(self.folder.root or ".", node.attributes.get("Include", "").replace("\\", "/")))
            if not target.startswith(".."):
                found.append(target)
        return tuple(found)

    @property
    def kind(self) -> str:
        """Return `web`, `wasm`, `worker`, `exe` or `library`; tests, desktop applications and orchestration hosts are libraries here."""
        text = f"{self.sdk} "
        aside = ("UseMaui", "IsTestProject", "UseWPF", "UseWindowsForms", "IsAspireHost")
        if any((self.nodes[0].value("PropertyGroup", name) or "").lower() == "true" for name in aside) or "Aspire.AppHost" in text:
            return "library"
        if any(_TESTS.search(name) for name in self.packages) or any(name.startswith("Aspire.Hosting") for name in self.packages):
            return "library"
        if self.sdk.startswith("Microsoft.NET.Sdk.BlazorWebAssembly"):
            return "wasm"
        output = self.property("OutputType")
        if self.sdk.startswith("Microsoft.NET.Sdk.Web"):
            return "library" if output and output.value.lower() == "library" else "web"
        if self.sdk.startswith("Microsoft.NET.Sdk.Worker"):
            return "worker"
        if output and output.value.lower() == "exe":
            aspnet = any(node.attributes.get("Include") == "Microsoft.AspNetCore.App" for node in self.nodes[0].every("FrameworkReference"))
            return (
                "web" if aspnet else "worker" if any(name.startswith("Microsoft.Extensions.Hosting") for name in self.packages) else "exe"
            )
        return "library"

    def property(self, name: str) -> Fact[str] | None:
        """Return a property, the project's own before those of the props files; `$(Name)` is filled in where it can be."""
        for node in self.nodes:
            for group in node.children:
                found = group.child(name) if group.name == "PropertyGroup" else None
                if found and found.text.strip():
                    return Fact(self._filled(found.text.strip()), Basis.DECLARED, (found.evidence,))
        return None

    def _filled(self, value: str, depth: int = 0) -> str:
        def replaced(hit: re.Match[str]) -> str:
            for node in self.nodes:
                for group in node.children:
                    text = group.value(hit[1]) if group.name == "PropertyGroup" else None
                    if text and depth < 4:
                        return self._filled(text, depth + 1)
            return hit[0]

        return re.sub(r"\$\((\w+)\)", replaced, value)


def project(folder: Folder, name: str) -> Project | None:
    """Read a project file and the props files that apply to it; None when it is broken."""
    text = folder.read(name)
    own = parse(folder.path(name), text) if text else None
    if own is None or own.name != "Project":
        return None
    nodes = [own]
    for place in folder.upwards():
        for shared in ("Directory.Build.props", "Directory.Packages.props"):
            props = place.read(shared)
            node = parse(place.path(shared), props) if props else None
            if node is not None:
                nodes.append(node)
    return Project(folder, name, tuple(nodes))


def projects_here(folder: Folder) -> tuple[Project, ...]:
    """Return the projects directly in this folder."""
    names = [name for name in folder.names() if name.endswith((".csproj", ".fsproj", ".vbproj"))]
    return tuple(found for name in sorted(names) if (found := project(folder, name)))


def runnable_below(folder: Folder) -> tuple[Project, ...]:
    """Return the projects below this folder that run, tests and tools left out; at most sixty files are read."""
    names = [name for pattern in PROJECTS for name in folder.files(pattern, depth=5) if not ASIDE.search(name)]
    found = []
    for name in sorted(names, key=lambda name: (name.count("/"), name))[:60]:
        place, _, file = name.rpartition("/")
        known = project(Folder(folder.tree, folder.path(place) if place else folder.root), file)
        if known and known.kind in ("web", "wasm", "worker", "exe"):
            found.append(known)
    hosts = {reference for known in found if known.kind == "web" for reference in known.references}
    return tuple(known for known in found if not (known.kind == "wasm" and known.path in hosts))


def solution(folder: Folder) -> Folder | None:
    """Return the nearest folder here or above that has a solution file."""
    return next((place for place in folder.upwards() if any(name.endswith((".sln", ".slnx")) for name in place.names())), None)


def closure(own: Project) -> tuple[Project, ...]:
    """Return the project and all it references, directly or not."""
    found: dict[str, Project] = {own.path: own}
    todo = [own]
    while todo and len(found) < 60:
        for target in todo.pop().references:
            place, _, name = target.rpartition("/")
            known = project(Folder(own.folder.tree, place), name) if target not in found else None
            if known:
                found[target] = known
                todo.append(known)
    return tuple(found.values())


def shared_files(folder: Folder) -> Iterator[tuple[Folder, str]]:
    """Yield the files above a project that steer its build, nearest first."""
    for place in folder.upwards():
        for name in SHARED:
            if place.has(name):
                yield place, name


def sdk(folder: Folder, runtime: str) -> Fact[str]:
    """Return the tag of the SDK: exact where global.json insists, else the release of the target framework."""
    for place in folder.upwards():
        document = place.json("global.json")
        version = document.text_at("sdk", "version") if document else None
        if document and version:
            roll = (document.text_at("sdk", "rollForward") or "").lower()
            wide = roll.startswith(("latestfeature", "feature", "latestminor", "minor", "latestmajor", "major"))
            tag = ".".join(version.split(".")[:2]) if wide or not re.fullmatch(r"\d+\.\d+\.\d+", version) else version
            return Fact(tag, Basis.DECLARED, (document.at("sdk", "version"),))
    return Fact(runtime, Basis.CONVENTION, (), "the SDK of the same release")


def chooses_database(files: Sequence[Source]) -> bool:
    """Tell whether the code can use SQLite instead of a server."""
    return bool(code.first(files, r"\.UseSqlite\(")) and bool(code.first(files, r"\.Use(?:SqlServer|Npgsql|MySql|MySQL|Oracle)\("))
