"""Perl: PSGI applications, Mojolicious and Dancer, with a cpanfile."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import argv, env_examples, merged, procfile, with_port
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder, find_all
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.sockets import PortRule
from architect.tree import Tree
from architect.versions import default, numbers, version_file

DEFAULT_VERSION = "5.40"
FRAMEWORKS = (
    ("mojolicious", "Mojolicious", 3000),
    ("dancer2", "Dancer2", 5000),
    ("catalyst", "Catalyst::Runtime", 5000),
    ("plack", "Plack", 5000),
)
PORT_RULES = (
    PortRule(re.compile(r"(?:http://\*:|http://0\.0\.0\.0:|\bport\s*(?:=>|=)\s*(?:\$ENV\{PORT\}\s*(?:\|\||//)\s*)?)(\d{2,5})"), bound=True),
)
HEALTH_ROUTE = r"(?:^\s*get\s*\(?\s*|->get\(\s*)$"


class Perl:
    """A cpanfile (or Makefile.PL) with an application script."""

    id = "perl"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the PSGI file or the script that starts the application."""
        folder = Folder(tree, root)
        manifest = folder.has("cpanfile")
        if manifest is None:
            return None
        text = folder.read(manifest) or ""
        runtime_text = re.sub(r"(?s)on\s*\(?\s*['\"]?(?:test|develop)['\"]?\s*=>\s*sub\s*\{.*?\};?", "", text)
        dependencies = {
            hit.match[1]: hit.evidence for hit in find_all(folder.path(manifest), runtime_text, r"^\s*requires\s*\(?\s*['\"]([\w:]+)['\"]")
        }
        found = next(
            ((Fact(label, Basis.DECLARED, (dependencies[key],)), port) for label, key, port in FRAMEWORKS if key in dependencies), None
        )
        names = [name for pattern in ("*.pl", "*.psgi", "*.pm") for name in folder.files(pattern) if not name.startswith("t/")]
        scripts = [name for name in folder.files("*", depth=1) if re.match(r"(script|bin)/[\w-]+$", name)]
        files = code.sources(folder, [*scripts, *names])
        start = _start(folder, found[0].value if found else None, [*scripts, *names])
        if start is None:
            return None
        port = sockets.stated(files, PORT_RULES, named=found is not None)
        if found and port is None:
            port = Fact(found[1], Basis.CONVENTION, found[0].evidence, "the framework's own default")
        words = tuple(word.replace("{port}", str(port.value)) for word in start.value) if port else start.value
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.WEB if port else Role.JOB,
            language=Fact("perl", Basis.DECLARED, (Evidence(folder.path(manifest)),)),
            framework=found[0] if found else None,
            runtime=_runtime(folder),
            package_manager=Fact("cpan", Basis.DECLARED, (Evidence(folder.path(manifest)),)),
            lockfile=folder.has("cpanfile.snapshot"),
            start=Fact(words, start.basis, start.evidence, start.note),
            port=port,
            health=health_route(files, HEALTH_ROUTE) if port else None,
            services=needed("cpan", dependencies, folder.tree, folder.root),
            variables=merged(code.variables(files, r"\$ENV\{['\"]?(?P<name>[A-Z][A-Z0-9_]+)['\"]?\}"), env_examples(folder)),
            details={
                "snapshot": bool(folder.has("cpanfile.snapshot")),
                "starman": "Starman" in dependencies,
                "pg": "DBD::Pg" in dependencies,
            },
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Install the modules beside the application, run them without compilers."""
        details = component.details
        version = component.runtime.value if component.runtime else DEFAULT_VERSION
        cached = style is Style.CACHED
        caches = ("/root/.cpanm",) if cached else ()
        base = Image(f"perl:{version}-slim-bookworm", Family.DEBIAN, probe="bash", why="Perl without compilers")
        manifests = ("cpanfile", "cpanfile.snapshot") if details.get("snapshot") else ("cpanfile",)
        install = (
            "cpanm --notest Carton && carton install --deployment --path /app/local"
            if details.get("snapshot")
            else "cpanm --notest --local-lib /app/local --installdeps ."
        )
        extra = (
            ""
            if details.get("starman") or not component.start or "starman" not in component.start.value
            else " && cpanm --notest --local-lib /app/local Starman"
        )
        build: list[Step] = [
            Workdir("/app"),
            Packages(("build-essential", "libssl-dev", *(("libpq-dev",) if details.get("pg") else ())), why="compiling native modules"),
            Copy(manifests, "./", why="dependencies change less often than code"),
            Run(f"{install}{extra}", caches=caches, why="a layer of its own, reused until the manifests change"),
            Copy((".",), "./", why="the source code"),
        ]
        final: list[Step] = [
            Workdir("/app"),
            *((Packages(("libpq5",), why="the PostgreSQL client library"),) if details.get("pg") else ()),
            Env("PERL5LIB", "/app/local/lib/perl5:/app/lib", why="where the modules are"),
            Env("PATH", "/app/local/bin:$PATH", why="where their programs are"),
            Env("PLACK_ENV", "production", why="no error pages with source code"),
            Env("MOJO_MODE", "production", why="no error pages with source code"),
            Copy(("/app",), "/app", stage="build", owned=style is not Style.HARDENED, why="the application and its modules"),
        ]
        stages = (Stage("build", base, tuple(build)), Stage("runtime", base, tuple(final)))
        return finished(component, stages, bases.health_command(base, component), start=("perl", "app.pl"))


def _start(folder: Folder, framework: str | None, names: list[str]) -> Fact[tuple[str, ...]] | None:
    web = procfile(folder).get("web")
    words = argv(with_port(web[0], 5000)) if web else None
    if web and words:
        return Fact(words, Basis.DECLARED, (web[1],))
    psgi = next((name for name in names if name.endswith(".psgi")), None)
    if psgi:
        return Fact(
            ("starman", "--listen", f"{code.ANYWHERE}:{{port}}", psgi),
            Basis.CONVENTION,
            (Evidence(folder.path(psgi)),),
            "a preforking PSGI server",
        )
    for name in names:
        text = folder.read(name) or ""
        if framework == "mojolicious" and re.search(r"Mojolicious::(?:Lite|Commands)|->start\b|start_app", text):
            return Fact(
                ("perl", name, "prefork", "-m", "production", "-l", "http://*:{port}"),
                Basis.CODE,
                (Evidence(folder.path(name)),),
                "Mojolicious' own server",
            )
    script = next((name for name in ("app.pl", "main.pl", "server.pl", "bot.pl") if folder.has(name)), None)
    return (
        Fact(("perl", script), Basis.CODE, (Evidence(folder.path(script)),), "the only script that looks like a start") if script else None
    )


def _runtime(folder: Folder) -> Fact[str]:
    pinned = version_file(folder, ".perl-version")
    if pinned and len(numbers(pinned.value)) > 1:
        return Fact(".".join(map(str, numbers(pinned.value)[:2])), Basis.DECLARED, pinned.evidence)
    return default(DEFAULT_VERSION, "no file names a Perl release; a settled one is used")
