"""Crystal: a target of shard.yml as a static program."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import env_examples, merged
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.sockets import PortRule
from architect.tree import Tree
from architect.versions import default, newest

KNOWN = ("1.18", "1.17", "1.16", "1.15", "1.14", "1.13", "1.12", "1.11", "1.10", "1.9", "1.8")
PATCHES = {"1.18": "1.18.2", "1.16": "1.16.3", "1.14": "1.14.1", "1.13": "1.13.3", "1.11": "1.11.2"}
FRAMEWORKS = (("kemal", 3000), ("lucky", 3000), ("amber", 3000), ("athena", 3000), ("grip", 4004), ("spider-gazelle", 3000))
PORT_RULES = (
    PortRule(re.compile(r"ENV(?:\.fetch\(|\[)\"(?:\w+_)?PORT\"[^\d\n]{0,30}(\d{2,5})")),
    PortRule(re.compile(r"\b(?:Kemal\.run|bind_tcp|listen)\s*\(?\s*(?:\"[^\"]*\"\s*,\s*)?(?:port:?\s*=?\s*)?(\d{2,5})"), bound=True),
    PortRule(re.compile(r"\bKemal\.config\.port\s*=\s*(\d{2,5})"), bound=True),
)
HEALTH_ROUTE = r"^\s*get\s*\(?\s*$"


class Crystal:
    """A shard.yml with a target."""

    id = "crystal"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the target; a shard without one is a library."""
        folder = Folder(tree, root)
        manifest = folder.yaml("shard.yml")
        if manifest is None:
            return None
        language = Fact("crystal", Basis.DECLARED, (Evidence(manifest.path),))
        targets = manifest.table("targets")
        name = manifest.text_at("name") or folder.label
        target = name if name in targets else next(iter(targets), None)
        entry = folder.has(f"src/{name}.cr", f"{name}.cr", "server.cr", "app.cr", "main.cr", "src/server.cr", "src/app.cr", "src/main.cr")
        if target is None and entry is None:
            return Component(name=folder.label, stack=self.id, root=folder.root, role=Role.LIBRARY, language=language)
        program = str(target or name)
        main = manifest.text_at("targets", program, "main") or entry or f"src/{program}.cr"
        files = code.sources(folder, [file for file in folder.files("*.cr") if file.startswith(("src/", "config/")) or file == main])
        dependencies = {key: manifest.at("dependencies", key) for key in manifest.table("dependencies")}
        found = next(((Fact(key, Basis.DECLARED, (dependencies[key],)), port) for key, port in FRAMEWORKS if key in dependencies), None)
        port = sockets.stated(files, PORT_RULES, named=found is not None)
        if port is None and found:
            port = Fact(found[1], Basis.CONVENTION, found[0].evidence, "the framework's own default")
        line = manifest.at("targets", program) if target else Evidence(folder.path(main))
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB if port else Role.JOB,
            language=language,
            framework=found[0] if found else None,
            runtime=_runtime(folder),
            package_manager=Fact("shards", Basis.DECLARED, (Evidence(manifest.path),)),
            lockfile=folder.has("shard.lock"),
            build=Fact("crystal build --release", Basis.DECLARED, (line,)),
            start=Fact((f"/app/{program}",), Basis.DECLARED, (line,), "the program of the target"),
            port=port,
            health=health_route(files, HEALTH_ROUTE) if port else None,
            services=needed("crystal", dependencies, folder.tree, folder.root),
            variables=merged(code.variables(files, r"ENV(?:\.fetch\(|\[)\"(?P<name>[A-Z][A-Z0-9_]+)\""), env_examples(folder)),
            details={
                "program": program,
                "main": main,
                "lock": bool(folder.has("shard.lock")),
                "public": folder.has_folder("public"),
                "sqlite": "sqlite3" in dependencies,
            },
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Link statically against musl; the final image holds little else."""
        details = component.details
        version = component.runtime.value if component.runtime else KNOWN[0]
        program = details.get("program") or "app"
        fixed = " --production --frozen" if details.get("lock") else " --production"
        cached = style is Style.CACHED
        caches = ("/root/.cache",) if cached else ()
        manifests = ("shard.yml", "shard.lock") if details.get("lock") else ("shard.yml",)
        build: list[Step] = [
            Workdir("/src"),
            Packages((), ("sqlite-static", "sqlite-dev"), why="SQLite") if details.get("sqlite") else Workdir("/src"),
            Copy(manifests, "./", why="dependencies change less often than code"),
            Run(f"shards install{fixed}", caches=caches, why="a layer of its own, reused until the manifests change"),
            Copy((".",), "./", why="the source code"),
            Run(
                f"mkdir -p /out && crystal build --release --static --no-debug {details.get('main')} -o /out/{program}",
                caches=caches,
                why="a static program",
            ),
        ]
        bare = style is Style.HARDENED and component.port is not None
        image = bases.DISTROLESS_STATIC if bare else bases.ALPINE
        final: list[Step] = [Workdir("/app"), *([bases.probe_copy()] if bare else [])]
        if not bare:
            final.append(Packages((), ("ca-certificates", "tzdata"), why="outgoing TLS and time zones"))
        final.append(Copy((f"/out/{program}",), "/app/", stage="build", why="only the program"))
        final += [Copy(("public/",), "/app/public/", why="served at run time")] if details.get("public") else []
        if component.port and any(variable.name == "PORT" for variable in component.variables):
            final.append(Env("PORT", str(component.port.value), why="the port that is exposed"))
        compiler = Image(
            f"crystallang/crystal:{PATCHES.get(version, version + '.0')}-alpine", Family.ALPINE, why="the compiler, against musl"
        )
        stages = (Stage("build", compiler, tuple(build)), *((bases.PROBE,) if bare else ()), Stage("runtime", image, tuple(final)))
        health = bases.probe_command(component) if bare else bases.health_command(image, component)
        return finished(component, stages, health, start=(f"/app/{program}",), start_period=5)


def _runtime(folder: Folder) -> Fact[str]:
    found = folder.find("shard.yml", r"^crystal:\s*['\"]?([^'\"\n]+)")
    release = newest(found.value, KNOWN) if found else None
    if found and release:
        return Fact(release, Basis.DECLARED, (found.evidence,), f"the newest settled release that {found.value.strip()} permits")
    return default(KNOWN[0], "no file names a Crystal release; a settled one is used")
