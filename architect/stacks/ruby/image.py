"""How a Ruby project is installed, its assets built, and what it runs on."""

from __future__ import annotations

import re

from architect import assets, bases
from architect.ecosystems import gems
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Component
from architect.request import Style
from architect.versions import numbers

BUNDLE = "/usr/local/bundle"


def image(version: str) -> Image:
    """Return the slim image of a release."""
    if _on_buster(version):
        suite = "-buster"
    elif len(numbers(version)) > 2 and numbers(version) < (3, 2, 3):
        suite = ""
    else:
        suite = "-bookworm" if numbers(version) >= (3, 0) else "-bullseye" if numbers(version) >= (2, 6) else "-buster"
    return Image(f"ruby:{version}-slim{suite}", Family.DEBIAN, probe="ruby", why="Ruby without compilers")


def _on_buster(version: str) -> bool:
    """Tell whether an exact release is so old that its images stand on Debian 10, whose packages have moved to the archive."""
    exact = numbers(version)
    return exact < (2, 6) or (len(exact) > 2 and (exact <= (2, 6, 8) or (2, 7) <= exact <= (2, 7, 4) or (3, 0) <= exact <= (3, 0, 2)))


def plan(component: Component, style: Style) -> ImagePlan:
    """Return the image plan of a component in a style."""
    details = component.details
    version = component.runtime.value if component.runtime else gems.DEFAULT_VERSION
    base = image(version)
    environment = _environment(component)
    more, build = _build(component, style, base, environment)
    system = [package for name, _ in details.get("system", ()) for package in gems.SYSTEM[name][1]]
    steps: list[Step] = [Workdir("/app")]
    if system:
        steps += [bases.ARCHIVED_DEBIAN] if _on_buster(version) else []
        why = "libraries the gems load: " + ", ".join(name for name, _ in details["system"] if gems.SYSTEM[name][1])
        lines = tuple(line for name, line in details["system"] if gems.SYSTEM[name][1])
        steps.append(Packages(tuple(dict.fromkeys(system)), why=why, evidence=lines))
    steps += environment
    if details.get("bundled"):
        steps.append(Copy((BUNDLE,), BUNDLE, stage="build", why="the installed gems"))
    steps.append(Copy(("/app",), "/app", stage="build", owned=style is not Style.HARDENED, why="the application and its compiled assets"))
    writable = ("/app/tmp", "/app/log", "/app/storage") if details.get("rails") else ()
    return finished(
        component,
        (*more, build, Stage("runtime", base, tuple(steps))),
        bases.health_command(base, component),
        start=("bundle", "exec", "rackup"),
        why_start=component.start.note if component.start and component.start.note else "the server is PID 1 and gets the signals",
        start_period=30 if details.get("rails") else 10,
        writable=writable,
        init=bool(component.start and re.search(r"bin/start|\.sh$|foreman", " ".join(component.start.value))),
    )


def _environment(component: Component) -> list[Step]:
    details = component.details
    steps: list[Step] = [Env("RACK_ENV", "production", why="no reloading, no error pages with source code")]
    if details.get("rails"):
        steps += [
            Env("RAILS_ENV", "production", why="no reloading, no error pages with source code"),
            Env("RAILS_LOG_TO_STDOUT", "1", why="logs belong to the container's output"),
            Env("RAILS_SERVE_STATIC_FILES", "1", why="the image serves its own assets"),
        ]
    if details.get("bundled"):
        if details.get("lock"):
            steps.append(Env("BUNDLE_DEPLOYMENT", "1", why="exactly the locked gems, or an error"))
        steps += [
            Env("BUNDLE_PATH", BUNDLE, why="where both stages look for gems"),
            Env("BUNDLE_WITHOUT", "development:test", why="tools stay out of the image"),
        ]
    if (
        component.port
        and not re.search(r"(-p|--port) \d|:\d{4}", " ".join(component.start.value if component.start else ()))
        and component.port.value >= 1024
    ):
        steps.append(Env("PORT", str(component.port.value), why="the port that is exposed", evidence=component.port.evidence))
    return steps


def _build(component: Component, style: Style, base: Image, environment: list[Step]) -> tuple[tuple[Stage, ...], Stage]:
    details = component.details
    cached = style is Style.CACHED
    packages = [package for name, _ in details.get("system", ()) for package in gems.SYSTEM[name][0]]
    steps: list[Step] = [Workdir("/app"), *environment]
    if details.get("bundled"):
        steps += [bases.ARCHIVED_DEBIAN] if base.reference.endswith("-buster") else []
        listed = ("build-essential", "git", "pkg-config", "libyaml-dev", *packages)
        steps.append(
            Packages(
                tuple(dict.fromkeys(listed)),
                why="compiling native extensions",
                evidence=tuple(line for _, line in details.get("system", ())),
            )
        )
    more: tuple[Stage, ...] = ()
    frontend: assets.Frontend | None = details.get("frontend")
    if frontend and details.get("assets"):
        node, copies = assets.node_copy(frontend)
        more = (node,)
        steps += copies
    if details.get("bundled"):
        names = [
            name
            for name in (details.get("gemfile"), details.get("lock"), *details.get("release_files", ()), *details.get("gemspecs", ()))
            if name
        ]
        steps.append(Copy(tuple(names), "./", why="dependencies change less often than code"))
        for place in (*details.get("local", ()), *(("vendor",) if details.get("vendored") else ())):
            steps.append(Copy((place,), f"./{place}/", why="gems that live in the repository"))
        for name in details.get("helpers", ()):
            steps.append(Copy((name,), f"./{name.rpartition('/')[0]}/" if "/" in name else "./", why="the Gemfile loads it"))
        commands = [f"gem install bundler -v {details['bundler']} --no-document"] if details.get("bundler") else []
        commands.append(f"{'BUNDLE_GLOBAL_GEM_CACHE=true ' if cached else ''}bundle install --jobs 4")
        if not cached:
            commands.append(f"rm -rf ~/.bundle {BUNDLE}/ruby/*/cache {BUNDLE}/ruby/*/bundler/gems/*/.git")
        steps.append(
            Run(
                " && ".join(commands),
                caches=("/root/.bundle/cache",) if cached else (),
                why="a layer of its own, reused until the lock file changes",
            )
        )
    if frontend and details.get("assets"):
        steps.append(Copy(frontend.manifests, "./", why="dependencies of the asset pipeline"))
        steps.append(Run(frontend.install(), caches=(frontend.cache,) if cached else (), why="exactly what the lock file says"))
    steps.append(Copy((".",), "./", why="the source code"))
    if details.get("bootsnap"):
        folders = "app/ lib/" if details.get("rails") else "."
        steps.append(Run(f"bundle exec bootsnap precompile --gemfile {folders}", why="faster start"))
    if details.get("assets"):
        key = "SECRET_KEY_BASE_DUMMY=1" if tuple(details["rails"]) >= (7, 1) else "SECRET_KEY_BASE=dummy"
        clean = " && rm -rf node_modules" if frontend else ""
        steps.append(
            Run(f"{key} bundle exec rails assets:precompile{clean}", why="needs a key to load the application, but none that is kept")
        )
    return more, Stage("build", base, tuple(steps))
