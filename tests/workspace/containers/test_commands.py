"""The command lines: shut off, unprivileged, bounded and labelled, for Docker and for Podman."""

from __future__ import annotations

from itertools import pairwise

import pytest

from workspace.containers import BuildMount, BuildOrder, ContainerEngine, Launch, commands
from workspace.containers.owner import new_owner

OWNER = new_owner()


def engine(kind: str, *, limits: bool = True) -> ContainerEngine:
    return ContainerEngine(kind, f"/usr/bin/{kind}", "1", {}, limits=limits)


def pairs(argv: tuple[str, ...]) -> set[tuple[str, str]]:
    return set(pairwise(argv))


@pytest.mark.parametrize("kind", ["docker", "podman"])
def test_a_container_has_no_network_no_port_and_no_way_to_gain_rights(kind: str) -> None:
    argv = commands.create(engine(kind), Launch(image="i", name="n"), OWNER)
    assert {("--network", "none"), ("--security-opt", "no-new-privileges"), ("--pull", "never"), ("--memory", "2g")} <= pairs(argv)
    assert not {"--publish", "-p", "-P", "--privileged", "--volume", "--cap-add"} & set(argv)
    assert argv[-1] == "i"


@pytest.mark.parametrize("kind", ["docker", "podman"])
def test_everything_that_is_made_carries_the_label(kind: str) -> None:
    label = ("--label", f"omni-architect.proof={OWNER.text}")
    order = BuildOrder(context="/c", dockerfile="/c/Dockerfile", tag="t")
    made = (
        commands.create(engine(kind), Launch(image="i", name="n"), OWNER),
        commands.build(engine(kind), order, OWNER),
        commands.network(engine(kind), "n", OWNER),
    )
    assert all(label in pairs(argv) for argv in made)
    assert "--internal" in made[2]


def test_podman_builds_in_the_format_that_keeps_health_checks() -> None:
    order = BuildOrder(context="/c", dockerfile="/c/D", tag="t", ignorefile="/c/D.dockerignore", mounts=(BuildMount("/a", "/b"),))
    podman = commands.build(engine("podman"), order, OWNER)
    assert {("--format", "docker"), ("--ignorefile", "/c/D.dockerignore"), ("--volume", "/a:/b:ro")} <= pairs(podman)
    docker = commands.build(engine("docker"), order, OWNER)
    assert not {"--format", "--ignorefile", "--volume"} & set(docker)
    assert (podman[-1], docker[-1]) == ("/c", "/c")


def test_docker_checks_the_health_every_second_while_podman_is_asked() -> None:
    assert ("--health-interval", "1s") in pairs(commands.create(engine("docker"), Launch(image="i", name="n"), OWNER))
    assert "--health-interval" not in commands.create(engine("podman"), Launch(image="i", name="n"), OWNER)


def test_a_read_only_start_can_write_only_where_it_was_said() -> None:
    argv = commands.create(engine("podman"), Launch(image="i", name="n", read_only=True, writable=("/app/data",)), OWNER)
    assert "--read-only" in argv
    assert {("--tmpfs", "/tmp"), ("--volume", "/app/data")} <= pairs(argv)
    assert "--read-only-tmpfs=false" in argv


def test_limits_are_left_out_where_the_engine_cannot_hold_them() -> None:
    assert "--memory" not in commands.create(engine("podman", limits=False), Launch(image="i", name="n"), OWNER)


def test_a_life_is_bounded_where_the_engine_can_and_proxies_stay_outside() -> None:
    argv = commands.create(engine("podman"), Launch(image="i", name="n", life_s=90), OWNER)
    assert ("--timeout", "90") in pairs(argv)
    assert "--http-proxy=false" in argv
