"""R: Shiny applications and Plumber services."""

from __future__ import annotations

from architect import bases, code, sockets
from architect.commands import merged
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder, find_all
from architect.request import Style
from architect.tree import Tree
from architect.versions import default, series

DEFAULT_VERSION = "4.5"
PATCHES = {"4.5": "4.5.1", "4.4": "4.4.3", "4.3": "4.3.3", "4.2": "4.2.3", "4.1": "4.1.3"}
_BASE = frozenset(
    {"stats", "utils", "methods", "graphics", "grDevices", "datasets", "tools", "parallel", "grid", "splines", "stats4", "compiler", "base"}
)


class R:
    """An app.R, a server.R with a ui.R, or a plumber.R."""

    id = "r"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the Shiny or Plumber entry."""
        folder = Folder(tree, root)
        shiny = folder.has("app.R", "server.R")
        plumber = folder.has("plumber.R", "api.R", "R/plumber.R")
        entry = shiny or plumber
        if entry is None:
            return None
        files = code.sources(
            folder, [name for pattern in ("*.R", "*.Rmd") for name in folder.files(pattern) if not name.startswith(("tests/", "renv/"))]
        )
        line = Evidence(folder.path(entry))
        stated = code.first(files, r"(?:options\(\s*shiny\.port\s*=\s*|\bport\s*=\s*)(\d{4,5})")
        port = sockets.port_of(stated, Basis.CODE) if stated else None
        if port is None:
            port = Fact(3838 if shiny else 8000, Basis.CONVENTION, (line,), "the usual port of Shiny" if shiny else "Plumber's own default")
        where = f"host='{code.ANYWHERE}', port={port.value}"
        call = f"shiny::runApp('.', {where})" if shiny else f"plumber::pr_run(plumber::pr('{entry}'), {where})"
        health = folder.find(entry, r"^#\*\s*@get\s+(/health\w*|/ping|/livez?)") if plumber and not shiny else None
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB,
            language=Fact("r", Basis.CODE, (line,)),
            framework=Fact("shiny" if shiny else "plumber", Basis.CODE, (line,)),
            runtime=_runtime(folder),
            package_manager=Fact("renv", Basis.DECLARED, (Evidence(folder.path("renv.lock")),)) if folder.has("renv.lock") else None,
            lockfile=folder.has("renv.lock"),
            start=Fact(("Rscript", "-e", call), Basis.CONVENTION, (line,), "how such an application is served"),
            port=port,
            health=Fact(health.value, Basis.CODE, (health.evidence,)) if health else None,
            variables=merged(code.variables(files, r"Sys\.getenv\(\s*['\"](?P<name>[A-Z][A-Z0-9_]+)['\"]")),
            details={"renv": bool(folder.has("renv.lock")), "packages": _packages(files, "shiny" if shiny else "plumber")},
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Install the packages in one stage, run the application in another."""
        details = component.details
        version = component.runtime.value if component.runtime else DEFAULT_VERSION
        cached = style is Style.CACHED
        base = Image(
            f"rocker/r-ver:{PATCHES.get(version, version + '.0')}",
            Family.DEBIAN,
            probe="bash",
            why="R on Ubuntu, with dated binary packages",
        )
        library = "/opt/r-library"
        if details.get("renv"):
            manifest: tuple[Step, ...] = (Copy(("renv.lock",), "./", why="dependencies change less often than code"),)
            install = f"Rscript -e \"install.packages('renv'); renv::restore(library='{library}', prompt=FALSE)\""
        else:
            listed = ", ".join(f"'{name}'" for name in details.get("packages", ()))
            manifest = ()
            install = f"Rscript -e \"install.packages(c({listed}), lib='{library}')\""
        build: list[Step] = [
            Workdir("/app"),
            Packages(
                ("build-essential", "libcurl4-openssl-dev", "libssl-dev", "libxml2-dev", "zlib1g-dev", "libsodium-dev"),
                why="compiling native packages",
            ),
            *manifest,
            Run(
                f"mkdir -p {library} && {install}",
                caches=("/root/.cache/R",) if cached else (),
                why="a layer of its own, reused until the packages change",
            ),
            Copy((".",), "./", why="the application"),
        ]
        final: list[Step] = [
            Workdir("/app"),
            Packages(("libcurl4", "libssl3", "libxml2", "libsodium23"), why="libraries that R packages load"),
            Env("R_LIBS", library, why="where the packages are"),
            Copy((library,), library, stage="build", why="the installed packages"),
            Copy(("/app",), "/app", stage="build", owned=style is not Style.HARDENED, why="the application"),
        ]
        stages = (Stage("build", base, tuple(build)), Stage("runtime", base, tuple(final)))
        return finished(component, stages, bases.health_command(base, component), start_period=20, writable=("/tmp",))  # noqa: S108


def _packages(files: tuple[code.Source, ...], first: str) -> tuple[str, ...]:
    named = {first}
    for source in files:
        for hit in find_all(
            source.path, source.text, r"\b(?:library|require|requireNamespace)\(\s*['\"]?([A-Za-z][\w.]+)['\"]?|\b([A-Za-z][\w.]+)::\w"
        ):
            named.add(hit.value)
    return tuple(sorted(named - _BASE))


def _runtime(folder: Folder) -> Fact[str]:
    found = folder.find("renv.lock", r"\"R\":\s*\{\s*\"Version\":\s*\"(\d+\.\d+(?:\.\d+)?)\"")
    version = series(found.value, 2) if found else None
    if found and version:
        return Fact(version, Basis.DECLARED, (found.evidence,))
    return default(DEFAULT_VERSION, "no file names an R release; a settled one is used")
