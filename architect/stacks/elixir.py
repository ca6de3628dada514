"""Elixir: Phoenix and other OTP applications as a self-contained release."""

from __future__ import annotations

import re
from dataclasses import replace

from architect import assets, bases, code
from architect.commands import env_examples, merged
from architect.ecosystems import mix
from architect.ecosystems.mix import Mix
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.request import Style
from architect.routes import health_route
from architect.services import needed
from architect.tree import Tree
from architect.versions import numbers


class Elixir:
    """A mix project that starts something."""

    id = "elixir"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the release; a package that starts nothing is a library."""
        folder = Folder(tree, root)
        known = mix.project(folder)
        return _component(self.id, folder, known) if known else None

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Assemble the release in one stage, run it without Elixir in another."""
        return _plan(component, style)


def _component(stack: str, folder: Folder, known: Mix) -> Component:
    phoenix = known.dependencies.get("phoenix")
    names = [name for name in folder.files("*.ex") if re.match(r"(apps/\w+/)?lib/", name)]
    names.sort(key=lambda name: (not re.search(r"(router|endpoint|application|config)\b", name), name.count("/"), name))
    files = code.sources(folder, names)
    config = mix.configuration(folder, known.umbrella)
    port = mix.port(config, files, phoenix)
    server = next((name for name in folder.files("server") if re.search(r"rel/(?:[\w-]+/)*overlays/bin/server$", name)), None)
    main = known.starts or phoenix or Evidence(known.path)
    start = ("/app/bin/server",) if server else (f"/app/bin/{known.release}", "start")
    proof = (Evidence(folder.path(server)), main) if server else (main,)
    runs = bool(known.starts or phoenix or known.umbrella)
    place = "assets" if folder.has("assets/package.json") else ""
    frontend = assets.frontend(folder, place) if place else None
    language = Fact("elixir", Basis.DECLARED, (Evidence(known.path),))
    component = Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.WORKER,
        language=language,
        framework=_framework(known),
        runtime=mix.runtime(known),
        package_manager=Fact("mix", Basis.DECLARED, (Evidence(known.path),)),
        lockfile=folder.has("mix.lock"),
        build=Fact("mix release", Basis.CONVENTION, (main,)),
        start=Fact(start, Basis.CODE if server else Basis.CONVENTION, proof, "the release's own start"),
        port=port,
        health=health_route(files, mix.HEALTH_ROUTE, block=mix.HEALTH_BLOCK) if port else None,
        services=needed("hex", known.dependencies, folder.tree, folder.root),
        variables=merged(code.variables([*config, *files], *mix.VARIABLES), env_examples(folder)),
        details={
            "release": known.release,
            "lock": bool(folder.has("mix.lock")),
            "config": tuple(name for name in ("config/config.exs", "config/prod.exs") if folder.has(name)),
            "files": known.files(),
            "apps": tuple(sorted(name for name in folder.files("mix.exs", depth=2) if name.startswith("apps/"))) if known.umbrella else (),
            "deploy": _deploy(known, bool(phoenix)),
            "frontend": frontend,
            "phx_server": bool(phoenix) and server is None,
            "loopback": mix.loopback(config, files),
            "reads_port": bool(code.first(config, r"\"PORT\"")),
            "native": tuple(
                name
                for name in ("bcrypt_elixir", "argon2_elixir", "exqlite", "picosat_elixir", "appsignal", "rustler")
                if name in known.dependencies
            ),
            "magick": known.dependencies.get("mogrify"),
        },
    )
    return component if runs else replace(component, role=Role.LIBRARY, port=None, start=None)


def _framework(known: Mix) -> Fact[str] | None:
    for name in ("phoenix", "plug_cowboy", "bandit", "nerves", "broadway"):
        if name in known.dependencies:
            return Fact({"plug_cowboy": "plug", "bandit": "plug"}.get(name, name), Basis.DECLARED, (known.dependencies[name],))
    return None


def _deploy(known: Mix, phoenix: bool) -> tuple[str, ...]:
    """Return the mix tasks that build the assets."""
    if known.alias("assets.deploy"):
        return ("assets.deploy",)
    found = [name for name in ("assets.setup", "assets.build") if known.alias(name)]
    if found:
        return tuple(found)
    return ("phx.digest",) if phoenix and known.folder.has_folder("priv/static") else ()


def _plan(component: Component, style: Style) -> ImagePlan:
    details = component.details
    version = component.runtime.value if component.runtime else mix.DEFAULT_VERSION
    tag, suite = mix.IMAGES.get(version, ("", ""))
    packages = ("ca-certificates", "libncurses6", "libstdc++6", "openssl", *(("imagemagick",) if details.get("magick") else ()))
    if tag:
        image = Image(f"hexpm/elixir:{tag}", Family.DEBIAN, why="Elixir and Erlang, on the Debian release of the final image")
        final = Image(f"debian:{suite}-slim", Family.DEBIAN, probe="bash", why="the release brings its own Erlang")
    else:
        image = final = Image(f"elixir:{version}-slim", Family.DEBIAN, probe="bash", why="Elixir and Erlang")
        packages = ()
    more, build = _build(component, style, image)
    port = component.port.value if component.port else None
    steps: list[Step] = [
        Workdir("/app"),
        *((Packages(packages, why="what Erlang itself is linked against, and outgoing TLS"),) if packages else ()),
        Env("LANG", "C.UTF-8", why="Elixir expects UTF-8"),
        Env("MIX_ENV", "prod", why="the environment of the release"),
    ]
    if details.get("phx_server"):
        steps.append(Env("PHX_SERVER", "true", why="the release starts the web server too"))
    if port is not None and details.get("reads_port"):
        steps.append(Env("PORT", str(port), why="the port that is exposed", evidence=component.port.evidence if component.port else ()))
    if details.get("loopback"):
        name, line = details["loopback"]
        steps.append(Env(name, code.ANYWHERE, why="the configuration binds the loopback interface only", evidence=(line,)))
    steps.append(Copy(("/out",), "/app", stage="build", owned=style is not Style.HARDENED, why="the release, Erlang included"))
    return finished(
        component,
        (*more, build, Stage("runtime", final, tuple(steps))),
        bases.health_command(final, component),
        start=(f"/app/bin/{details.get('release', 'app')}", "start"),
        why_start="the release's script ends in exec, so Erlang is PID 1 and gets the signals",
        start_period=20,
        writable=("/app/tmp",),
    )


def _build(component: Component, style: Style, image: Image) -> tuple[tuple[Stage, ...], Stage]:
    details = component.details
    cached = style is Style.CACHED
    hex_cache = ("/root/.hex/packages", "/root/.cache/rebar3") if cached else ()
    old = not image.reference.startswith("hexpm/") and numbers(image.reference.partition(":")[2]) < (1, 12)
    steps: list[Step] = [
        Workdir("/src"),
        *((bases.ARCHIVED_DEBIAN,) if old else ()),
        Packages(("build-essential", "git", "ca-certificates", "curl"), why="compiling native parts and fetching from Git"),
        Env("MIX_ENV", "prod", why="compile for production"),
        Env("LANG", "C.UTF-8", why="Elixir expects UTF-8"),
        Run("mix local.hex --force && mix local.rebar --force", why="the package manager and the Erlang build tool"),
    ]
    more: tuple[Stage, ...] = ()
    frontend: assets.Frontend | None = details.get("frontend")
    if frontend:
        node, copies = assets.node_copy(frontend)
        more, steps = (node,), [*steps, *copies]
    names = ("mix.exs", *(("mix.lock",) if details.get("lock") else ()), *details.get("files", ()))
    steps.append(Copy(names, "./", why="dependencies change less often than code"))
    for name in details.get("apps", ()):
        steps.append(Copy((name,), f"./{name.rpartition('/')[0]}/", why="the application of an umbrella"))
    check = " --check-locked" if details.get("lock") and style is Style.HARDENED else ""
    steps.append(Run(f"mix deps.get --only prod{check}", caches=hex_cache, why="a layer of its own, reused until the lock file changes"))
    if details.get("config"):
        steps.append(Copy(details["config"], "./config/", why="dependencies are compiled with this configuration"))
    steps.append(Run("mix deps.compile", caches=hex_cache, why="dependencies compile once"))
    if frontend:
        why = "exactly what the lock file says" if frontend.lock else "there is no lock file"
        steps += [
            Workdir(f"/src/{frontend.place}"),
            Copy(frontend.manifests, "./", why="dependencies of the assets"),
            Run(frontend.install(), caches=(frontend.cache,) if cached else (), why=why),
            Workdir("/src"),
        ]
    steps.append(Copy((".",), "./", why="the source code"))
    tasks = ["mix compile"]
    if frontend and frontend.script and "assets.deploy" not in details.get("deploy", ()):
        tasks.append(frontend.run(frontend.script, inside=True))
    tasks += [f"mix {task}" for task in details.get("deploy", ())]
    tasks.append(f"mix release {details.get('release', '')} --path /out".replace("  ", " "))
    steps.append(
        Run(
            " && ".join(tasks),
            why="assets first, so that the release holds them",
            evidence=component.build.evidence if component.build else (),
        )
    )
    return more, Stage("build", image, tuple(steps))
