"""Swift: server programs of the package manager, Vapor and Hummingbird among them."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import env_examples, merged
from architect.finishing import finished
from architect.plan import Copy, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder, find, find_all
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.sockets import PortRule
from architect.tree import Tree
from architect.versions import numbers, version_file

NEWEST = "6.1"
FRAMEWORKS = (
    ("vapor", r"/vapor(?:\.git)?\""),
    ("hummingbird", r"/hummingbird(?:\.git)?\""),
    ("kitura", r"/Kitura(?:\.git)?\""),
    ("grpc", r"/grpc-swift"),
)
PORT_RULES = (
    PortRule(re.compile(r"\bconfiguration\.port\s*=\s*(?:Environment\.get\(\"PORT\"\)[^\d\n]*)?(\d{2,5})"), bound=True),
    PortRule(re.compile(r"\bport:\s*(?:Int\([^)\n]*\)\s*\?\?\s*)?(\d{4,5})\b"), bound=True),
    PortRule(re.compile(r"Environment\.get\(\"(?:\w+_)?PORT\"\)[^\n]{0,60}?(\d{2,5})")),
    PortRule(re.compile(r"hostname\([^)\n]*port:\s*(\d{2,5})"), bound=True),
)
HEALTH_ROUTE = r"\.(?:get|on\(\.GET,)\s*\(?\s*$"


class Swift:
    """A Package.swift with an executable."""

    id = "swift"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the executable; a package of libraries is a library."""
        folder = Folder(tree, root)
        text = folder.read("Package.swift")
        path = folder.path("Package.swift")
        if text is None:
            return None
        bare = re.sub(r"(?m)(?<!:)//(?! swift-tools)[^\n]*$", "", text)
        language = Fact("swift", Basis.DECLARED, (Evidence(path),))
        program = _program(folder, path, bare)
        if program is None:
            return Component(name=folder.label, stack=self.id, root=folder.root, role=Role.LIBRARY, language=language)
        files = code.sources(folder, [name for name in folder.files("*.swift") if name.startswith("Sources/")])
        framework = next(
            (Fact(name, Basis.DECLARED, (hit.evidence,)) for name, pattern in FRAMEWORKS if (hit := find(path, bare, pattern))), None
        )
        port = sockets.stated(files, PORT_RULES, named=framework is not None)
        if framework and port is None and framework.value in ("vapor", "hummingbird"):
            port = Fact(8080, Basis.CONVENTION, framework.evidence, "the framework's own default")
        start: tuple[str, ...] = (f"/app/{program.value}",)
        if framework and framework.value == "vapor" and port:
            start = (*start, "serve", "--env", "production", "--hostname", code.ANYWHERE, "--port", str(port.value))
        dependencies = {hit.match[1].lower(): hit.evidence for hit in find_all(path, bare, r"\.package\([^)]*?/([\w.-]+?)(?:\.git)?\"")}
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB if port else Role.JOB,
            language=language,
            framework=framework,
            runtime=_runtime(folder, path, text),
            package_manager=Fact("swiftpm", Basis.DECLARED, (Evidence(path),)),
            lockfile=folder.has("Package.resolved"),
            build=Fact(f"swift build -c release --product {program.value}", Basis.DECLARED, program.evidence),
            start=Fact(start, Basis.DECLARED, program.evidence, "the package's executable"),
            port=port,
            health=_health(files) if port else None,
            services=needed("swift", dependencies, folder.tree, folder.root),
            variables=merged(
                code.variables(files, r"(?:Environment\.get|environment\[|getenv)\(?\s*\"(?P<name>[A-Z][A-Z0-9_]+)\""), env_examples(folder)
            ),
            details={
                "program": program.value,
                "lock": bool(folder.has("Package.resolved")),
                "folders": tuple(name for name in ("Public", "Resources") if folder.has_folder(name)),
                "sqlite": bool(re.search(r"sqlite", bare, re.I)),
            },
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Link Swift's own library statically where it can be, run on the slim image of the same release."""
        details = component.details
        version = component.runtime.value if component.runtime else NEWEST
        suite = "noble" if numbers(version) >= (5, 10) else "jammy"
        program = details.get("program") or "App"
        cached = style is Style.CACHED
        manifests = ("Package.swift", "Package.resolved") if details.get("lock") else ("Package.swift",)
        fixed = " --force-resolved-versions" if details.get("lock") else ""
        caches = ("/root/.cache/org.swift.swiftpm",) if cached else ()
        build: list[Step] = [
            Workdir("/src"),
            Packages(("libsqlite3-dev",), why="SQLite") if details.get("sqlite") else Workdir("/src"),
            Copy(manifests, "./", why="dependencies change less often than code"),
            Run(f"swift package resolve{fixed}", caches=caches, why="a layer of its own, reused until the manifests change"),
            Copy((".",), "./", why="the source code"),
            Run(
                f"swift build -c release --product {program} --static-swift-stdlib && mkdir -p /out"
                f' && cp "$(swift build -c release --show-bin-path)/{program}" /out/'
                " && find .build/release/ -name '*.resources' -exec cp -r {} /out/ \\;",
                caches=caches,
                why="Swift's own library goes into the program",
                evidence=component.build.evidence if component.build else (),
            ),
        ]
        image = Image(
            f"swift:{version}-{suite}-slim", Family.DEBIAN, probe="bash", why="what a Swift program needs to run, without the compiler"
        )
        packages = ("ca-certificates", "libcurl4", "tzdata", *(("libsqlite3-0",) if details.get("sqlite") else ()))
        final: list[Step] = [Workdir("/app")]
        if style is not Style.LEAN or details.get("sqlite"):
            final.append(Packages(packages, why="outgoing TLS, time zones and what Foundation loads"))
        final.append(Copy(("/out/",), "/app/", stage="build", owned=style is not Style.HARDENED, why="the program and its resources"))
        final += [Copy((f"{name}/",), f"/app/{name}/", why="served or read at run time") for name in details.get("folders", ())]
        compiler = Image(f"swift:{version}-{suite}", Family.DEBIAN, why="the compiler")
        stages = (Stage("build", compiler, tuple(build)), Stage("runtime", image, tuple(final)))
        return finished(component, stages, bases.health_command(image, component), start=(f"/app/{program}",))


def _program(folder: Folder, path: str, text: str) -> Fact[str] | None:
    for pattern in (r"\.executable\(\s*name:\s*\"([\w-]+)\"", r"\.executableTarget\(\s*name:\s*\"([\w-]+)\""):
        found = find(path, text, pattern)
        if found:
            return Fact(found.value, Basis.DECLARED, (found.evidence,))
    for hit in find_all(path, text, r"\.target\(\s*name:\s*\"([\w-]+)\""):
        if folder.has(f"Sources/{hit.value}/main.swift"):
            return Fact(hit.value, Basis.DECLARED, (hit.evidence,))
    return None


def _runtime(folder: Folder, path: str, text: str) -> Fact[str]:
    pinned = version_file(folder, ".swift-version")
    if pinned and len(numbers(pinned.value)) > 1:
        return Fact(".".join(map(str, numbers(pinned.value)[:2])), Basis.DECLARED, pinned.evidence)
    tools = find(path, text, r"^//\s*swift-tools-version:\s*(\d+\.\d+)")
    if tools is None:
        return Fact(NEWEST, Basis.DEFAULT, (), "no file names a Swift release")
    version = numbers(tools.value)
    if version < (5, 0):
        return Fact("5.10", Basis.CONVENTION, (tools.evidence,), f"the newest release that still reads packages of tools {tools.value}")
    if version < (6, 0):
        return Fact("5.10", Basis.DECLARED, (tools.evidence,), f"the newest release of the series that tools {tools.value} belong to")
    return Fact(max(tools.value, NEWEST, key=numbers), Basis.DECLARED, (tools.evidence,), f"at least {tools.value} is asked for")


def _health(files: tuple[code.Source, ...]) -> Fact[str] | None:
    slashed = [code.Source(file.path, re.sub(r"\"(health\w*|ping|live\w*|ready\w*)\"", r'"/\1"', file.text)) for file in files]
    grouped = code.first(files, r"\.grouped\(\s*\"|\.group\(\s*\"")
    return None if grouped else health_route(slashed, HEALTH_ROUTE)
