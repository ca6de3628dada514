"""Finds a container engine that answers: Docker with a reachable daemon, else Podman."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from workspace.containers.records import ContainerEngine
from workspace.errors import NoEngine, ProgramFailed
from workspace.processes import Ended, run

HOW_TO_GET = (
    "Install Podman (Debian, Ubuntu, Fedora: the package podman; macOS, Windows: Podman Desktop) or Docker, start it, and prove again."
)
KINDS = ("docker", "podman")
ASK_S = 20.0
"""Seconds an engine has to say who it is."""

# What the engines' own programs read; nothing else of our environment reaches them.
_PASSED = (
    "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS", "TMPDIR",
    "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST", "CONTAINER_SSHKEY", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINERS_REGISTRIES_CONF", "REGISTRY_AUTH_FILE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
_PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


async def find_engine(extra: Mapping[str, str] | None = None, kinds: Sequence[str] | None = None) -> ContainerEngine:
    """Return the engine to use; `extra` is laid over the environment its programs get. Raises NoEngine saying what was tried."""
    environment = clean_environment(os.environ, extra or {})
    tried: list[str] = []
    for kind in kinds or KINDS:
        program = shutil.which(kind, path=environment["PATH"])
        if program is None:
            tried.append(f"{kind} is not installed")
            continue
        try:
            found = await (_docker(program, environment) if kind == "docker" else _podman(program, environment))
        except ProgramFailed as error:
            tried.append(error.message)
            continue
        if isinstance(found, ContainerEngine):
            return found
        tried.append(found)
    raise NoEngine(f"No container engine can be used: {'; '.join(tried)}. {HOW_TO_GET}")


def clean_environment(ours: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """Return what an engine's programs are given: a fixed search path first, the names engines read, and `extra` over it."""
    passed = {name: ours[name] for name in _PASSED if ours.get(name)}
    places = dict.fromkeys([*ours.get("PATH", "").split(os.pathsep), *_PLACES.split(":")])
    path = os.pathsep.join(place for place in places if os.path.isabs(place))
    return {"LC_ALL": "C.UTF-8", "HOME": "/", "BUILDKIT_PROGRESS": "plain", **passed, "PATH": path, **extra}


async def _docker(program: str, environment: Mapping[str, str]) -> ContainerEngine | str:
    """Ask Docker; where `docker` is Podman under another name, say so and leave it to the next."""
    ended = await run([program, "version", "--format", "{{json .}}"], env=environment, limit_s=ASK_S, with_errors=False)
    said = _document(ended)
    server = said.get("Server") if isinstance(said, dict) else None
    if not ended.ok or not isinstance(server, dict) or not server.get("Version"):
        return f"docker is installed but its daemon does not answer ({_last_words(ended)})"
    components = server.get("Components") or []
    names = " ".join(str(part.get("Name", "")) for part in components if isinstance(part, dict)).lower()
    platform = str((server.get("Platform") or {}).get("Name", ""))
    if "podman" in names and not environment.get("DOCKER_HOST"):
        return "docker is Podman under another name"
    host = environment.get("DOCKER_HOST", "")
    remote = (bool(host) and not host.startswith("unix://")) or "desktop" in platform.lower() or sys.platform != "linux"
    buildkit = await _has_buildkit(program, environment, str((said.get("Client") or {}).get("Version", "")))
    return ContainerEngine(
        "docker", program, str(server["Version"]), {**environment, "DOCKER_BUILDKIT": "1" if buildkit else "0"}, remote=remote
    )


async def _has_buildkit(program: str, environment: Mapping[str, str], client: str) -> bool:
    """Tell whether this client can use BuildKit: built in before version 23, a plug-in of its own since."""
    major = client.partition(".")[0]
    if major.isdigit() and int(major) < 23:
        return True
    return (await run([program, "buildx", "version"], env=environment, limit_s=ASK_S)).ok


async def _podman(program: str, environment: Mapping[str, str]) -> ContainerEngine | str:
    ended = await run([program, "info", "--format", "json"], env=environment, limit_s=ASK_S, with_errors=False)
    said = _document(ended)
    if not ended.ok or not isinstance(said, dict) or "store" not in said:
        return f"podman is installed but does not work ({_last_words(ended)})"
    host, store = said.get("host") or {}, said.get("store") or {}
    rootless = bool((host.get("security") or {}).get("rootless"))
    options = store.get("graphOptions") or {}
    return ContainerEngine(
        "podman",
        program,
        str((said.get("version") or {}).get("Version", "")),
        environment,
        remote=bool(host.get("serviceIsRemote")) or sys.platform != "linux",
        rootless=rootless,
        limits=not (rootless and host.get("cgroupVersion") != "v2"),
        graph_root=str(store.get("graphRoot", "")),
        driver=str(store.get("graphDriverName", "")),
        driver_options=tuple(f"{name}={_option(value)}" for name, value in options.items() if _option(value)),
        search=bool((said.get("registries") or {}).get("search")),
    )


def _option(value: Any) -> str:
    """Return a storage option as it is given on the command line; Podman describes a program by a small record."""
    if isinstance(value, dict):
        return str(value.get("Executable", ""))
    return str(value) if isinstance(value, (str, int, float)) else ""


def _document(ended: Ended) -> Any:
    try:
        return json.loads(ended.output)
    except ValueError:
        return None


def _last_words(ended: Ended) -> str:
    if ended.timed_out:
        return f"no answer in {ASK_S:.0f} seconds"
    words = next((line.strip() for line in reversed(ended.tail) if line.strip() and not line.lstrip().startswith(("{", "}"))), "")
    return words[:200] or f"exit status {ended.status}"
