"""Haskell: executables of Stack and Cabal projects."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import env_examples, merged
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder, Found, find, find_all
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.sockets import PortRule
from architect.tree import Tree
from architect.versions import default, numbers

DEFAULT_VERSION = "9.8"
RESOLVERS = (((24,), "9.10"), ((23,), "9.8"), ((22,), "9.6"), ((21,), "9.4"), ((20,), "9.2"), ((19,), "9.0"), ((16,), "8.10"))
FRAMEWORKS = (
    ("servant", "servant-server"),
    ("yesod", "yesod"),
    ("scotty", "scotty"),
    ("ihp", "ihp"),
    ("spock", "Spock"),
    ("snap", "snap-server"),
    ("wai", "warp"),
)
PORT_RULES = (
    PortRule(re.compile(r"\b(?:run|scotty|runEnv|warp|spock|runSettings|quickHttpServe)\s+(\d{2,5})\b"), bound=True),
    PortRule(re.compile(r"\"(?:\w+_)?PORT\".{0,120}?(?:maybe|fromMaybe|:|pure|return)\s*\(?(\d{2,5})", re.S)),
    PortRule(re.compile(r"[pP]ort\w*\b[^\n]{0,60}\bfromMaybe\s+(\d{4,5})\b")),
    PortRule(re.compile(r"\b(?:setPort|port)\s*(?:=|::\s*Int\s*\n\w+\s*=)?\s*(\d{4,5})\b")),
)
HEALTH_ROUTE = r"\bget\s+$"
_LIBRARIES = {
    "postgresql-simple": ("libpq-dev", "libpq5"),
    "postgresql-libpq": ("libpq-dev", "libpq5"),
    "persistent-postgresql": ("libpq-dev", "libpq5"),
    "hasql": ("libpq-dev", "libpq5"),
    "mysql-simple": ("default-libmysqlclient-dev", "libmariadb3"),
    "hw-kafka-client": ("librdkafka-dev", "librdkafka1"),
}


class Haskell:
    """A package with an executable."""

    id = "haskell"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the executable; a package without one is a library."""
        folder = Folder(tree, root)
        cabal = next((name for name in folder.names() if name.endswith(".cabal")), None)
        manifest = folder.has("package.yaml") or cabal
        if manifest is None:
            return None
        text = folder.read(manifest) or ""
        path = folder.path(manifest)
        language = Fact("haskell", Basis.DECLARED, (Evidence(path),))
        program = _program(path, text, hpack=manifest == "package.yaml")
        if program is None:
            return Component(name=folder.label, stack=self.id, root=folder.root, role=Role.LIBRARY, language=language)
        files = code.sources(folder, [name for name in folder.files("*.hs") if not re.match(r"(test|bench)", name)])
        dependencies = {
            hit.match[1]: hit.evidence
            for hit in find_all(path, text, r"^[ \t,-]*(?:build-depends:)?[ \t,]*([A-Za-z][\w-]+)[ \t]*(?:[<>=^&|\d., *-].*)?$")
        }
        framework = next((Fact(label, Basis.DECLARED, (dependencies[key],)) for label, key in FRAMEWORKS if key in dependencies), None)
        port = sockets.stated(files, PORT_RULES, named=framework is not None)
        if framework and port is None:
            port = Fact(3000, Basis.CONVENTION, framework.evidence, "the usual port of Warp servers")
        stack = bool(folder.has("stack.yaml"))
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB if port else Role.JOB,
            language=language,
            framework=framework,
            runtime=_runtime(folder),
            package_manager=Fact("stack" if stack else "cabal", Basis.DECLARED, (Evidence(folder.path("stack.yaml") if stack else path),)),
            lockfile=folder.has("stack.yaml.lock", "cabal.project.freeze"),
            build=Fact("stack build" if stack else "cabal install", Basis.DECLARED, (program.evidence,)),
            start=Fact((f"/app/{program.value}",), Basis.DECLARED, (program.evidence,), "the package's executable"),
            port=port,
            health=health_route(files, HEALTH_ROUTE) if port else None,
            services=needed("hackage", dependencies, folder.tree, folder.root),
            variables=merged(code.variables(files, r"(?:lookupEnv|getEnv)\s+\"(?P<name>[A-Z][A-Z0-9_]+)\""), env_examples(folder)),
            details={
                "program": program.value,
                "stack": stack,
                "manifests": tuple(
                    name
                    for name in ("stack.yaml", "stack.yaml.lock", "package.yaml", cabal, "cabal.project", "cabal.project.freeze")
                    if name and folder.has(name)
                ),
                "libraries": tuple((key, dependencies[key]) for key in _LIBRARIES if key in dependencies),
                "folders": tuple(name for name in ("static", "config", "templates") if folder.has_folder(name)),
            },
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Compile with the matching GHC, run with just the C libraries."""
        details = component.details
        version = component.runtime.value if component.runtime else DEFAULT_VERSION
        program = details.get("program") or "app"
        cached = style is Style.CACHED
        stack = bool(details.get("stack"))
        caches = (("/root/.stack",) if stack else ("/root/.cabal",)) if cached else ()
        libraries = details.get("libraries", ())
        suite = "bookworm" if numbers(version) >= (9, 8) else "bullseye" if numbers(version) >= (9, 4) else "buster"
        fetch = "stack build --system-ghc --only-dependencies" if stack else "cabal update && cabal build --only-dependencies all"
        make = (
            "stack build --system-ghc --copy-bins --local-bin-path /out"
            if stack
            else f"cabal install exe:{program} --install-method=copy --installdir=/out"
        )
        lines = tuple(line for _, line in libraries)
        build: list[Step] = [
            Workdir("/src"),
            Packages(tuple(dict.fromkeys(_LIBRARIES[name][0] for name, _ in libraries)), why="C libraries", evidence=lines)
            if libraries
            else Workdir("/src"),
            Copy(details.get("manifests", ()), "./", why="dependencies change less often than code"),
            Run(fetch, caches=caches, why="a layer of its own, reused until the manifests change"),
            Copy((".",), "./", why="the source code"),
            Run(
                f"mkdir -p /out && {make}",
                caches=caches,
                why="a release build",
                evidence=component.build.evidence if component.build else (),
            ),
        ]
        image = Image(
            f"debian:{suite if suite != 'buster' else 'bullseye'}-slim",
            Family.DEBIAN,
            probe="bash",
            why="the C library the program was linked against",
        )
        packages = ("ca-certificates", "libgmp10", "netbase", *dict.fromkeys(_LIBRARIES[name][1] for name, _ in libraries))
        final: list[Step] = [
            Workdir("/app"),
            Packages(packages, why="what every Haskell program is linked against, and outgoing TLS", evidence=lines),
        ]
        final.append(Copy((f"/out/{program}",), "/app/", stage="build", owned=style is Style.LEAN, why="only the program"))
        final += [Copy((f"{name}/",), f"/app/{name}/", why="read at run time") for name in details.get("folders", ())]
        if component.port and any(variable.name == "PORT" for variable in component.variables):
            final.append(Env("PORT", str(component.port.value), why="the port that is exposed"))
        compiler = Image(
            f"haskell:{version}-slim" if numbers(version) < (9, 8) else f"haskell:{version}-slim-bookworm",
            Family.DEBIAN,
            why="GHC, Cabal and Stack",
        )
        stages = (Stage("build", compiler, tuple(build)), Stage("runtime", image, tuple(final)))
        return finished(component, stages, bases.health_command(image, component), start=(f"/app/{program}",), start_period=5)


def _program(path: str, text: str, *, hpack: bool) -> Found | None:
    if hpack:
        return find(path, text, r"^executables:\s*\n[ \t]+([\w-]+):") or find(
            path, text, r"^executable:\s*\n(?:[ \t]+[^\n]*\n)*?[ \t]+name:[ \t]*([\w-]+)"
        )
    return find(path, text, r"(?i)^executable[ \t]+([\w-]+)")


def _runtime(folder: Folder) -> Fact[str]:
    resolver = folder.find("stack.yaml", r"^(?:resolver|snapshot):\s*lts-(\d+(?:\.\d+)?)")
    if resolver:
        release = next((ghc for least, ghc in RESOLVERS if numbers(resolver.value) >= least), RESOLVERS[-1][1])
        return Fact(release, Basis.DECLARED, (resolver.evidence,), f"the compiler of lts-{resolver.value}")
    named = folder.find("cabal.project", r"^with-compiler:\s*ghc-(\d+\.\d+)")
    if named:
        return Fact(named.value, Basis.DECLARED, (named.evidence,))
    return default(DEFAULT_VERSION, "no file names a GHC release; a settled one is used")
