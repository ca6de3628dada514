"""Presets: the four built in, the user's own, and who takes part."""

import os
import re
from pathlib import Path

import pytest

from providers import presets, vendors
from providers.errors import ConfigurationError
from providers.vendor import Availability
from tests.support.ensembles import SETTINGS, ensemble

MINE = """\
# my presets
presets:
  # the careful one
  careful: {members: [{vendor: OpenAI (GPT-4), weight: 2}], strategy: majority}   # as agreed
  other:
    members:
      - vendor: gemini
        model: gemini-2.5-flash
"""


def ready(*ids: str) -> tuple[Availability, ...]:
    return tuple(Availability(spec.id, spec.label, spec.id in ids, f"{spec.label} needs its key.") for spec in vendors.VENDORS)


def written(folder: Path, text: str) -> Path:
    path = folder / "presets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_four_presets_of_the_specification() -> None:
    found = presets.builtin()
    assert {name: (preset.strategy, preset.execution, [member.vendor for member in preset.members]) for name, preset in found.items()} == {
        "balanced": ("best_of_n", "parallel", ["openai", "gemini", "watsonx"]),
        "fast": ("best_of_n", "parallel", ["gemini", "ollama"]),
        "quality": ("consensus", "parallel", ["openai", "openai", "gemini"]),
        "diverse": ("voting", "parallel", ["openai", "gemini", "watsonx", "ollama"]),
    }


def test_with_no_vendor_ready_the_architect_stands_in_and_says_why() -> None:
    resolved = presets.resolve(presets.builtin()["balanced"], vendors.availability(SETTINGS))
    assert resolved.stands_in
    assert [(member.vendor, member.model) for member in resolved.members] == [
        ("architect", "lean"),
        ("architect", "hardened"),
        ("architect", "cached"),
    ]
    assert len(resolved.left_out) == 3
    for word in ("OPENAI_API_KEY", "GEMINI_API_KEY", "WATSONX_API_KEY", "architect"):
        assert word in resolved.sentence


def test_vendors_that_are_ready_take_part_alone() -> None:
    resolved = presets.resolve(presets.builtin()["diverse"], ready("gemini", "ollama"))
    assert [member.vendor for member in resolved.members] == ["gemini", "ollama"]
    assert not resolved.stands_in
    assert "Left out" in resolved.sentence
    everybody = presets.resolve(presets.builtin()["fast"], ready("gemini", "ollama"))
    assert (everybody.left_out, everybody.sentence) == ((), "")


def test_consensus_of_stand_ins_allows_for_their_styles_and_says_so() -> None:
    """The three styles differ in what breaks nothing; a fresh machine must still get an answer."""
    resolved = presets.resolve(presets.builtin()["quality"], ready())
    assert resolved.options()["consensus_threshold"] == 0.5
    assert "50%" in resolved.sentence
    assert presets.resolve(presets.builtin()["quality"], ready("openai")).options()["consensus_threshold"] == 0.8


def test_a_resolved_preset_makes_an_ensemble() -> None:
    resolved = presets.resolve(presets.builtin()["quality"], ready("openai"))
    group = ensemble(resolved.specs({"openai": {"api_key": "k"}}), **resolved.options())
    assert [member.id for member in group.members] == ["openai/gpt-4o", "openai/gpt-4-turbo"]
    assert group.model == "consensus of 2"


def test_reads_the_users_own(tmp_path: Path) -> None:
    found = presets.load(written(tmp_path, MINE))
    assert found["careful"].strategy == "voting"
    assert found["careful"].members[0].vendor == "openai"
    assert found["careful"].members[0].weight == 2


def test_the_users_own_goes_before_the_built_in(tmp_path: Path) -> None:
    path = written(tmp_path, "presets: {fast: {members: [{vendor: ollama}]}}")
    found = presets.catalogue(None, tmp_path / "absent.yaml", path)
    assert [member.vendor for member in found["fast"].members] == ["ollama"]
    assert list(found)[:2] == ["balanced", "fast"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("presets: {a: {members: [{vendor: opneai}]}}", "member 1 vendor: There is no vendor 'opneai'; choose one of: openai"),
        ("presets: {a: {members: [{vendor: openai}], strategy: synth}}", "strategy: There is no strategy 'synth'; choose one of best_of_n"),
        ("presets: {a: {members: [{vendor: openai}], execution: fast}}", "execution: There is no execution 'fast'; choose one of parallel"),
        ("presets: {a: {members: [{vendor: openai, wieght: 1}]}}", "member 1 wieght: is not known; known are: vendor, model"),
        ("presets: {a: {members: [{vendor: openai, api_key: x}]}}", "api_key: is not known"),
        ("presets: {a: {members: [{vendor: openai, weight: '1'}]}}", "weight: Input should be a valid number"),
        ("presets: {a: {members: []}}", "at least one member"),
        ("presets: {A b: {members: [{vendor: openai}]}}", "small letters"),
        ("presets: {a: 3}", "must be a mapping"),
        ("presets: [1]", "one mapping named 'presets'"),
        ("members: []", "one mapping named 'presets'"),
        ("presets: {a: {}, a: {}}", "duplicate key"),
        ("presets: {a: [", "not valid YAML"),
        ("[" * 30_000, "not valid YAML"),
        ("#" * 200_000, "larger than"),
    ],
)
def test_a_wrong_file_says_where_and_what_would_be_right(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        presets.load(written(tmp_path, text))


def test_a_file_that_is_not_there_or_no_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="could not be read"):
        presets.load(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        presets.load(tmp_path / "binary.yaml")


def test_saving_keeps_the_comments_of_what_did_not_change(tmp_path: Path) -> None:
    path = written(tmp_path, MINE)
    mine = presets.load(path)
    del mine["other"]
    mine["strict"] = presets.parse("strict", {"members": [{"vendor": "openai", "temperature": 0.2}], "strategy": "consensus"})
    presets.dump(mine, path)
    text = path.read_text()
    assert presets.load(path) == mine
    assert "# the careful one" in text
    assert "# as agreed" in text
    assert list(tmp_path.iterdir()) == [path], "no temporary file is left"


def test_a_pipe_in_the_files_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "presets.yaml")
    with pytest.raises(ConfigurationError, match=r"^presets.yaml is not a regular file\.$"):
        presets.load(tmp_path / "presets.yaml")


def test_saving_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "presets.yaml"
    presets.dump(presets.builtin(), path)
    assert presets.load(path) == presets.builtin()


def test_a_failed_save_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, MINE)

    def fail(*args: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space"):
        presets.dump(presets.builtin(), path)
    assert path.read_text() == MINE
    assert list(tmp_path.iterdir()) == [path]


def test_an_unknown_preset_names_the_choices() -> None:
    with pytest.raises(ConfigurationError, match="balanced, fast, quality, diverse"):
        presets.find("best", presets.builtin())
