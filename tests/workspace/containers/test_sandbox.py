"""Whatever happens in a sandbox, nothing of it is left; what a killed proof left is swept away, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_engine import FakeEngine, nobody
from workspace.containers import BuildOrder, Launch, open_sandbox, sandbox, store, sweep
from workspace.containers.owner import Owner, new_owner
from workspace.containers.sandbox import Sandbox
from workspace.errors import EngineFailed


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where proofs keep their folders in a test."""
    base = tmp_path / "var"
    base.mkdir()
    monkeypatch.setattr(store, "base_folder", lambda: base)
    return base


@pytest.fixture(params=["docker", "podman"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path / "engine", request.param)


def order(box: Sandbox) -> BuildOrder:
    (box.context / "Dockerfile").write_text("FROM base:1\n")
    return BuildOrder(str(box.context), str(box.context / "Dockerfile"), f"localhost/{box.name('image')}:proof")


async def fill(box: Sandbox) -> None:
    """Make one of everything."""
    wanted = order(box)
    assert (await box.build(wanted, on_line=lambda line: None, limit_s=30)).ok
    network = await box.make_network()
    await box.start(await box.create(Launch(image=wanted.tag, name=box.name("container"), network=network)))


NOTHING = {"container": 0, "image": 0, "network": 0}
ONE_EACH = {"container": 1, "image": 1, "network": 1}


async def test_at_the_end_everything_is_gone(places: Path, engine: FakeEngine) -> None:
    async with open_sandbox(await engine.found()) as box:
        await fill(box)
        assert engine.left() == ONE_EACH
    assert engine.left() == NOTHING
    assert list(places.iterdir()) == []


async def test_after_a_failure_too(places: Path, engine: FakeEngine) -> None:
    found = await engine.found()

    async def work() -> None:
        async with open_sandbox(found) as box:
            await fill(box)
            raise RuntimeError("the caller's own")

    with pytest.raises(RuntimeError, match="the caller's own"):
        await work()
    assert engine.left() == NOTHING
    assert list(places.iterdir()) == []


async def test_after_a_cancellation_too(places: Path, engine: FakeEngine) -> None:
    found, inside = await engine.found(), asyncio.Event()

    async def work() -> None:
        async with open_sandbox(found) as box:
            await fill(box)
            inside.set()
            await asyncio.sleep(600)

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.left() == NOTHING
    assert list(places.iterdir()) == []


async def test_cancelling_a_build_ends_the_step_it_runs_in_a_session_of_its_own(places: Path, tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path / "engine", "podman", build={"child": True})
    found = await engine.found()

    async def work() -> None:
        async with open_sandbox(found) as box:
            await box.build(order(box), on_line=lambda line: None, limit_s=600)

    task = asyncio.create_task(work())
    while not engine.has_child():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not engine.child_runs()
    assert engine.left() == NOTHING


async def test_a_container_of_somebody_else_is_not_touched(places: Path, engine: FakeEngine) -> None:
    found = await engine.found()
    theirs = replace(new_owner(), token="theirs")
    async with open_sandbox(found) as box:
        await fill(box)
        other = Sandbox(found, theirs, store.make_folder(theirs))
        await fill(other)
    assert engine.left() == ONE_EACH
    assert await sweep(found) == ()  # its process, this one, lives
    assert engine.left() == ONE_EACH


async def test_leftovers_of_a_dead_process_are_swept_away(places: Path, engine: FakeEngine) -> None:
    found = await engine.found()
    dead: Owner = replace(new_owner(), pid=nobody())
    await fill(Sandbox(found, dead, store.make_folder(dead)))
    removed = await sweep(found)
    assert engine.left() == NOTHING
    assert list(places.iterdir()) == []
    assert {text.split()[1] for text in removed} >= {"folder", "image", "network"}


async def test_folders_that_are_not_ours_to_remove_stay(places: Path, engine: FakeEngine) -> None:
    (places / "omni-proof-unnamed").mkdir()
    (places / "omni-proof-file").write_text("x")
    (places / "else").mkdir()
    (places / "omni-proof-link").symlink_to(places / "else")
    await sweep(await engine.found())
    assert sorted(path.name for path in places.iterdir()) == ["else", "omni-proof-file", "omni-proof-link", "omni-proof-unnamed"]


async def test_what_cannot_be_removed_is_said(places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(tmp_path / "engine", "docker")
    found = await engine.found()
    monkeypatch.setattr(sandbox.commands, "remove", lambda kind, ids: ("unknown", *ids))
    with pytest.raises(EngineFailed, match="Not everything of the proof could be removed"):
        async with open_sandbox(found) as box:
            await fill(box)
    assert list(places.iterdir()) == []


async def test_podman_keeps_what_it_makes_in_a_store_of_the_proof_and_reads_the_users(places: Path, tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path / "engine", "podman")
    folder = store.make_folder(new_owner())
    found, arguments = store.own_store(await engine.found(), folder)
    assert arguments[:4] == ("--root", str(folder / "graph"), "--runroot", str(folder / "run"))
    assert f"additionalimagestore={engine.home / 'store'}" in arguments
    assert found.environment["TMPDIR"] == str(folder / "tmp")


async def test_short_image_names_are_looked_up_where_podman_is_told_nowhere_to_look(places: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "registries.conf"
    theirs.write_text('unqualified-search-registries = []\n[[registry]]\nlocation = "mirror.example"\n')
    found = await FakeEngine(tmp_path / "engine", "podman").found()
    folder = store.make_folder(new_owner())
    told, _ = store.own_store(replace(found, environment={**found.environment, "CONTAINERS_REGISTRIES_CONF": str(theirs)}), folder)
    text = Path(told.environment["CONTAINERS_REGISTRIES_CONF"]).read_text()
    assert text.startswith('unqualified-search-registries = ["docker.io"]\n[[registry]]\nlocation = "mirror.example"')


async def test_nothing_of_our_environment_reaches_the_engine(places: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    async with open_sandbox(await engine.found()) as box:
        await fill(box)
    assert "OPENAI_API_KEY" not in engine.environment_names
