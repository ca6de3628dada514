"""Dart servers: a program in bin/ compiled ahead of time."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import env_examples, merged
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.sockets import PortRule
from architect.tree import Tree
from architect.versions import default, newest

KNOWN = ("3.9", "3.8", "3.7", "3.6", "3.5", "3.4", "3.3", "3.2", "3.1", "3.0", "2.19", "2.18", "2.17")
FRAMEWORKS = ("shelf", "dart_frog", "serverpod", "conduit", "alfred", "angel3_framework", "get_server")
PORT_RULES = (
    PortRule(re.compile(r"environment\[\s*['\"](?:\w+_)?PORT['\"]\s*\]\s*\?\?\s*['\"](\d{2,5})")),
    PortRule(re.compile(r"\b(?:serve|listen|bind)\([^;]{0,160}?,\s*(\d{2,5})\b"), bound=True),
    PortRule(re.compile(r"\b(?:const|final|var|int)\s+_?(?:default)?[pP]ort\s*=\s*(\d{2,5})")),
)
HEALTH_ROUTE = r"\.(?:get|all|mount)\(\s*$"


class Dart:
    """A pubspec.yaml with a program in bin/."""

    id = "dart"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the server's program; Flutter applications and packages are not meant."""
        folder = Folder(tree, root)
        manifest = folder.yaml("pubspec.yaml")
        if manifest is None or manifest.get("flutter") is not None or "flutter" in manifest.table("dependencies"):
            return None
        name = manifest.text_at("name") or folder.label
        frog = "dart_frog" in manifest.table("dependencies")
        entry = folder.has("bin/server.dart", "bin/main.dart", f"bin/{name}.dart") or next(
            (file for file in folder.files("*.dart", depth=1) if file.startswith("bin/")), None
        )
        if entry is None and not frog:
            return Component(
                name=folder.label,
                stack=self.id,
                root=folder.root,
                role=Role.LIBRARY,
                language=Fact("dart", Basis.DECLARED, (Evidence(manifest.path),)),
            )
        files = code.sources(folder, [file for file in folder.files("*.dart") if re.match(r"(bin|lib|routes)/", file)])
        dependencies = {key: manifest.at("dependencies", key) for key in manifest.table("dependencies")}
        framework = next((Fact(key, Basis.DECLARED, (dependencies[key],)) for key in reversed(FRAMEWORKS) if key in dependencies), None)
        serves = framework or code.first(files, r"HttpServer\.bind")
        port = sockets.stated(files, PORT_RULES, named=bool(serves))
        if serves and port is None:
            port = Fact(8080, Basis.CONVENTION, framework.evidence if framework else (), "the usual port of Dart servers")
        line = Evidence(folder.path(entry)) if entry else Evidence(manifest.path)
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB if port else Role.JOB,
            language=Fact("dart", Basis.DECLARED, (Evidence(manifest.path),)),
            framework=framework,
            runtime=_runtime(folder),
            package_manager=Fact("pub", Basis.DECLARED, (Evidence(manifest.path),)),
            lockfile=folder.has("pubspec.lock"),
            build=Fact("dart compile exe", Basis.CONVENTION, (line,)),
            start=Fact(("/app/server",), Basis.CODE, (line,), "the compiled program"),
            port=port,
            health=health_route(files, HEALTH_ROUTE) if port and not frog else None,
            services=needed("pub", dependencies, folder.tree, folder.root),
            variables=merged(
                code.variables(
                    files, r"environment\[\s*['\"](?P<name>[A-Z][A-Z0-9_]+)['\"]\s*\](?:\s*\?\?\s*['\"](?P<default>[^'\"]*)['\"])?"
                ),
                env_examples(folder),
            ),
            details={"entry": entry, "frog": frog, "lock": bool(folder.has("pubspec.lock")), "public": folder.has_folder("public")},
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Compile to one program and run it with just the libraries Dart names."""
        details = component.details
        version = component.runtime.value if component.runtime else KNOWN[0]
        cached = style is Style.CACHED
        caches = ("/root/.pub-cache",) if cached else ()
        fixed = " --enforce-lockfile" if details.get("lock") else ""
        manifests = ("pubspec.yaml", "pubspec.lock") if details.get("lock") else ("pubspec.yaml",)
        compile_ = f"dart compile exe {details.get('entry')} -o /out/server"
        if details.get("frog"):
            frog = "dart pub global activate dart_frog_cli && dart pub global run dart_frog_cli:dart_frog build"
            compile_ = f"{frog} && dart compile exe build/bin/server.dart -o /out/server"
        build: list[Step] = [
            Workdir("/src"),
            Copy(manifests, "./", why="dependencies change less often than code"),
            Run(f"dart pub get{fixed}", caches=caches, why="a layer of its own, reused until the manifests change"),
            Copy((".",), "./", why="the source code"),
            Run(f"dart pub get --offline && mkdir -p /out && {compile_}", caches=caches, why="machine code, without the Dart runtime"),
        ]
        bare = style is not Style.CACHED and component.port is not None
        image = bases.SCRATCH if bare and style is Style.LEAN else bases.DISTROLESS_CC if bare else bases.BOOKWORM
        final: list[Step] = [Workdir("/app")]
        if image is bases.SCRATCH:
            final.append(Copy(("/runtime/",), "/", stage="build", why="the few libraries and certificates a Dart program needs"))
        final += [bases.probe_copy()] if bare else []
        final.append(Copy(("/out/server",), "/app/", stage="build", why="only the program"))
        final += [Copy(("public/",), "/app/public/", why="served at run time")] if details.get("public") else []
        if component.port and any(variable.name == "PORT" for variable in component.variables):
            final.append(Env("PORT", str(component.port.value), why="the port that is exposed"))
        compiler = Stage("build", Image(f"dart:{version}", Family.DEBIAN, why="the compiler"), tuple(build))
        stages = (compiler, *((bases.PROBE,) if bare else ()), Stage("runtime", image, tuple(final)))
        health = bases.probe_command(component) if bare else bases.health_command(image, component)
        return finished(component, stages, health, start=("/app/server",), start_period=5)


def _runtime(folder: Folder) -> Fact[str]:
    found = folder.find("pubspec.yaml", r"^\s+sdk:\s*['\"]?([^'\"\n]+)")
    release = newest(found.value, KNOWN) if found else None
    if found and release:
        return Fact(release, Basis.DECLARED, (found.evidence,), f"the newest settled release that {found.value.strip()} permits")
    return default(KNOWN[0], "no file names a Dart release; a settled one is used")
