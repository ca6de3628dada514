"""Compose: every component, its further processes and the services they need, in one file that starts in the right order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.plan import Family, ImagePlan
from architect.profile import Component, Process, Profile
from architect.request import Style
from architect.services import SERVICES
from architect.services.backings import Backing, backings, needed_by
from architect.services.clients import fill, settings
from architect.syntax import users
from architect.syntax.composing import asked, dollars, folder, listed, process_check, slug, unique, variable
from architect.syntax.folders import hidden_by_mount, lasting
from architect.syntax.lines import Page
from architect.syntax.yaml import Because, Flow, emit
from artifacts.records import Kind

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_ENTRYPOINT_CAPS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")
_BIG = frozenset({"java", "kotlin", "scala", "clojure"})


class Compose:
    """One Compose file for the whole repository."""

    id = "compose"
    label = "Compose"
    options: tuple[Option, ...] = ()

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the path of the Compose file: the one that exists at the root, else compose.yaml."""
        existing = profile.existing.get("compose", ())
        return (next((path for path in existing if path in NAMES), NAMES[0]),) if components else ()

    def draw(self, site: Site) -> Drawing:
        """Draw the file, with a sentence on Dockerfiles that it needs and nobody asked for."""
        planned = site.planned()
        if not planned:
            return Drawing()
        page = Page(self.paths(site.profile, [component for component, _ in planned])[0], Kind.COMPOSE)
        file = _File(site, planned)
        data = file.data()
        need = "they need" if len(planned) > 1 else "it needs"
        page.comment(f"{site.profile.name}: {listed([component.name for component, _ in planned])}, with what {need}.")
        if file.required:
            page.comment(f"Set in a file .env beside this one, never in Git: {', '.join(file.required)}.")
        emit(page, data)
        beside = [
            f"{name} writes into {path}, where the image's own files lie, so its file system is not read-only."
            for name, path in file.beside.items()
        ]
        return Drawing((page,), (*_missing_dockerfiles(site, planned), *beside))


class _File:
    """The Compose file in the making."""

    def __init__(self, site: Site, planned: Sequence[tuple[Component, ImagePlan]]) -> None:
        self.site = site
        self.style = site.style
        self.planned = planned
        self.required: list[str] = []
        self.beside: dict[str, str] = {}
        self.volumes: dict[str, None] = {}
        self.secrets: dict[str, None] = {}
        self.names = unique([component.name for component, _ in planned])
        self.processes = self._process_names()
        self.backings = backings([component for component, _ in planned], (*self.names, *self.processes.values()))
        self.host_ports: set[int] = set()

    def data(self) -> dict[str, Any]:
        """Return the whole file."""
        services: dict[str, Any] = {}
        for (component, plan), name in zip(self.planned, self.names, strict=True):
            services[name] = Because(
                self._component(component, plan, name), f"{component.name}, built from its own Dockerfile", component.language.evidence
            )
            for position, process in enumerate(component.processes):
                services[self.processes[name, position]] = Because(
                    self._process(component, plan, process, name), f"{process.name}, a further process of the same image", process.evidence
                )
        for backing in self.backings:
            services[backing.name] = Because(self._service(backing), _needed_by(backing, self.planned), backing.fact.evidence)
        file: dict[str, Any] = {"name": slug(self.site.profile.name), "services": services}
        if self.style is Style.HARDENED:
            file["networks"] = {
                "frontend": Because({}, "what people reach"),
                **({"backend": Because({"internal": True}, "no way out to the internet")} if self.backings else {}),
            }
        if self.secrets:
            file["secrets"] = {
                secret: Because({"environment": variable(secret)}, "given to the build, never kept in a layer") for secret in self.secrets
            }
        if self.volumes:
            file["volumes"] = {name: None for name in self.volumes}
        return file

    def _component(self, component: Component, plan: ImagePlan, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"build": self._build(component)}
        if plan.port is not None:
            publish = self._publish(plan.port)
            entry["ports"] = Because([publish], plan.why_port or "the port the process listens on", plan.port_evidence)
        entry.update(self._common(component, plan, name))
        if self.style is Style.CACHED:
            entry["develop"] = Because(
                {"watch": [{"action": "rebuild", "path": folder(component.build_context)}]},
                "docker compose watch rebuilds on every change",
            )
        return entry

    def _process(self, component: Component, plan: ImagePlan, process: Process, owner: str) -> dict[str, Any]:
        key = "entrypoint" if users.final_image(plan).family is Family.DISTROLESS else "command"
        entry: dict[str, Any] = {
            "build": self._build(component),
            key: Because(Flow(_escaped(process.argv)), f"runs {process.name}", process.evidence),
        }
        entry.update(self._common(component, plan, owner))
        check = process_check(process)
        entry["healthcheck"] = (
            Because(check, "asks the worker itself")
            if check
            else Because({"disable": True}, "the image's check asks the web server, which does not run here")
        )
        return entry

    def _common(self, component: Component, plan: ImagePlan, owner: str) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        environment = self._environment(component, plan)
        if environment:
            entry["environment"] = environment
        needs = self._needs(component)
        if needs:
            entry["depends_on"] = {
                backing.name: Because({"condition": "service_healthy"}, f"starts when {backing.spec.label} answers", backing.fact.evidence)
                for backing in needs
            }
        mounts, passing = self._folders(plan, owner)
        if mounts:
            entry["volumes"] = Because(mounts, "what the process writes outlives the container")
        covered = [path for path in plan.writable if hidden_by_mount(plan, path)]
        if (self.style is Style.HARDENED or self.site.changes.read_only) and covered:
            self.beside.setdefault(owner, covered[0].rstrip("/"))
        elif self.style is Style.HARDENED or self.site.changes.read_only:
            entry["read_only"] = Because(True, "the process can write only where it must")
            entry["tmpfs"] = passing
        if self.style is Style.HARDENED:
            entry["cap_drop"] = Because(["ALL"], "an application needs none of the kernel's privileges")
            entry["security_opt"] = Because(["no-new-privileges:true"], "no program can gain rights")
            entry["networks"] = ["frontend", "backend"] if needs else ["frontend"]
        entry["restart"] = Because("unless-stopped", "comes back after a crash or a reboot")
        entry.update(self._limits("1G" if component.language.value.lower() in _BIG else "512M"))
        return entry

    def _service(self, backing: Backing) -> dict[str, Any]:
        spec = backing.spec
        entry: dict[str, Any] = {"image": spec.image}
        if spec.command:
            entry["command"] = Flow(tuple(self._filled(part, backing) for part in spec.command))
        if spec.environment:
            entry["environment"] = {name: self._filled(value, backing) for name, value in spec.environment}
        if spec.volume and self.site.changes.volumes:
            volume = f"{backing.name}-data"
            self.volumes[volume] = None
            entry["volumes"] = Because([f"{volume}:{spec.volume}"], "the data outlives the container")
        entry["healthcheck"] = Because(
            {
                "test": Flow(("CMD", *(dollars(fill(part, spec, backing.name)) for part in spec.health))),
                "interval": "10s",
                "timeout": "5s",
                "retries": 5,
                "start_period": f"{spec.start_period}s",
            },
            "others wait until it answers",
        )
        if self.style is Style.HARDENED:
            if spec.tmpfs:
                entry["read_only"] = True
                entry["tmpfs"] = list(spec.tmpfs)
            entry["cap_drop"] = ["ALL"]
            if spec.run_as:
                entry["user"] = spec.run_as
            else:
                entry["cap_add"] = Because(list(_ENTRYPOINT_CAPS), "its entry point takes over the data folder, then gives up root")
            entry["security_opt"] = ["no-new-privileges:true"]
            entry["networks"] = {"backend": {"aliases": list(backing.aliases)} if backing.aliases else None}
        elif backing.aliases:
            entry["networks"] = {"default": Because({"aliases": list(backing.aliases)}, "the name the repository's settings use")}
        entry["restart"] = "unless-stopped"
        entry.update(self._limits(spec.memory))
        return entry

    def _build(self, component: Component) -> dict[str, Any]:
        context = component.build_context
        dockerfile = component.dockerfile_path
        if context and dockerfile.startswith(f"{context}/"):
            dockerfile = dockerfile[len(context) + 1 :]
        build: dict[str, Any] = {"context": folder(context), "dockerfile": dockerfile}
        if self.site.changes.platforms:
            build["platforms"] = Because(list(self.site.changes.platforms), "asked for in the instruction")
        secrets = sorted(
            {secret for stage in self.site.plans[component.name].stages for step in stage.steps for secret in getattr(step, "secrets", ())}
        )
        if secrets:
            build["secrets"] = secrets
            self.secrets.update(dict.fromkeys(secrets))
        return build

    def _environment(self, component: Component, plan: ImagePlan) -> dict[str, Any]:
        found: dict[str, Any] = {}
        needs = [(backing.spec, backing.fact, backing.name) for backing in self._needs(component)]
        for setting in settings(component, needs):
            found[setting.name] = Because(self._secrets(setting.value), setting.why, setting.evidence)
        built = {step.name for stage in plan.stages for step in stage.steps if hasattr(step, "name") and hasattr(step, "value")}
        for wanted in component.variables:
            if wanted.default is None and wanted.name not in found and wanted.name not in built and wanted.name != "PORT":
                found[wanted.name] = asked(wanted, self._required)
        return found

    def _folders(self, plan: ImagePlan, owner: str) -> tuple[list[str], list[str]]:
        """Return the volumes for lasting folders, and the temporary file systems for the others."""
        who = users.account(plan, self.site.changes.user)
        mounts: list[str] = []
        passing = ["/tmp"]  # noqa: S108 - a path inside the container
        for written in plan.writable:
            path = written.rstrip("/")
            name = path.rsplit("/", 1)[-1]
            if path in ("", "/tmp"):  # noqa: S108
                continue
            if hidden_by_mount(plan, path):
                continue
            if self.site.changes.volumes and lasting(path):
                volume = f"{owner}-{slug(name)}"
                self.volumes[volume] = None
                mounts.append(f"{volume}:{path}")
            else:
                passing.append(f"{path}:uid={who.uid},gid={who.gid}")
        return mounts, passing

    def _limits(self, memory: str) -> dict[str, Any]:
        if self.style is Style.HARDENED:
            limits: dict[str, Any] = {"cpus": "1.0", "memory": memory, "pids": 256}
            return {"deploy": Because({"resources": {"limits": limits}}, "one runaway process cannot take the machine")}
        if self.style is Style.LEAN:
            return {"deploy": Because({"resources": {"limits": {"memory": memory}}}, "a small ceiling; raise it when it is reached")}
        return {}

    def _publish(self, port: int) -> str:
        host = port if port >= 1024 else port + 8000
        while host in self.host_ports:
            host += 1
        self.host_ports.add(host)
        return f"127.0.0.1:{host}:{port}" if self.style is Style.HARDENED else f"{host}:{port}"

    def _needs(self, component: Component) -> list[Backing]:
        return needed_by(component, self.backings)

    def _process_names(self) -> dict[tuple[str, int], str]:
        """Name every further process by its component's place: plainly where there is one component, else with its name."""
        found: dict[tuple[str, int], str] = {}
        taken = {*self.names, *SERVICES}
        for (component, _), owner in zip(self.planned, self.names, strict=True):
            for position, process in enumerate(component.processes):
                name = slug(process.name)
                if len(self.planned) > 1 or name in taken:
                    name = f"{owner}-{name}"
                name = unique([*sorted(taken), name])[-1]
                taken.add(name)
                found[owner, position] = name
        return found

    def _filled(self, text: str, backing: Backing) -> str:
        return self._secrets(fill(text, backing.spec, backing.name))

    def _secrets(self, text: str) -> str:
        return re.sub(r"\{secret:(\w+)\}", lambda hit: self._required(hit[1]), dollars(text))

    def _required(self, name: str) -> str:
        if name not in self.required:
            self.required.append(name)
        return f"${{{name}:?set {name} in .env}}"


def service_names(site: Site) -> Iterator[tuple[Component, ImagePlan, str]]:
    """Yield the services that run the repository's own images, by the names the file gives them."""
    file = _File(site, site.planned())
    for (component, plan), name in zip(file.planned, file.names, strict=True):
        yield component, plan, name
        for position in range(len(component.processes)):
            yield component, plan, file.processes[name, position]


def _missing_dockerfiles(site: Site, planned: Sequence[tuple[Component, ImagePlan]]) -> list[str]:
    if "dockerfile" in site.targets:
        return []
    existing = set(site.profile.existing.get("dockerfile", ()))
    missing = [component.dockerfile_path for component, _ in planned if component.dockerfile_path not in existing]
    return (
        [f"The Compose file builds from {listed(missing)}, which the repository does not have: generate the Dockerfile target too."]
        if missing
        else []
    )


def _needed_by(backing: Backing, planned: Sequence[tuple[Component, ImagePlan]]) -> str:
    kind = backing.spec.kind
    users_of = [c.name for c, _ in planned if any(f.value in SERVICES and SERVICES[f.value].kind == kind for f in c.services)]
    return f"{backing.spec.label}, needed by {listed(users_of)}"


def _escaped(argv: Sequence[str]) -> tuple[str, ...]:
    return tuple(dollars(part) for part in argv)
