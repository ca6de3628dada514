"""A run that is to be repaired ends with its repaired verdict; a stopped one keeps the verdict as it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from architect.request import Target
from config import Settings
from engine import repairing
from engine.assemble import Tuning, assemble
from engine.conduct import conduct
from engine.generate import prepare, read_profile
from engine.live import LiveRun, RunState
from engine.refine import refine
from engine.refining.members import repairers
from engine.repairing import repair, repairable
from engine.runs import RunStore
from providers.ensemble import EnsembleProvider
from providers.presets import Preset, PresetMember
from providers.records import Verdict
from tests.support.providers import FakeProvider
from tests.support.verdicts import answered, verdict
from workspace.files import open_workspace

SHOP = str(Path(__file__).resolve().parents[2] / "examples" / "sample-shop")
POOR = "---FILE: Dockerfile---\n```\nFROM python:latest\nCOPY . .\nEXPOSE 5001\nCMD python wsgi.py\n```\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, omni_data_dir=tmp_path)


@pytest.fixture(scope="module")
def prepared():
    workspace = open_workspace(SHOP, Path.cwd())
    return prepare(workspace, read_profile(workspace), [Target("dockerfile")])


async def test_a_run_ends_with_its_repaired_verdict_in_the_page_and_in_the_history(prepared, settings, tmp_path):
    live, store = LiveRun("r"), RunStore(tmp_path / "h.sqlite3")
    preset = Preset(id="mine", members=(PresetMember(vendor="architect", model="lean"),))

    async def repaired(given: Verdict) -> Verdict:
        assert live.state is RunState.RUNNING
        return (await repair(given, prepared.request, prepared.prompt.expectations, preset, settings))[0]

    ensemble = EnsembleProvider([FakeProvider(POOR)], settings=settings)
    await conduct(live, prepared, ensemble, store=store, owner="o", workspace=SHOP, preset="mine", repair=repaired)
    assert live.state is RunState.FINISHED
    assert live.verdict is not None
    assert live.verdict.assessment is not None
    assert live.verdict.assessment.clean
    assert live.verdict.candidates[0].assessment is not None
    assert not live.verdict.candidates[0].assessment.clean
    assert store.load("o", live.verdict.run_id).verdict.artifacts == live.verdict.artifacts


@pytest.mark.parametrize(("tuning", "rounds"), [(None, 3), (Tuning(), 3), (Tuning(repair_rounds=7), 7)])
async def test_as_many_rounds_are_made_as_the_user_says_else_three(prepared, settings, monkeypatch, tuning, rounds):
    asked = []

    async def told(*given, max_iterations, **options):
        asked.append(max_iterations)
        return await refine(*given, max_iterations=max_iterations, **options)

    monkeypatch.setattr(repairing, "refine", told)
    preset = Preset(id="mine", members=(PresetMember(vendor="architect", model="lean"),))
    await repair(verdict(answered(0)), prepared.request, prepared.prompt.expectations, preset, settings, tuning=tuning)
    assert asked == [rounds]


async def test_a_repair_that_fails_leaves_the_verdict_with_a_warning(prepared, settings):
    async def broken(given: Verdict) -> Verdict:
        raise RuntimeError("hidden")

    live = LiveRun("r")
    ensemble = EnsembleProvider([FakeProvider(POOR)], settings=settings)
    await conduct(live, prepared, ensemble, store=None, owner="o", workspace=SHOP, preset="mine", repair=broken)
    assert live.state is RunState.FINISHED
    assert live.verdict is not None
    assert any("error id" in warning and "hidden" not in warning for warning in live.verdict.warnings)


async def test_stopping_while_it_repairs_keeps_the_verdict(prepared, settings):
    begun = asyncio.Event()

    async def endless(given: Verdict) -> Verdict:
        begun.set()
        await asyncio.Event().wait()
        return given

    live = LiveRun("r")
    ensemble = EnsembleProvider([FakeProvider(POOR)], settings=settings)
    task = asyncio.create_task(conduct(live, prepared, ensemble, store=None, owner="o", workspace=SHOP, preset="mine", repair=endless))
    live.attach(task.cancel)
    await begun.wait()
    live.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert live.state is RunState.STOPPED
    assert live.verdict is not None
    assert live.verdict.artifacts


def test_who_answered_is_asked_first_and_the_architect_is_not_a_member(tmp_path):
    settings = Settings(_env_file=None, omni_data_dir=tmp_path, openai_api_key="k", gemini_api_key="k")
    members = (
        PresetMember(vendor="openai", model="a"),
        PresetMember(vendor="gemini", model="b", weight=2.0),
        PresetMember(vendor="openai", model="c"),
        PresetMember(vendor="architect", model="lean"),
    )
    preset = Preset(id="mine", members=members)
    won = replace(verdict(answered(0)), winner="openai/c")
    assert [member.id for member in repairers(won, preset, settings)] == ["openai/c", "gemini/b", "openai/a"]
    alone = Tuning(ensemble=False)
    ensemble, _ = assemble(preset, settings, tuning=alone)
    asked = replace(won, candidates=tuple(replace(won.candidates[0], member=member) for member in ensemble.members))
    assert [member.id for member in repairers(asked, preset, settings, tuning=alone)] == ["openai/a"]


def test_an_empty_verdict_has_nothing_to_repair():
    assert repairable(verdict(answered(0)), None) == 0


async def test_a_history_that_is_damaged_leaves_the_verdict_with_a_warning(prepared, settings, tmp_path):
    (tmp_path / "h.sqlite3").write_bytes(b"not a database " * 999)
    live = LiveRun("r")
    ensemble = EnsembleProvider([FakeProvider(POOR)], settings=settings)
    store = RunStore(tmp_path / "h.sqlite3")
    await conduct(live, prepared, ensemble, store=store, owner="o", workspace=SHOP, preset="mine")
    assert live.state is RunState.FINISHED
    assert live.verdict is not None
    assert any("is damaged" in warning for warning in live.verdict.warnings)
