"""How a Go program is built and what it runs on."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from architect import assets, bases
from architect.ecosystems import golang
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Run, Stage, Step, Workdir
from architect.profile import Component, Evidence
from architect.request import Style
from architect.versions import numbers

MODULES = "/go/pkg/mod"
BUILDS = "/root/.cache/go-build"
_ALPINE = {"1.26": "3.22", "1.25": "3.22", "1.24": "3.22", "1.23": "3.21", "1.22": "3.20", "1.21": "3.20", "1.20": "3.18", "1.19": "3.18"}


def plan(component: Component, style: Style) -> ImagePlan:
    """Return the image plan of a component in a style."""
    details: Mapping[str, Any] = component.details
    version = component.runtime.value if component.runtime else golang.DEFAULT_VERSION
    cgo: Evidence | None = details.get("cgo")
    build = Stage("build", _builder(version, style, cgo), tuple(_build_steps(component, style, version)))
    embeds = details.get("embeds")
    first = (assets.stage(embeds[0], embeds[1], style is Style.CACHED),) if embeds else ()
    runtime, stages, health = _runtime_stage(component, style)
    return finished(component, (*first, build, *stages, runtime), health, start=(f"/app/{details.get('name', 'app')}",), start_period=5)


def _builder(version: str, style: Style, cgo: Evidence | None) -> Image:
    if cgo or style is Style.CACHED:
        suite = "bookworm" if numbers(version) >= (1, 20) else "bullseye" if numbers(version) >= (1, 16) else "buster"
        return Image(f"golang:{version}-{suite}", Family.DEBIAN, why="has the C compiler" if cgo else "has git and the usual tools")
    return Image(f"golang:{version}-alpine{_ALPINE.get(version, '')}", Family.ALPINE, why="the compiler, in a small image")


def _build_steps(component: Component, style: Style, version: str) -> list[Step]:
    details = component.details
    cached = style is Style.CACHED
    inside = posixpath.relpath(component.root or ".", component.build_context or ".")
    place = "/src" if inside == "." else f"/src/{inside}"
    caches = (MODULES,) if cached else ()
    cgo: Evidence | None = details.get("cgo")
    steps: list[Step] = [Workdir("/src")]
    if not cgo:
        steps.append(Env("CGO_ENABLED", "0", why="a static binary needs no C library in the final image"))
    elif numbers(version) < (1, 20):
        steps.append(Env("CGO_ENABLED", "1", why="a dependency is written in C", evidence=(cgo,)))
    manifests = details.get("modules", ())
    if manifests and not details.get("vendor"):
        verify = " && go mod verify" if style is Style.HARDENED and details.get("sum") else ""
        for where in dict.fromkeys(name.rpartition("/")[0] for name in manifests):
            names = tuple(name for name in manifests if name.rpartition("/")[0] == where)
            steps.append(Copy(names, f"./{where}/" if where else "./", why="dependencies change less often than code"))
        if inside != ".":
            steps.append(Workdir(place))
        steps.append(Run(f"go mod download{verify}", caches=caches, why="a layer of its own, reused until the manifests change"))
    if not details.get("module"):
        steps.append(Copy(("*.go",), "./", why="there is no go.mod: what the code imports decides"))
        steps.append(Run("go mod init app && go mod tidy", caches=caches, why="the newest releases of what the code imports"))
    steps.append(Copy((".",), "/src/", why="the source code"))
    if inside != "." and details.get("vendor"):
        steps.append(Workdir(place))
    if details.get("embeds"):
        target = details["embeds"][2]
        steps.append(Copy((f"/src/{target}/",), f"{place}/{target}/", stage="assets", why="the built front end, which the program embeds"))
    flags = "-trimpath -ldflags='-s -w'" if numbers(version) >= (1, 13) else "-ldflags='-s -w'"
    packages = [details.get("package") or "", *details.get("workers", ())]
    commands = ["mkdir -p /out/tmp && chmod 1777 /out/tmp"]
    for package in packages:
        name = details.get("name") if package == packages[0] else package.rpartition("/")[2]
        target = f"./{package}" if package else "."
        commands.append(f"go build {flags} -o /out/{name} {target}")
    evidence = component.build.evidence if component.build else ()
    steps.append(
        Run(
            " && ".join(commands), caches=(*caches, BUILDS) if cached else (), why="strips debug symbols and local paths", evidence=evidence
        )
    )
    return steps


def _runtime_stage(component: Component, style: Style) -> tuple[Stage, tuple[Stage, ...], tuple[str, ...] | None]:
    details = component.details
    cgo: Evidence | None = details.get("cgo")
    bare = component.port is not None and style in (Style.LEAN, Style.HARDENED) and not cgo
    names = [details.get("name") or "app", *(package.rpartition("/")[2] for package in details.get("workers", ()))]
    steps: list[Step] = [Workdir("/app")]
    stages: tuple[Stage, ...] = ()
    if bare:
        image = bases.DISTROLESS_STATIC if style is Style.HARDENED else bases.SCRATCH
        stages = (bases.PROBE,)
        steps.append(bases.probe_copy())
        if image.family is Family.SCRATCH:
            steps.append(
                Copy(("/etc/ssl/certs/ca-certificates.crt",), "/etc/ssl/certs/", stage="build", why="outgoing TLS needs the authorities")
            )
            steps.append(Copy(("/usr/local/go/lib/time/zoneinfo.zip",), "/zoneinfo.zip", stage="build", why="time zones by name"))
            steps.append(Env("ZONEINFO", "/zoneinfo.zip", why="where the time zones are"))
            steps.append(Copy(("/out/tmp",), "/tmp", stage="build", owned=True, why="uploads and caches need a temporary folder"))  # noqa: S108
        health = bases.probe_command(component)
    else:
        image = bases.BOOKWORM if cgo else bases.ALPINE
        steps.extend(
            bases.debian_packages("ca-certificates", "tzdata", alpine=("ca-certificates", "tzdata"), why="outgoing TLS and time zones")
        )
        health = bases.health_command(image, component)
    why = "the programs" if len(names) > 1 else "only the program"
    steps.append(Copy(tuple(f"/out/{name}" for name in names), "/app/", stage="build", why=why))
    inside = posixpath.relpath(component.root or ".", component.build_context or ".")
    for path, line in details.get("opened", {}).items():
        source = path if inside == "." else f"{inside}/{path}"
        folder = not re.search(r"\.\w+$", path)
        steps.append(
            Copy((source,), f"/app/{path}" + ("/" if folder else ""), owned=True, why="the program opens it at run time", evidence=(line,))
        )
    listen = details.get("listen")
    if listen:
        name, value, evidence = listen
        number = component.port.value if component.port else value
        text = f"0.0.0.0:{number}" if ":" in value else str(number)
        steps.append(Env(name, text, why="reachable from outside the container, on the exposed port", evidence=evidence))
    return Stage("runtime", image, tuple(steps)), stages, health
