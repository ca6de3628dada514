"""What runs in the cloud under which name, what it is told and which databases it finds there; the same whatever the style."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from architect.blueprints.terraform.clouds import CLOUDS, Cloud
from architect.migrations import migration
from architect.naming import distinct, dns_name, image_name
from architect.plan import Env, Family, ImagePlan
from architect.profile import Component, Evidence, Fact, Process, Profile, Role
from architect.services.backings import Backing, backings, needed_by
from architect.services.clients import settings
from architect.services.spec import ServiceSpec
from architect.syntax import hcl, users
from architect.syntax.composing import strictly_needed
from architect.syntax.folders import lasting

FOLDER = "terraform"
FILES = ("versions", "variables", "main", "network", "identity", "secrets", "database", "outputs")
"""The files of a module in the order of reading; those without content are left out."""
MANAGED = {"postgres": "postgres", "postgis": "postgres", "pgvector": "postgres", "mysql": "mysql", "mariadb": "mysql",
           "redis": "redis", "valkey": "redis"}  # fmt: skip
"""Services every cloud runs as a managed one, and the kind of it."""
_BIG = frozenset({"java", "kotlin", "scala", "clojure"})
_LIBPQ = frozenset({"python", "node", "go", "rust", "ruby", "php", "deno"})
_PORT_MARKS = {"postgres": 987_650_001, "mysql": 987_650_002, "redis": 987_650_003}
"""Numbers that stand for ports which only the cloud knows, until they are written as references."""
_FRONT = re.compile(r"(^|-)(web|www|front|frontend|client|ui|site|portal)(-|$)")
_MARK = re.compile(r"\x01(\w+):(\w+)\x01|\{secret:(\w+)\}|(98765000\d)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One environment variable: its value as an expression, or the id of the secret that holds it."""

    name: str
    value: str
    why: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """One value in the secret store: the expression it is made of, "" where it is given from outside."""

    id: str
    value: str
    why: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Database:
    """A managed database: its kind, the server behind it, and the fact that needs it."""

    kind: str
    spec: ServiceSpec
    fact: Fact[str]

    @property
    def major(self) -> str:
        """Return the version the repository's own containers use: `17`, `8.4`."""
        tag = self.spec.image.rsplit(":", 1)[-1]
        found = re.search(r"pg(\d+)", tag) or re.match(r"(\d+(?:\.\d+)?)", tag)
        return found[1] if found else ""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One thing that runs: a service people reach, a worker nothing calls, or a job that runs to its end."""

    key: str
    role: str
    component: Component
    plan: ImagePlan
    image: str
    argv: tuple[str, ...] = ()
    why: str = ""
    evidence: tuple[Evidence, ...] = ()
    environment: tuple[Entry, ...] = ()
    secrets: tuple[Entry, ...] = ()

    @property
    def port(self) -> int | None:
        """Return the port of a service."""
        return self.plan.port if self.role == "web" else None

    @property
    def health_path(self) -> str:
        """Return where health is asked; `/` where the code offers nothing better."""
        path = self.plan.health_path or "/"
        return path if path.startswith("/") else f"/{path}"

    @property
    def strict(self) -> bool:
        """Tell whether a 4xx on the health path is a failure: the path was found in the code."""
        return self.health_path != "/"

    @property
    def patience(self) -> int:
        """Return the seconds a start may take."""
        return max(self.plan.health_start_period, 10) * 3

    @property
    def big(self) -> bool:
        """Tell whether it needs more memory than most."""
        return self.component.language.value.lower() in _BIG

    @property
    def entrypoint(self) -> tuple[str, ...]:
        """Return what takes the place of the image's entry point."""
        return self.argv if self._replaces_entry_point else ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what takes the place of the image's command."""
        return () if self._replaces_entry_point else self.argv

    @property
    def _replaces_entry_point(self) -> bool:
        return users.final_image(self.plan).family is Family.DISTROLESS


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything a template is told."""

    app: str
    cloud: Cloud
    folder: str
    units: tuple[Unit, ...]
    databases: tuple[Database, ...]
    secrets: tuple[Secret, ...]
    outside: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    images: Mapping[str, Component] = field(default_factory=dict)

    def of(self, role: str) -> tuple[Unit, ...]:
        """Return the units of a role, what people see first in front."""
        found = [unit for unit in self.units if unit.role == role]
        return tuple(sorted(found, key=lambda unit: unit.component.role is not Role.STATIC and _FRONT.search(unit.key) is None))

    @property
    def given(self) -> tuple[Secret, ...]:
        """Return the secrets that come from outside."""
        return tuple(secret for secret in self.secrets if not secret.value)

    def database(self, kind: str) -> Database | None:
        """Return the managed database of a kind."""
        return next((database for database in self.databases if database.kind == kind), None)

    def uses(self, local: str) -> bool:
        """Tell whether any environment variable or secret is made of this local value."""
        pattern = re.compile(rf"local\.{local}\b")
        return any(
            pattern.search(value)
            for value in (
                *(secret.value for secret in self.secrets),
                *(entry.value for unit in self.units for entry in unit.environment),
            )
        )

    def file(self, name: str) -> str:
        """Return the path of one of the files."""
        return f"{self.folder}/{name}.tf"

    def files(self) -> tuple[str, ...]:
        """Return the files that have something to say."""
        left_out = {"secrets": not self.secrets, "database": not self.databases, "network": not self.cloud.network}
        return tuple(name for name in FILES if not left_out.get(name, False))


def layout_of(profile: Profile, components: Sequence[Component], plans: Mapping[str, ImagePlan], options: Mapping[str, str]) -> Layout:
    """Name and describe everything that is deployed. Without plans, names, secrets and databases are still right."""
    cloud = CLOUDS[options.get("cloud", next(iter(CLOUDS)))]
    found = backings(components)
    managed = _databases(found)
    maker = _Maker(profile, cloud, found, {database.kind for database in managed}, several=len(components) > 1)
    for component, key in zip(components, _keys(profile, components), strict=True):
        maker.add(component, key, plans.get(component.name) or _EMPTY)
    return Layout(
        app=_app(profile),
        cloud=cloud,
        folder=_folder(profile, cloud),
        units=tuple(maker.units),
        databases=managed,
        secrets=tuple(maker.secrets.values()),
        outside=tuple(dict.fromkeys(maker.outside)),
        unset=tuple(dict.fromkeys(maker.unset)),
        kept=tuple(dict.fromkeys(maker.kept)),
        images=maker.images,
    )


def _app(profile: Profile) -> str:
    """Return the name everything starts with, short enough for what clouds allow."""
    return dns_name(profile.name)[:16].strip("-") or "app"


def _keys(profile: Profile, components: Sequence[Component]) -> list[str]:
    """Return short names of the components: what they do where there is one, else their own names without the repository's."""
    if len(components) == 1:
        role = components[0].role
        return [{Role.WORKER: "worker", Role.JOB: "job"}.get(role, "web")]
    whole = f"{dns_name(profile.name)}-"
    return distinct([dns_name(component.name).removeprefix(whole)[:20].strip("-") for component in components])


_EMPTY = ImagePlan(stages=(), start=())


def _databases(found: Sequence[Backing]) -> tuple[Database, ...]:
    kinds: dict[str, Database] = {}
    for backing in found:
        kind = MANAGED.get(backing.spec.id)
        if kind is not None:
            kinds.setdefault(kind, Database(kind, backing.spec, backing.fact))
    return tuple(kinds.values())


def _folder(profile: Profile, cloud: Cloud) -> str:
    """Return `terraform`, unless the repository keeps files of its own there that ours would collide with."""
    own = {f"{name}.tf" for name in FILES}
    taken = any(
        str(PurePosixPath(path).parent) == FOLDER and PurePosixPath(path).name not in own for path in profile.existing.get("terraform", ())
    )
    return f"{FOLDER}/{cloud.id}" if taken else FOLDER


class _Maker:
    """Collects units and secrets component by component."""

    def __init__(self, profile: Profile, cloud: Cloud, found: Sequence[Backing], kinds: set[str], *, several: bool) -> None:
        self.profile = profile
        self.cloud = cloud
        self.backings = found
        self.kinds = kinds
        self.several = several
        self.units: list[Unit] = []
        self.secrets: dict[str, Secret] = {}
        self.images: dict[str, Component] = {}
        self.outside: list[str] = []
        self.unset: list[str] = []
        self.kept: list[str] = []

    def add(self, component: Component, key: str, plan: ImagePlan) -> None:
        environment, secrets = self._told(component, key, plan)
        image = image_name(self.profile, component)
        self.images[image] = component
        role = "job" if component.role is Role.JOB else "web" if plan.port is not None else "worker"
        common = {"component": component, "plan": plan, "image": image, "environment": environment, "secrets": secrets}
        place = component.port.evidence if component.port else component.language.evidence
        self._unit(key, role, evidence=place, **common)
        taken = [unit.key for unit in self.units]
        step = migration(self.profile, component)
        for process in (*component.processes, *([step] if step is not None else [])):
            name = f"{key}-{process.name}" if self.several else process.name
            self._process(process, name, taken, "job" if process is step else "worker", common)
        self.kept += [f"{component.name} in {path}" for path in plan.writable if path.strip("/") and lasting(path)]

    def _process(self, process: Process, name: str, taken: list[str], role: str, common: dict[str, object]) -> None:
        made = distinct([dns_name(name)[:20].strip("-")], taken)[0]
        taken.append(made)
        self._unit(made, role, argv=process.argv, why=f"{process.name}, from the same image", evidence=process.evidence, **common)

    def _unit(self, key: str, role: str, **given: object) -> None:
        self.units.append(Unit(key=key, role=role, **given))  # type: ignore[arg-type]

    def _told(self, component: Component, key: str, plan: ImagePlan) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        environment: dict[str, Entry] = {}
        secrets: dict[str, Entry] = {}
        needs = needed_by(component, self.backings)
        inside = [backing for backing in needs if MANAGED.get(backing.spec.id) in self.kinds]
        for setting in settings(component, [self._need(backing, component) for backing in inside]):
            value = self._expression(setting.value)
            if "{secret:" in setting.value:
                secrets[setting.name] = Entry(
                    setting.name, self._secret(key, setting.name, value, setting.why, setting.evidence), setting.why
                )
            else:
                environment[setting.name] = Entry(setting.name, value, setting.why, setting.evidence)
        for backing in needs:
            if backing not in inside:
                self._from_outside(component, key, backing, secrets)
        self._encrypted(component, inside, environment)
        built = {step.name for stage in plan.stages for step in stage.steps if isinstance(step, Env)}
        for wanted in component.variables:
            if wanted.default is not None or wanted.name in environment or wanted.name in secrets or wanted.name == "PORT":
                continue
            if wanted.secret and strictly_needed(wanted):
                why = "a secret the code cannot do without"
                secrets[wanted.name] = Entry(wanted.name, self._secret(key, wanted.name, "", why, wanted.evidence), why, wanted.evidence)
            elif wanted.name not in built:
                self.unset.append(wanted.name)
        if plan.port is not None and not self.cloud.own_port and any(variable.name == "PORT" for variable in component.variables):
            environment["PORT"] = Entry("PORT", hcl.quoted(str(plan.port)), "the port the load balancer calls", plan.port_evidence)
        return tuple(environment.values()), tuple(secrets.values())

    def _need(self, backing: Backing, component: Component) -> tuple[ServiceSpec, Fact[str], str]:
        kind = MANAGED[backing.spec.id]
        face = self.cloud.faces[kind]
        url = face.url or backing.spec.url
        if face.url and component.language.value.lower() == "python" and "rediss://" in face.url:
            url += "?ssl_cert_reqs=required"  # redis-py and Celery want it said
        spec = replace(
            backing.spec,
            user=face.user or backing.spec.user,
            database=face.database or backing.spec.database,
            port=face.port or _PORT_MARKS[kind],
            url=url,
        )
        return spec, backing.fact, f"\x01{kind}:host\x01"

    def _expression(self, value: str) -> str:
        """Return a setting's value as an expression; marks become references to locals of the module."""
        pieces: list[str] = []
        at = 0
        kind = next((hit[1] for hit in re.finditer(r"\x01(\w+):host\x01", value)), "")
        for hit in _MARK.finditer(value):
            pieces.append(hcl.quoted(value[at : hit.start()])[1:-1])
            at = hit.end()
            if hit[1]:
                pieces.append(f"${{local.{hit[1]}_{hit[2]}}}")
            elif hit[3]:
                pieces.append(f"${{local.{_kind_of_secret(hit[3]) or kind}_password}}")
            else:
                pieces.append(f"${{local.{_kind_of_port(int(hit[4]))}_port}}")
        pieces.append(hcl.quoted(value[at:])[1:-1])
        whole = "".join(pieces)
        alone = re.fullmatch(r"\$\{(local\.\w+)\}", whole)
        return alone[1] if alone else f'"{whole}"'

    def _secret(self, key: str, name: str, value: str, why: str, evidence: tuple[Evidence, ...]) -> str:
        known = self.secrets.get(name)
        made = name
        if known is not None and known.value != value:
            made = f"{key.upper().replace('-', '_')}_{name}"
        self.secrets.setdefault(made, Secret(made, value, why, evidence))
        return made

    def _from_outside(self, component: Component, key: str, backing: Backing, secrets: dict[str, Entry]) -> None:
        """Ask for what leads to a service that is not made here."""
        label = backing.spec.label.split(" (")[0]
        names = [setting.name for setting in settings(component, [(backing.spec, backing.fact, "host")])]
        for name in names:
            why = f"leads to {label}, which is not made here"
            secrets.setdefault(name, Entry(name, self._secret(key, name, "", why, backing.fact.evidence), why, backing.fact.evidence))
        self.outside.append(f"{label} ({', '.join(names)})")

    def _encrypted(self, component: Component, inside: Sequence[Backing], environment: dict[str, Entry]) -> None:
        """Ask PostgreSQL's clients to encrypt, in the one way that most of them understand."""
        language = component.language.value.lower()
        if language not in _LIBPQ or not any(MANAGED[backing.spec.id] == "postgres" for backing in inside):
            return
        face = self.cloud.faces["postgres"]
        loose = language in ("node", "deno") and not face.public_authority
        why = "the server wants encrypted connections" + (", and Node does not know its authority" if loose else "")
        environment["PGSSLMODE"] = Entry("PGSSLMODE", hcl.quoted("no-verify" if loose else "require"), why)


def _kind_of_secret(name: str) -> str:
    return {"POSTGRES_PASSWORD": "postgres", "MYSQL_PASSWORD": "mysql", "REDIS_PASSWORD": "redis"}.get(name, "")


def _kind_of_port(number: int) -> str:
    return next(kind for kind, mark in _PORT_MARKS.items() if mark == number)
