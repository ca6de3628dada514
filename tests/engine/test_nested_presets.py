"""A preset that is a member of another: the guide's example is asked as it stands there, and what cannot work is a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import Settings
from engine.assemble import assemble, known_presets, resolve, within
from providers import presets
from providers.errors import ConfigurationError
from providers.presets import Preset, PresetMember
from tests.e2e.vendors import running, voices

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "ensembles.md"
KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "presets.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0])
    return path


def own(tmp_path: Path, file: Path, **more: str) -> Settings:
    return Settings(_env_file=None, omni_data_dir=tmp_path / "data", presets_file=file, **more)  # type: ignore[call-arg]


async def test_the_guides_panel_is_asked_as_one_member_with_its_own_strategy(guide: Path, tmp_path: Path) -> None:
    vendor = voices({"gpt-4o-mini": "yes", "gpt-4o": "no"}, {"gpt-4o-mini": 0.0, "gpt-4o": 0.0})
    with running(vendor):
        settings = own(tmp_path, guide, openai_api_key=KEY, openai_base_url=vendor.server.url + "/v1")
        ensemble, team = assemble(known_presets(settings)["panel-and-expert"], settings, in_words=True)
        async with ensemble:
            verdict = await ensemble.run("Is 17 prime?")
    assert [member.vendor for member in team.members] == ["ensemble", "openai"]
    assert verdict.text == "yes", "the panel's weight is 2"
    (panel,) = [entry for entry in verdict.candidates if entry.member.vendor == "ensemble"]
    assert [entry.member.model for entry in panel.inner] == ["gpt-4o-mini"], "gemini has no key"
    assert panel.member.model == "voting of 1"


def test_a_panel_nobody_of_which_can_answer_is_left_out_and_says_why(guide: Path, tmp_path: Path) -> None:
    resolved = resolve(known_presets(own(tmp_path, guide))["panel-and-expert"], own(tmp_path, guide))
    assert resolved.stands_in
    assert "GEMINI_API_KEY" in resolved.left_out[0].sentence
    assert "Ensemble panel" in resolved.sentence


def test_a_changed_panel_is_another_question_to_an_experiment(guide: Path, tmp_path: Path) -> None:
    settings = own(tmp_path, guide)
    outer = known_presets(settings)["panel-and-expert"]
    before = within(outer.members, settings)
    guide.write_text(guide.read_text().replace("strategy: voting", "strategy: unanimous"))
    assert before != within(outer.members, settings) != ""
    assert within(outer.members[1:], settings) == ""


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("{vendor: ensemble, model: nobody}", "no preset 'nobody'"),
        ("{vendor: ensemble, model: mine}", "mine > mine"),
        ("{vendor: ensemble}", "needs the id of its preset"),
        ("{vendor: ensemble, model: fast, temperature: 0.5}", "temperature"),
        ("{vendor: openai, fallback: ensemble/fast}", "cannot be a fallback"),
        ("{vendor: ensemble, model: a}", "At most 3"),
    ],
)
def test_what_cannot_be_a_member_is_named(member: str, said: str, tmp_path: Path) -> None:
    chain = "".join(
        f"  {name}: {{members: [{{vendor: ensemble, model: {below}}}]}}\n" for name, below in (("a", "b"), ("b", "c"), ("c", "fast"))
    )
    (tmp_path / "presets.yaml").write_text(f"presets:\n  mine: {{members: [{member}]}}\n{chain if 'model: a' in member else ''}")
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        presets.catalogue(tmp_path / "presets.yaml")


def test_a_ring_of_presets_is_left_out_where_a_broken_file_is_used_all_the_same(tmp_path: Path) -> None:
    ring = {name: Preset(id=name, members=(PresetMember(vendor="ensemble", model=other),)) for name, other in (("a", "b"), ("b", "a"))}
    assert "a > b > a" in presets.resolve(ring["a"], (), ring).left_out[0].sentence
