"""The command lines of Docker and Podman: where their options differ is decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from workspace.containers.owner import LABEL, Owner
from workspace.containers.records import BuildOrder, ContainerEngine, Launch

MEMORY = "2g"
PROCESSES = "1024"
LOG_SIZE = "8m"


def build(engine: ContainerEngine, order: BuildOrder, owner: Owner) -> tuple[str, ...]:
    """Return the arguments that build an image. Nothing of ours is copied into its layers; the label is in its description."""
    argv = ["build", "--force-rm", "--label", f"{LABEL}={owner.text}", "--tag", order.tag, "--file", order.dockerfile]
    for name, value in order.arguments:
        argv += ["--build-arg", f"{name}={value}"]
    if engine.kind == "podman":
        # The docker format is the one that keeps HEALTHCHECK.
        argv += ["--format", "docker"]
        if not engine.own_store:
            # Images of single steps carry no label; in the user's store there must be none.
            argv += ["--layers=false"]
        if order.ignorefile is not None:
            argv += ["--ignorefile", order.ignorefile]
        for mount in order.mounts:
            argv += ["--volume", f"{mount.source}:{mount.target}:ro"]
    return (*argv, order.context)


def create(engine: ContainerEngine, launch: Launch, owner: Owner) -> tuple[str, ...]:
    """Return the arguments that create a container: no port published, no right it can gain, bounded where the engine can."""
    argv = [
        "create", "--name", launch.name, "--label", f"{LABEL}={owner.text}", "--network", launch.network, "--pull", "never",
        "--security-opt", "no-new-privileges", "--log-opt", f"max-size={LOG_SIZE}",
    ]  # fmt: skip
    if engine.limits:
        argv += ["--memory", MEMORY, "--pids-limit", PROCESSES]
    for name, value in launch.environment.items():
        argv += ["--env", f"{name}={value}"]
    for name, address in launch.hosts:
        argv += ["--add-host", f"{name}:{address}"]
    for path in launch.writable:
        # Without a name: it begins as the image's own folder, and goes with the container.
        argv += ["--volume", path]
    if engine.kind == "podman":
        argv += ["--log-driver", "k8s-file", "--http-proxy=false", "--timeout", str(launch.life_s)]
    else:
        # The image's own interval is for production; here the first answer is waited for.
        argv += ["--log-driver", "json-file", "--health-interval", "1s", "--health-retries", "100"]
    if launch.read_only:
        argv += ["--read-only", "--tmpfs", "/tmp"]  # noqa: S108 - a folder inside the container
        if engine.kind == "podman":
            argv += ["--read-only-tmpfs=false"]
    return (*argv, launch.image, *launch.command)


def network(engine: ContainerEngine, name: str, owner: Owner) -> tuple[str, ...]:
    """Return the arguments that create a network without a way out; names are given to containers one by one."""
    argv = ["network", "create", "--internal", "--label", f"{LABEL}={owner.text}"]
    if engine.kind == "podman":
        argv += ["--disable-dns"]
    return (*argv, name)


def list_made(kind: str) -> tuple[str, ...]:
    """Return the arguments that list the ids of everything of one kind that carries our label."""
    listing = {"container": ("ps", "--all", "--quiet", "--no-trunc"), "image": ("images", "--all", "--quiet", "--no-trunc")}
    return (*listing.get(kind, (kind, "ls", "--quiet")), "--filter", f"label={LABEL}")


def remove(kind: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the arguments that remove things by id, with the unnamed volumes of containers."""
    if kind == "container":
        return ("rm", "--force", "--volumes", *ids)
    return (kind, "rm", "--force", *ids) if kind == "image" else (kind, "rm", *ids)
