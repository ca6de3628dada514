"""The profile: what the architect found in a repository, each fact with the file and line that proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Basis(StrEnum):
    """Where a fact comes from, most trusted first: the user, a file that declares it, the code, a convention, a default."""

    USER = "user"
    DECLARED = "declared"
    CODE = "code"
    CONVENTION = "convention"
    DEFAULT = "default"


class Role(StrEnum):
    """What a component does when it runs."""

    WEB = "web"
    WORKER = "worker"
    STATIC = "static"
    JOB = "job"
    LIBRARY = "library"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the repository: path relative to its root, 1-based line or None for the whole file, the text seen."""

    path: str
    line: int | None = None
    excerpt: str = ""

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """One thing that was found, with its proof. A default has no evidence and says so in `note`."""

    value: T
    basis: Basis
    evidence: tuple[Evidence, ...] = ()
    note: str = ""

    @property
    def firm(self) -> bool:
        """Tell whether the repository or the user states it, rather than a convention."""
        return self.basis in (Basis.USER, Basis.DECLARED, Basis.CODE)

    def where(self) -> str:
        """Name the first proof (`src/app.py:12`), or the note where there is none."""
        return str(self.evidence[0]) if self.evidence else (self.note or self.basis.value)


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable the code reads. `default` is None when the code fails without it."""

    name: str
    default: str | None = None
    secret: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """A further process run from the same image: a queue worker, a scheduler. `argv` is in exec form."""

    name: str
    argv: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


class Purpose(StrEnum):
    """What one of the repository's own commands is for."""

    INSTALL = "install"
    LINT = "lint"
    TYPES = "types"
    TEST = "test"
    BUILD = "build"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Chore:
    """A command with which the repository installs, checks, tests or builds itself, as shell text run in `folder`.

    `tools` are programs of the language's own package index that the command needs and no manifest of the repository installs.
    """

    purpose: Purpose
    command: str
    folder: str = ""
    tools: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Signals:
    """What a component tells about itself: the path of its metrics, the libraries that make them, and those that trace.

    `libraries` and `tracers` are facts whose value is the package's name; `path` is None where the code shows no endpoint;
    `port` is set where the metrics have one of their own.
    """

    path: Fact[str] | None = None
    port: Fact[int] | None = None
    libraries: tuple[Fact[str], ...] = ()
    tracers: tuple[Fact[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One deployable part of a repository; `root` is its folder ("" for the repository's own root).

    `runtime` is the version for the image tag ("3.12", "22", "1.26"). `start` is the command in exec form as it
    should run in a container (binding to 0.0.0.0). `health` is an HTTP path that answers without signing in.
    `context` is the folder its image is built from when that is not `root`: a module of a multi-module build or of a
    workspace needs its parent's files. `chores` are the commands with which the repository checks itself, `releases` the versions
    of the language it names where it names several, `scripts` the names of those its manifest defines, `signals` what it tells about
    itself when it runs. `details` carries what the component's own stack needs for its plan; no other room reads it.
    """

    name: str
    stack: str
    root: str = ""
    role: Role = Role.WEB
    language: Fact[str]
    framework: Fact[str] | None = None
    runtime: Fact[str] | None = None
    package_manager: Fact[str] | None = None
    lockfile: str | None = None
    build: Fact[str] | None = None
    start: Fact[tuple[str, ...]] | None = None
    port: Fact[int] | None = None
    health: Fact[str] | None = None
    processes: tuple[Process, ...] = ()
    services: tuple[Fact[str], ...] = ()
    variables: tuple[Variable, ...] = ()
    system_packages: tuple[Fact[str], ...] = ()
    context: str | None = None
    chores: tuple[Chore, ...] = ()
    releases: tuple[Fact[str], ...] = ()
    scripts: Fact[tuple[str, ...]] | None = None
    signals: Signals = field(default_factory=Signals)
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def dockerfile_path(self) -> str:
        """Return where this component's Dockerfile belongs."""
        return f"{self.root}/Dockerfile" if self.root else "Dockerfile"

    @property
    def build_context(self) -> str:
        """Return the folder the image is built from ("" for the repository's root); the plan's copies are relative to it."""
        return self.root if self.context is None else self.context

    @property
    def dockerignore_path(self) -> str:
        """Return where this component's ignore file belongs: beside its Dockerfile, under its name when the context is elsewhere."""
        if self.build_context != self.root:
            return f"{self.dockerfile_path}.dockerignore"
        return f"{self.root}/.dockerignore" if self.root else ".dockerignore"

    def chores_for(self, *purposes: Purpose) -> tuple[Chore, ...]:
        """Return the commands of these purposes, in the order in which they were found."""
        return tuple(chore for chore in self.chores if chore.purpose in purposes)


@dataclass(frozen=True, slots=True)
class Override:
    """A user's correction of one fact. `field` is `port`, `runtime`, `start`, `health`, `framework` or `services`; `value` as typed."""

    component: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The whole repository. `questions` are sentences about what was not understood, for the user to answer.

    `existing` maps a target id (`dockerfile`, `compose`, `ci`) to the paths of files that already serve it.
    `files` are the repository's paths as far as they were listed; `truncated` says when listing stopped early.
    `originals` holds the text of Compose files and manifests that exist, so that a target can add to them without losing a line.
    """

    name: str
    components: tuple[Component, ...] = ()
    questions: tuple[str, ...] = ()
    existing: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    files: tuple[str, ...] = ()
    files_read: int = 0
    originals: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    truncated: bool = False

    @property
    def understood(self) -> bool:
        """Tell whether there is at least one component to generate for."""
        return bool(self.components)

    def component(self, name: str) -> Component:
        """Return the component of this name; KeyError when there is none."""
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)

    def replacing(self, component: Component) -> Profile:
        """Return a profile in which the component of the same name is this one."""
        return replace(self, components=tuple(component if c.name == component.name else c for c in self.components))
