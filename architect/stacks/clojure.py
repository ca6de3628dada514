"""Clojure: Leiningen projects and deps.edn builds, as one jar."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import env_examples, merged
from architect.ecosystems import jvm
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder, find, find_all
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.sockets import PortRule
from architect.stacks.java.planning import java_options, jre
from architect.stacks.java.program import APP, JAR_START
from architect.tree import Tree

FRAMEWORKS = (
    ("pedestal", r"io\.pedestal/"),
    ("ring", r"\bring/"),
    ("http-kit", r"http-kit/http-kit"),
    ("aleph", r"\baleph/aleph"),
    ("luminus", r"luminus"),
)
PORT_RULES = (
    PortRule(re.compile(r"getenv\s+\"(?:\w+_)?PORT\"\)?[^\n]{0,60}?(\d{2,5})")),
    PortRule(
        re.compile(r":(?:port|http/port|io\.pedestal\.http/port)\s+(?:\(or[^\d\n]*)?#?(?:long\s*#or\s*\[[^\d\n]*)?(\d{2,5})"), bound=True
    ),
)
HEALTH_ROUTE = r"(?:\(GET\s+|\[\s*|\{\s*)$"
VARIABLES = (r"getenv\s+\"(?P<name>[A-Z][A-Z0-9_]+)\"", r"#env\s+\"?(?P<name>[A-Z][A-Z0-9_]+)")


class Clojure:
    """A project.clj, or a deps.edn with a build program."""

    id = "clojure"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the namespace with the main function; a library has none."""
        folder = Folder(tree, root)
        name = folder.has("project.clj", "deps.edn")
        text = folder.read(name) if name else None
        if name is None or text is None:
            return None
        path = folder.path(name)
        language = Fact("clojure", Basis.DECLARED, (Evidence(path),))
        files = code.sources(
            folder,
            [file for pattern in ("*.clj", "*.cljc", "*.edn") for file in folder.files(pattern) if file.startswith(("src/", "resources/"))],
        )
        main = find(path, text, r":main\s+(?:\^:skip-aot\s+)?([\w.*+!?-]+)")
        coded = code.first(files, r"\(defn\s+-main\b")
        lein = name == "project.clj"
        if (main is None and coded is None) or (not lein and not folder.has("build.clj")):
            return Component(name=folder.label, stack=self.id, root=folder.root, role=Role.LIBRARY, language=language)
        dependencies = {
            _artifact(hit.match[1]): hit.evidence
            for hit in find_all(path, text, r"[\[\s{]([\w.-]+(?:/[\w.-]+)?)\s+(?:\"[\d][^\"]*\"|\{:mvn/version)")
        }
        framework = next(
            (Fact(label, Basis.DECLARED, (hit.evidence,)) for label, pattern in FRAMEWORKS if (hit := find(path, text, pattern))), None
        )
        port = sockets.stated(files, PORT_RULES, named=framework is not None)
        if framework and port is None:
            port = Fact(3000, Basis.CONVENTION, framework.evidence, "the usual port of Ring servers")
        proof = tuple(hit.evidence for hit in (main, coded) if hit)
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB if port else Role.JOB,
            language=language,
            framework=framework,
            runtime=jvm.runtime(folder, None, 21, None),
            package_manager=Fact("leiningen" if lein else "tools.deps", Basis.DECLARED, (Evidence(path),)),
            build=Fact("lein uberjar" if lein else "clojure -T:build uber", Basis.CONVENTION, (Evidence(path),)),
            start=Fact(JAR_START, Basis.CODE, proof, "the jar with everything in it"),
            port=port,
            health=health_route(files, HEALTH_ROUTE) if port else None,
            services=needed("maven", dependencies, folder.tree, folder.root),
            variables=merged(code.variables(files, *VARIABLES), env_examples(folder)),
            details={"lein": lein, "build": bool(folder.has("build.clj"))},
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Make one jar, run it on a JRE."""
        lein = bool(component.details.get("lein"))
        version = component.runtime.value if component.runtime else "21"
        caches = ("/root/.m2",) if style is Style.CACHED else ()
        tool = "lein" if lein else "tools-deps"
        manifests = ("project.clj",) if lein else ("deps.edn", "build.clj")
        fetch = "lein deps" if lein else "clojure -P && clojure -P -T:build"
        make = "lein uberjar" if lein else "clojure -T:build uber"
        build: list[Step] = [
            Workdir("/src"),
            Copy(manifests, "./", why="dependencies change less often than code"),
            Run(fetch, caches=caches, why="a layer of its own, reused until the manifest changes"),
            Copy((".",), "./", why="the source code"),
            Run(
                f"{make} && mkdir -p /out && find target -name '*.jar' -size +1M -exec cp {{}} /out/app.jar \\;",
                caches=caches,
                why="one jar with everything in it",
                evidence=component.build.evidence if component.build else (),
            ),
        ]
        image = jre(version, small=style is Style.LEAN)
        final: list[Step] = [Workdir("/app"), java_options()]
        if component.port and any(variable.name == "PORT" for variable in component.variables):
            final.append(Env("PORT", str(component.port.value), why="the port that is exposed"))
        final.append(Copy(("/out/app.jar",), APP, stage="build", owned=style is not Style.HARDENED, why="the whole program in one file"))
        compiler = Image(f"clojure:temurin-{version}-{tool}", Family.DEBIAN, why="the build tool and the compiler")
        stages = (Stage("build", compiler, tuple(build)), Stage("runtime", image, tuple(final)))
        return finished(
            component,
            stages,
            bases.health_command(image, component),
            start=JAR_START,
            start_period=40,
            why_start="java is PID 1 and gets the signals",
        )


def _artifact(name: str) -> str:
    group, _, artifact = name.partition("/")
    return f"{group}:{artifact or group}"
