"""Gleam on Erlang: the shipment that `gleam export` makes."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import env_examples, merged
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.request import Style
from architect.services import needed
from architect.sockets import PortRule
from architect.tree import Tree
from architect.versions import default, numbers, tool_version

DEFAULT_VERSION = "1.13.0"
FRAMEWORKS: tuple[str, ...] = ("wisp", "mist", "lustre", "ewe")
ERLANG = "erlang:27-alpine"
PORT_RULES = (
    PortRule(re.compile(r"\b(?:mist|glisten|elli|cowboy|ewe)?\.?port\(\s*(\d{2,5})"), bound=True),
    PortRule(re.compile(r"\"(?:\w+_)?PORT\".{0,160}?(?:unwrap\(|Error\(_\)\s*->\s*)(\d{2,5})", re.S)),
    PortRule(re.compile(r"\b(?:start|serve|become)\([^)\n]*?,\s*(?:on_port:\s*)?(\d{4,5})\s*\)"), bound=True),
)
HEALTH_ROUTE = r"(?:path_segments\(.*|->\s*|case\s+.*)$"


class Gleam:
    """A project with a gleam.toml that has a main function."""

    id = "gleam"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the program; a package without a main function is a library."""
        folder = Folder(tree, root)
        manifest = folder.toml("gleam.toml")
        name = manifest.text_at("name") if manifest else None
        if manifest is None or name is None or manifest.text_at("target") == "javascript":
            return None
        files = code.sources(folder, [file for file in folder.files("*.gleam") if file.startswith("src/")])
        main = code.first([file for file in files if file.path.endswith(f"src/{name}.gleam")], r"^pub fn main\(")
        language = Fact("gleam", Basis.DECLARED, (manifest.at("name"),))
        if main is None:
            return Component(name=folder.label, stack=self.id, root=folder.root, role=Role.LIBRARY, language=language)
        dependencies = {key: manifest.at("dependencies", key) for key in manifest.table("dependencies")}
        framework = next((Fact(key, Basis.DECLARED, (dependencies[key],)) for key in FRAMEWORKS if key in dependencies), None)
        port = sockets.port(sockets.numbered(files), PORT_RULES)
        if port is None and framework:
            port = Fact(4000, Basis.CONVENTION, framework.evidence, "the default of the web server")
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB if port else Role.JOB,
            language=language,
            framework=framework,
            runtime=_runtime(folder),
            package_manager=Fact("gleam", Basis.DECLARED, (Evidence(manifest.path),)),
            lockfile=folder.has("manifest.toml"),
            build=Fact("gleam export erlang-shipment", Basis.CONVENTION, (main.evidence,)),
            start=Fact(("/app/entrypoint.sh", "run"), Basis.CONVENTION, (main.evidence,), "the shipment's own start"),
            port=port,
            services=needed("hex", dependencies, folder.tree, folder.root),
            variables=merged(
                code.variables(files, r"\b(?:envoy\.)?get(?:_string)?\(\s*\"(?P<name>[A-Z][A-Z0-9_]+)\""), env_examples(folder)
            ),
            details={"lock": bool(folder.has("manifest.toml"))},
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Export the shipment, run it on the same Erlang."""
        version = component.runtime.value if component.runtime else DEFAULT_VERSION
        cached = style is Style.CACHED
        caches = ("/root/.cache/gleam",) if cached else ()
        base = Image(ERLANG, Family.ALPINE, probe="wget", why="Erlang, the same release that compiles and runs")
        compiler = Stage("gleam", Image(f"ghcr.io/gleam-lang/gleam:v{version}-erlang-alpine", Family.ALPINE, why="the compiler"))
        manifests = ("gleam.toml", "manifest.toml") if component.details.get("lock") else ("gleam.toml",)
        build: list[Step] = [
            Workdir("/src"),
            Copy(("/bin/gleam",), "/usr/local/bin/", stage="gleam", why="the compiler"),
            Copy(manifests, "./", why="dependencies change less often than code"),
            Run("gleam deps download", caches=caches, why="a layer of its own, reused until the manifests change"),
            Copy((".",), "./", why="the source code"),
            Run(
                "gleam export erlang-shipment && cp -r build/erlang-shipment /out",
                caches=caches,
                why="everything the program needs but Erlang",
            ),
        ]
        final: list[Step] = [Workdir("/app"), Copy(("/out",), "/app", stage="build", owned=style is not Style.HARDENED, why="the shipment")]
        if component.port and any(variable.name == "PORT" for variable in component.variables):
            final.append(Env("PORT", str(component.port.value), why="the port that is exposed"))
        stages = (compiler, Stage("build", base, tuple(build)), Stage("runtime", base, tuple(final)))
        why = "the shipment's script ends in exec, so Erlang is PID 1 and gets the signals"
        return finished(component, stages, bases.health_command(base, component), start=("/app/entrypoint.sh", "run"), why_start=why)


def _runtime(folder: Folder) -> Fact[str]:
    pinned = tool_version(folder, "gleam")
    if pinned and len(numbers(pinned.value)) == 3:
        return Fact(".".join(map(str, numbers(pinned.value))), Basis.DECLARED, pinned.evidence)
    return default(DEFAULT_VERSION, "no file names a Gleam release; a settled one is used")
