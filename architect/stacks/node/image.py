"""The image plan of a JavaScript component: install, build, drop what only builds need, and a small image that runs the rest."""

from __future__ import annotations

import re
from dataclasses import replace

from architect.bases import tcp_command
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Component, Evidence
from architect.request import Style
from architect.stacks.node.building import Building
from architect.stacks.node.install import Install, fetch, manifests, prune, tools
from architect.stacks.node.kinds import Keep, Kind
from architect.stacks.static import served

APP = "/app"
_DEBIAN = {16: "bookworm", 14: "bullseye", 12: "bullseye", 10: "buster", 8: "buster"}
_ALPINE = {18: "3.21", 16: "3.18", 14: "3.17", 12: "3.15", 10: "3.11", 8: "3.11"}
_DISTROLESS = ("22", "24")
_NEXT_BIN = "node_modules/next/dist/bin/next"
_SELF_HANDLING = frozenset({"nuxt", "nitro", "tanstack-start", "solid-start", "fastify", "next", "sveltekit"})


def plan(component: Component, style: Style) -> ImagePlan:
    """Return the plan. Raises ValueError when no start command is known."""
    kind: Kind | None = component.details.get("kind")
    if component.start is None or kind is None:
        raise ValueError(f"No start command is known for {component.name}; state one.")
    return _Planner(component, kind, style).plan()


class _Planner:
    """One plan in the making."""

    def __init__(self, component: Component, kind: Kind, style: Style) -> None:
        self.component, self.kind, self.style = component, kind, style
        self.install: Install = component.details["install"]
        self.building: Building = component.details["building"]
        self.bun: bool = component.details["bun"]
        self.node: str = component.details["node"] if self.bun else component.runtime.value.split(".")[0] if component.runtime else "24"
        inner = component.root.removeprefix(component.build_context).strip("/")
        self.where = f"{APP}/{inner}".rstrip("/")

    def plan(self) -> ImagePlan:
        """Return the whole plan."""
        if self.kind.keep is Keep.PAGES:
            if self.building.command is None and self.kind.framework == "html":
                steps: tuple[Step, ...] = (Copy((f"{self.kind.output}/" if self.kind.output != "." else ".",), "/site/", why="the pages"),)
                return served(self.component, self.style, Stage("site", self._base(), steps), "/site/", fallback=self.kind.fallback)
            build = Stage("build", self._builder(), tuple(self._build(prunes=False)))
            return served(self.component, self.style, build, f"{self.where}/{self.kind.output}/", fallback=self.kind.fallback)
        stages = self._stages()
        last = stages[-1]
        stages = (*stages[:-1], replace(last, steps=(*last.steps, *self._stripped(last.image))))
        component = self.component
        port = component.port.value if component.port else None
        image = stages[-1].image
        start = self._start(image)
        probe = self._tcp(image, port) if port and component.health is None else None
        return ImagePlan(
            stages=stages,
            start=start,
            port=port,
            health_path=component.health.value if component.health and port else None,
            health_command=probe,
            health_start_period=20 if self.kind.framework in ("next", "strapi", "medusa", "nestjs") else 10,
            writable=self._writable(),
            init=image.family is not Family.DISTROLESS and not self._handles_signals(start),
            why_start=component.start.note if component.start else "",
            why_port=component.port.note if component.port else "",
            start_evidence=component.start.evidence if component.start else (),
            port_evidence=component.port.evidence if component.port else (),
        )

    def _start(self, image: Image) -> tuple[str, ...]:
        start = self.component.start.value if self.component.start else ()
        if start[:1] == ("next",):
            start = ("node", _NEXT_BIN, *start[1:])
        if self.kind.before and start[:2] != ("sh", "-c"):
            joined = " && ".join(piece for piece in self.kind.before if "build" not in piece)
            start = ("sh", "-c", f"{joined} && exec {' '.join(start)}") if joined else start
        if image.family is Family.DISTROLESS:
            return ("/nodejs/bin/node", *start[1:])
        return start

    def _handles_signals(self, start: tuple[str, ...]) -> bool:
        if start[0] in ("sh", "bash", "npm", "yarn", "pnpm"):
            return False
        return bool(self.component.details.get("handles_signals")) or self.kind.framework in _SELF_HANDLING

    def _tcp(self, image: Image, port: int) -> tuple[str, ...]:
        command = tcp_command(Image("node", Family.DEBIAN, probe="bun" if self.bun else "node"), port) if not self.bun else None
        if image.family is Family.DISTROLESS and command:
            return ("/nodejs/bin/node", *command[1:])
        if command is None:
            socket = "socket:{data(){},open(){process.exit(0)}}"
            connect = f"Bun.connect({{hostname:'127.0.0.1',port:{port},{socket}}}).catch(()=>process.exit(1))"
            return ("bun", "-e", connect)
        return tcp_command(image, port) if image.family is Family.ALPINE else command

    def _writable(self) -> tuple[str, ...]:
        if self.kind.framework == "next":
            return ("/tmp", f"{self.where}/.next/cache")  # noqa: S108
        return ("/tmp",)  # noqa: S108

    def _base(self) -> Image:
        """Return the image to build in, which is also what runs unless the style has a smaller one."""
        lean = self.style is Style.LEAN and not self.component.details.get("gnu_only")
        if self.bun:
            version = self.component.runtime.value if self.component.runtime else "1.3"
            reference = f"oven/bun:{version}-{'alpine' if lean else 'slim'}"
            return Image(
                reference, Family.ALPINE if lean else Family.DEBIAN, user="bun", probe="bun", why="Bun runs the sources as they are"
            )
        number = int(self.node) if self.node.isdigit() else 24
        if lean:
            reference = f"node:{self.node}-alpine{_ALPINE.get(number, '3.22')}"
            return Image(reference, Family.ALPINE, user="node", probe="node", why="the smallest base with Node.js")
        reference = f"node:{self.node}-{_DEBIAN.get(number, 'bookworm')}-slim"
        return Image(reference, Family.DEBIAN, user="node", probe="node", why="Debian without what only builds need; native modules fit it")

    def _builder(self) -> Image:
        return replace(self._base(), why="builds with the same Node.js that the repository asks for" if not self.bun else "builds with Bun")

    def _runner(self) -> Image:
        """Return the image that runs: without shell and package manager in the hardened style where that truly works."""
        start = self.component.start.value if self.component.start else ()
        plain = start[:1] in (("node",), ("next",)) and not self.kind.before and not self.building.system
        if self.style is Style.HARDENED and not self.bun and plain and self.node in _DISTROLESS and self._handles_signals(start):
            reference = f"gcr.io/distroless/nodejs{self.node}-debian12:nonroot"
            return Image(
                reference, Family.DISTROLESS, user="nonroot", probe="node", why="only Node.js: no shell, no package manager, never root"
            )
        return self._base()

    def _packages(self, *, building: bool) -> list[Step]:
        names = self.building.system
        steps: list[Step] = []
        if building and self.building.compiles:
            why = f"to compile {', '.join(self.building.compiles)} where there is no prebuilt binary"
            steps.append(Packages(("python3", "make", "g++"), ("python3", "make", "g++"), why=why))
        if building and self.building.prisma:
            steps.append(Packages(("openssl",), ("openssl",), why="Prisma's engine needs it"))
        if not building and names:
            debian = tuple(sorted({name for group in names.values() for name in group}))
            alpine = tuple(sorted({name for by in names for name in self.building.alpine.get(by, ())}))
            proof = tuple(evidence for fact in self.component.system_packages for evidence in fact.evidence)
            steps.append(Packages(debian, alpine, why=f"{', '.join(names)} needs it when it runs", evidence=proof[:3]))
        return steps

    def _build(self, *, prunes: bool) -> list[Step]:
        """Return install, sources, generation, build, and the drop of development packages."""
        install, building = self.install, self.building
        steps = [*self._packages(building=True), Workdir(APP), *tools(install, self.node, self.bun), *manifests(install)]
        steps.append(fetch(install, scripts=not building.lifecycle, node=self.node))
        steps.append(Copy((".",), "./", why="the sources, after the dependencies"))
        binaries = "/app/node_modules/.bin" if self.where == APP else f"{self.where}/node_modules/.bin:/app/node_modules/.bin"
        steps.append(
            Env("PATH", f"{binaries}:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", why="the packages' own commands")
        )
        if building.lifecycle and building.compiles:
            steps.append(Run(f"npm rebuild {' '.join(building.compiles)}", why="their install scripts, which were held back until now"))
        if self.kind.framework == "next":
            steps.append(Env("NEXT_TELEMETRY_DISABLED", "1"))
        nested = self.where != APP
        own = [text for text in building.prepare if text.startswith("prisma ")]
        for text in (text for text in building.prepare if text not in own):
            steps.append(
                Run(
                    text,
                    why="what the package's install scripts do",
                    evidence=(Evidence(f"{self.component.build_context}/package.json".lstrip("/")),),
                )
            )
        for name in building.internal:
            steps.append(Run(_workspace_build(install.manager, name), why=f"{name} of this workspace is built first"))
        if nested and own:
            steps.append(Workdir(self.where))
        steps += [Run(text, why="generates the database client", caches=()) for text in own]
        if nested and own:
            steps.append(Workdir(APP))
        if building.command:
            cache = (f"{self.where}/.next/cache",) if self.kind.framework == "next" and self.style is Style.CACHED else ()
            steps.append(Run(building.command, caches=cache, why="the repository's own build", evidence=building.evidence))
        if prunes and self.component.details.get("runs_from_dependencies", True):
            steps += prune(install, self.node)
        return steps

    def _stages(self) -> tuple[Stage, ...]:
        """Return the stages of a server."""
        keep = self.kind.keep
        runner = self._runner()
        steps: list[Step] = [*self._packages(building=False), *self._environment(), Workdir(APP)]
        if keep is Keep.OUTPUT:
            output = self.kind.output or ".output"
            build = Stage("build", self._builder(), tuple(self._build(prunes=False)))
            steps.append(Copy((f"{self.where}/{output}/",), f"./{output}/", stage="build", why="the build carries everything it needs"))
            return build, Stage("runtime", runner, tuple(steps))
        if keep is Keep.STANDALONE:
            build = Stage("build", self._builder(), tuple(self._build(prunes=False)))
            inner = self.where.removeprefix(APP).strip("/")
            place = f"./{inner}/" if inner else "./"
            steps.append(
                Copy((f"{self.where}/.next/standalone/",), "./", stage="build", owned=True, why="the server with only the modules it uses")
            )
            steps.append(Copy((f"{self.where}/.next/static/",), f"{place}.next/static/", stage="build", why="scripts and styles"))
            if self.component.details.get("public"):
                steps.append(Copy((f"{self.where}/public/",), f"{place}public/", stage="build", why="files served as they are"))
            if inner:
                steps.append(Workdir(self.where))
            return build, Stage("runtime", runner, tuple(steps))
        return self._package_stages(runner, steps)

    def _stripped(self, runner: Image) -> list[Step]:
        """Return the step that takes the package managers out of a hardened image; nothing is installed while it runs."""
        start = " ".join(self.component.start.value) if self.component.start else ""
        if (
            self.style is not Style.HARDENED
            or runner.family is not Family.DEBIAN
            or self.bun
            or re.search(r"\b(npm|npx|yarn|pnpm|corepack)\b", start)
        ):
            return []
        names = "/usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* /usr/local/bin/yarn*"
        return [Run(f"rm -rf {names}", why="no package manager; nothing is installed while it runs")]

    def _package_stages(self, runner: Image, steps: list[Step]) -> tuple[Stage, ...]:
        """Return the stages where the package itself runs, with only its production dependencies."""
        building = self.building
        works = bool(building.command or building.prepare or building.internal or self.install.workspace)
        if not works:
            install = [*self._packages(building=True), Workdir(APP), *tools(self.install, self.node, self.bun), *manifests(self.install)]
            scripts = not building.lifecycle
            install.append(
                fetch(self.install, scripts=scripts, production=self.component.details.get("runs_from_dependencies", True), node=self.node)
            )
            if building.lifecycle and building.compiles:
                install.append(
                    Run(f"npm rebuild {' '.join(building.compiles)}", why="their install scripts, which were held back until now")
                )
            if self.component.details.get("has_dependencies"):
                steps.append(
                    Copy(
                        (f"{APP}/node_modules/",),
                        "./node_modules/",
                        stage="dependencies",
                        why="the dependencies, without what installed them",
                    )
                )
            steps.append(Copy((".",), "./", why="the sources, which change most often"))
            return Stage("dependencies", self._builder(), tuple(install)), Stage("runtime", runner, tuple(steps))
        split = (
            self.style is Style.CACHED
            and not building.prisma
            and not self.install.workspace
            and not building.compiles
            and not self.install.berry
        )
        build = Stage("build", self._builder(), tuple(self._build(prunes=not split)))
        if not split or not self.component.details.get("runs_from_dependencies", True):
            steps.append(Copy((f"{APP}/",), f"{APP}/", stage="build", why="the build with the dependencies it needs to run"))
            if self.where != APP:
                steps.append(Workdir(self.where))
            return build, Stage("runtime", runner, tuple(steps))
        only = [Workdir(APP), *tools(self.install, self.node, self.bun), *manifests(self.install)]
        only.append(fetch(self.install, scripts=not building.lifecycle, production=True, node=self.node))
        dependencies = Stage("dependencies", self._builder(), tuple(only))
        build = replace(build, steps=(*build.steps, Run("rm -rf node_modules", why="the other stage has those that run")))
        steps.append(
            Copy(
                (f"{APP}/node_modules/",),
                "./node_modules/",
                stage="dependencies",
                why="installed beside the build, so a change of sources keeps it",
            )
        )
        steps.append(Copy((f"{APP}/",), "./", stage="build", why="the build"))
        return dependencies, build, Stage("runtime", runner, tuple(steps))

    def _environment(self) -> list[Step]:
        """Return the variables of the running image."""
        found: dict[str, tuple[str, str, tuple[Evidence, ...]]] = {
            "NODE_ENV": ("production", "libraries switch to their production behaviour", ())
        }
        for name, value in self.kind.environment.items():
            found[name] = (
                value,
                "as the start script sets it" if name not in ("HOST", "HOSTNAME") else "listens on the container's address",
                (),
            )
        reads = self.component.details.get("reads_port")
        if self.component.port and (reads or self.kind.framework in _READ_PORT or "PORT" in found):
            found["PORT"] = (str(self.component.port.value), "where the code reads its port", (reads,) if reads else ())
        start = self.component.start.value if self.component.start else ()
        if start and start[0] not in ("node", "bun", "sh", "next", "/nodejs/bin/node"):
            binaries = f"{self.where}/node_modules/.bin" + ("" if self.where == APP else f":{APP}/node_modules/.bin")
            found["PATH"] = (f"{binaries}:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "the packages' own commands", ())
        return [Env(name, value, why, proof) for name, (value, why, proof) in found.items()]


_READ_PORT = frozenset(
    {
        "next",
        "nuxt",
        "nitro",
        "remix",
        "react-router",
        "sveltekit",
        "astro",
        "tanstack-start",
        "solid-start",
        "strapi",
        "medusa",
        "adonis",
        "angular",
    }
)


def _workspace_build(manager: str, name: str) -> str:
    return {
        "npm": f"npm run build --workspace={name}",
        "pnpm": f"pnpm --filter {name} run build",
        "yarn": f"yarn workspace {name} run build",
        "bun": f"bun run --filter {name} build",
    }[manager]
