"""Which engine is used, what it is given, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_engine import FakeEngine
from workspace.containers import find_engine
from workspace.containers.finding import clean_environment
from workspace.errors import NoEngine


async def test_docker_with_a_daemon_is_taken_first(tmp_path: Path) -> None:
    docker, podman = FakeEngine(tmp_path / "a", "docker"), FakeEngine(tmp_path / "b", "podman")
    found = await find_engine({"PATH": f"{docker.home / 'bin'}:{podman.home / 'bin'}"})
    assert (found.kind, found.label) == ("docker", "Docker 99.1")
    assert found.program == str(docker.home / "bin" / "docker")
    assert podman.calls == []


async def test_docker_without_a_daemon_is_passed_over_for_podman(tmp_path: Path) -> None:
    docker, podman = FakeEngine(tmp_path / "a", "docker", server=None), FakeEngine(tmp_path / "b", "podman")
    found = await find_engine({"PATH": f"{docker.home / 'bin'}:{podman.home / 'bin'}"})
    assert (found.kind, found.version, found.driver, found.limits) == ("podman", "9.9", "overlay", True)


async def test_docker_that_is_podman_under_another_name_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    disguised = {"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}]}
    docker = FakeEngine(tmp_path / "a", "docker", server=disguised)
    with pytest.raises(NoEngine, match="Podman under another name"):
        await find_engine({"PATH": str(docker.home / "bin")})


async def test_without_any_engine_the_message_says_what_was_tried_and_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NoEngine, match=r"docker is not installed; podman is not installed.*Install Podman"):
        await find_engine({"PATH": str(tmp_path)})


async def test_a_podman_that_does_not_work_says_its_own_reason(tmp_path: Path) -> None:
    podman = FakeEngine(tmp_path / "b", "podman", broken="cannot set up namespace")
    with pytest.raises(NoEngine, match="cannot set up namespace"):
        await find_engine({"PATH": str(podman.home / "bin")})


def test_keys_and_whatever_engines_do_not_read_stay_out_of_their_environment() -> None:
    ours = {
        "OPENAI_API_KEY": "sk-1",
        "PATH": "relative:/opt/bin",
        "HOME": "/home/me",
        "DOCKER_HOST": "unix:///run/d.sock",
        "LD_PRELOAD": "x",
    }
    given = clean_environment(ours, {})
    assert "OPENAI_API_KEY" not in given
    assert "LD_PRELOAD" not in given
    assert given["DOCKER_HOST"] == "unix:///run/d.sock"
    assert given["PATH"].startswith("/opt/bin:")
    assert "relative" not in given["PATH"]
