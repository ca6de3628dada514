"""How a Rust program is built and what it runs on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from architect import bases
from architect.ecosystems import cargo
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Component, Evidence
from architect.request import Style
from architect.versions import numbers

CACHES = ("/usr/local/cargo/registry", "/usr/local/cargo/git")


def plan(component: Component, style: Style) -> ImagePlan:
    """Return the image plan of a component in a style."""
    details = component.details
    system: Mapping[str, Evidence] = details.get("system") or {}
    shared = [
        name for name in system if cargo.SYSTEM.get(name, ((), (), ""))[1] and not (name == "openssl-sys" and "openssl-src" in system)
    ]
    features = details.get("features", ())
    native = [name for name in system if name in cargo.SYSTEM and name not in ("prost-build", "tonic-build")]
    musl = style is Style.LEAN and not native and not features and not details.get("toolchain")
    build = Stage("build", _builder(component, musl), tuple(_build_steps(component, style, system, musl)))
    steps: list[Step] = [Workdir("/app")]
    more: tuple[Stage, ...] = ()
    if style is Style.HARDENED and not [name for name in shared if name != "openssl-sys"] and not features and component.port is not None:
        image, more = bases.DISTROLESS_CC, (bases.PROBE,)
        steps.append(bases.probe_copy())
        health = bases.probe_command(component)
    else:
        image = bases.ALPINE if musl else bases.BOOKWORM
        packages = [package for name in shared for package in cargo.SYSTEM[name][1]]
        for feature in features:
            packages += {"mysql": ["libmariadb3"], "postgresql": ["libpq5"], "postgres": ["libpq5"]}.get(feature, [])
        why = "outgoing TLS" + ("; " + ", ".join(cargo.SYSTEM[name][2] for name in shared) if shared else "")
        steps.append(
            Packages(
                tuple(dict.fromkeys(("ca-certificates", *packages))),
                ("ca-certificates",),
                why=why,
                evidence=tuple(system[name] for name in shared),
            )
        )
        health = bases.health_command(image, component)
    steps.append(Copy((f"/out/{details['program']}",), "/app/", stage="build", why="only the program"))
    steps += _files(component)
    return finished(
        component, (build, *more, Stage("runtime", image, tuple(steps))), health, start=(f"/app/{details['program']}",), start_period=5
    )


def _builder(component: Component, musl: bool) -> Image:
    version = component.runtime.value if component.runtime else cargo.DEFAULT_VERSION
    if musl:
        return Image(f"rust:{version}-alpine", Family.ALPINE, why="links against musl: the program needs no C library at run time")
    suite = "bookworm" if numbers(version) >= (1, 70) else "bullseye" if numbers(version) >= (1, 55) else "buster"
    return Image(f"rust:{version}-slim-{suite}", Family.DEBIAN, why="the compiler, against the C library of the final image")


def _build_steps(component: Component, style: Style, system: Mapping[str, Evidence], musl: bool) -> list[Step]:
    details = component.details
    steps: list[Step] = [Workdir("/src")]
    packages = [package for name in system if name in cargo.SYSTEM for package in cargo.SYSTEM[name][0]]
    for feature in details.get("features", ()):
        packages += {"mysql": ["libmariadb-dev-compat"], "postgresql": ["libpq-dev"], "postgres": ["libpq-dev"]}.get(feature, [])
    alpine = ["musl-dev", *(["protobuf-dev"] if "protobuf-compiler" in packages else [])]
    if packages or musl:
        why = ", ".join(dict.fromkeys(cargo.SYSTEM[name][2] for name in system if name in cargo.SYSTEM)) or "the C library to link with"
        steps.append(Packages(tuple(dict.fromkeys(packages)), tuple(alpine), why=why, evidence=tuple(system.values())[:3]))
    if details.get("offline"):
        steps.append(Env("SQLX_OFFLINE", "true", why="queries are checked against the saved description, not against a database"))
    manifests: tuple[str, ...] = details.get("manifests", ("Cargo.toml",))
    top = [name for name in manifests if "/" not in name]
    top += ["Cargo.lock"] if details.get("locked") else []
    top += [details["toolchain"]] if details.get("toolchain") else []
    steps.append(Copy(tuple(top), "./", why="dependencies change less often than code"))
    steps += [Copy((name,), f"./{name.rpartition('/')[0]}/", why="the manifest of a member") for name in manifests if "/" in name]
    places = [name.rpartition("/")[0] for name in manifests]
    stubs = " ".join(f"{place}/src" if place else "src" for place in places)
    touch = " ".join(f"{place}/src/main.rs {place}/src/lib.rs" if place else "src/main.rs src/lib.rs" for place in places)
    fixed = " --locked" if details.get("locked") else ""
    cached = style is Style.CACHED
    steps.append(
        Run(
            f"mkdir -p {stubs} && touch {touch} && cargo fetch{fixed} && rm -r {stubs}",
            caches=CACHES if cached else (),
            why="a layer of its own, reused until a manifest changes; empty sources let Cargo read the manifests",
        )
    )
    steps.append(Copy((".",), "./", why="the source code"))
    scope = f" -p {details['package']}" if details.get("package") else ""
    chosen = f" --features {','.join(details['features'])}" if details.get("features") else ""
    mode = " --locked" if details.get("locked") else " --offline"
    program = details["program"]
    command = f"cargo build --release{mode}{scope}{chosen} --bin {program} && mkdir -p /out && cp target/release/{program} /out/"
    if style is Style.LEAN:
        command += f" && strip /out/{program}"
    evidence = component.build.evidence if component.build else ()
    steps.append(Run(command, caches=(*CACHES, "/src/target") if cached else (), why="exactly the locked versions", evidence=evidence))
    return steps


def _files(component: Component) -> list[Step]:
    details = component.details
    inside = details.get("inside") or ""
    base = f"{inside}/" if inside else ""
    steps: list[Step] = []
    for path, line in (details.get("opened") or {}).items():
        if path in ("Cargo.toml", "rust-toolchain.toml") or path == details.get("config"):
            continue
        folder = not re.search(r"\.\w+$", path)
        steps.append(
            Copy(
                (f"{base}{path}",),
                f"/app/{path}" + ("/" if folder else ""),
                owned=True,
                why="the program opens it at run time",
                evidence=(line,),
            )
        )
    if details.get("config"):
        steps.append(Copy((f"{base}{details['config']}",), "/app/", why="the framework reads it at start"))
    port = component.port.value if component.port else None
    for name, value, line in details.get("listen", ()):
        steps.append(Env(name, value.replace("{port}", str(port)), why="reachable from outside the container", evidence=(line,)))
    if details.get("port_variable") and port:
        steps.append(Env(details["port_variable"], str(port), why="the port that is exposed"))
    return steps
