"""What the container engine is and what it tells about images and containers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ContainerEngine:
    """An engine that was found and answers. `kind` is `docker` or `podman`; `environment` is all its programs are given.

    `remote` engines run elsewhere (a virtual machine, another host), so their processes cannot be looked at from here.
    `limits` tells whether memory and process limits can be set; `graph_root` and `driver` are Podman's image store, `search` whether
    it is told where to look for short image names, `own_store` whether what is made lands in a store apart from the user's.
    """

    kind: str
    program: str
    version: str
    environment: Mapping[str, str]
    remote: bool = False
    rootless: bool = False
    limits: bool = True
    graph_root: str = ""
    driver: str = ""
    driver_options: tuple[str, ...] = ()
    search: bool = True
    own_store: bool = False

    @property
    def label(self) -> str:
        """Return the engine as people name it: `Podman 4.3.1`."""
        return f"{self.kind.capitalize()} {self.version}"


@dataclass(frozen=True, slots=True)
class BuildMount:
    """A file or folder of this machine that build steps see read-only: a package manager's settings, a certificate. Podman only."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """An image to build: absolute paths of the context, the Dockerfile and, where it is not the context's own, the ignore file."""

    context: str
    dockerfile: str
    tag: str
    ignorefile: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    mounts: tuple[BuildMount, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an image commits to. `size` is in bytes with its base; `layers` counts file-system layers; `ports` are those it exposes."""

    id: str
    size: int
    layers: int
    user: str
    ports: tuple[int, ...]
    command: tuple[str, ...]
    has_health_check: bool
    stop_signal: str


@dataclass(frozen=True, slots=True)
class Launch:
    """A container to create. `network` is `none` or the name of an internal network; `hosts` are names to addresses there.

    With `read_only` the root file system cannot be written, but `/tmp` and the folders of `writable` can. `life_s` is the longest it
    may live, where the engine can hold that.
    """

    image: str
    name: str
    network: str = "none"
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hosts: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    read_only: bool = False
    writable: tuple[str, ...] = ()
    life_s: int = 600


@dataclass(frozen=True, slots=True)
class State:
    """A container now. `pid` is its first process as the engine sees it, 0 when it does not run; `health` is the engine's word or "",
    `health_said` what the health check said last."""

    running: bool
    exit_code: int
    pid: int
    health: str = ""
    health_said: str = ""
    address: str = ""
    out_of_memory: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Listening:
    """A TCP port something in the container listens on. `open` tells whether it can be reached from outside the container."""

    port: int
    open: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a port: the HTTP status, None where the connection was accepted but the answer was not HTTP.

    `said` then tells in words what came instead.
    """

    status: int | None
    how: str
    said: str = ""
