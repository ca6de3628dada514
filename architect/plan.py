"""The image plan: what a stack's detector says must happen in an image, before any style or syntax.

A stack turns a Component into an ImagePlan; the Dockerfile blueprint turns an ImagePlan into text. So a stack knows
nothing of Dockerfile syntax, package-manager clean-up, users or health-check tools, and the blueprint knows no framework.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from architect.profile import Evidence


class Family(StrEnum):
    """The kind of base image, which decides how packages and users are added."""

    DEBIAN = "debian"
    ALPINE = "alpine"
    DISTROLESS = "distroless"
    SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Image:
    """A base image with a pinned tag. `user` is a non-root account it already has (`node`, `nonroot`), else None.

    `probe` names what the image offers for a health check: `curl`, `wget`, `python`, `node`, `ruby`, `php`, `bash`, or None.
    """

    reference: str
    family: Family
    user: str | None = None
    probe: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy sources (relative to the build context, or absolute in `stage`) to a destination; `owned` gives them to the runtime user."""

    sources: tuple[str, ...]
    destination: str
    stage: str | None = None
    owned: bool = False
    why: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Run shell text (`&&`-joined). `caches` are directories worth a cache mount; `secrets` ids of secret mounts."""

    command: str
    caches: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    why: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Env:
    """Set an environment variable for this stage and what is built from it; never a secret."""

    name: str
    value: str
    why: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Packages:
    """Install operating-system packages. Names are given for both families; an empty tuple means none needed there."""

    debian: tuple[str, ...]
    alpine: tuple[str, ...] = ()
    why: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Workdir:
    """Change the working directory."""

    path: str


Step = Copy | Run | Env | Packages | Workdir


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage. `base` names an earlier stage to build from instead of `image`."""

    name: str
    image: Image
    steps: tuple[Step, ...] = ()
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePlan:
    """All stages, the last one being the image that runs. `writable` are folders the process must be able to write.

    `start` is in exec form; `port` None for a worker. `health_path` None means no probe exists (a worker) unless
    `health_command` gives one in exec form. `stop_signal` only where SIGTERM would be wrong.
    `init` asks for a small init as PID 1 where the start command cannot reap children or forward signals.
    """

    stages: tuple[Stage, ...]
    start: tuple[str, ...]
    port: int | None = None
    health_path: str | None = None
    health_command: tuple[str, ...] | None = None
    health_start_period: int = 10
    writable: tuple[str, ...] = ()
    stop_signal: str | None = None
    init: bool = False
    why_start: str = ""
    why_port: str = ""
    start_evidence: tuple[Evidence, ...] = ()
    port_evidence: tuple[Evidence, ...] = ()
