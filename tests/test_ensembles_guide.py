"""What docs/ensembles.md shows works as it stands there, and it leaves out no strategy, execution, option or normalisation."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from engine.__main__ import parser
from providers import EnsembleProvider, presets
from providers.errors import BadAnswer, ContextTooLong
from providers.execution import EXECUTIONS
from providers.knobs import KNOBS
from providers.normalisation import NORMALISATIONS
from providers.strategies import STRATEGIES
from tests.support.providers import FakeProvider, failing

GUIDE = (Path(__file__).resolve().parent.parent / "docs" / "ensembles.md").read_text()


@pytest.fixture(scope="module")
def guide() -> dict[str, Any]:
    """Every Python block of the guide, run in one namespace."""
    namespace: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(block, namespace)
    return namespace


def test_it_names_all_there_is() -> None:
    for name in (*(entry.id for entry in (*STRATEGIES, *EXECUTIONS)), *(knob.name for knob in KNOBS), *NORMALISATIONS):
        assert f"`{name}`" in GUIDE, name


async def test_members_weighed_by_their_record_and_answers_judged_by_their_examples(guide: dict[str, Any]) -> None:
    members = [FakeProvider("def one():\n    return 1"), FakeProvider("def one():\n    return 2")]
    text = 'def one():\n    """Return one.\n\n    >>> one()\n    1\n    """\n'
    earlier = await guide["judged"](EnsembleProvider(members), text)
    assert earlier.text == members[0].script.text
    assert (await guide["weighed"](members, [earlier]))["response"] == members[0].script.text


async def test_ranked_choice(guide: dict[str, Any]) -> None:
    said = (
        "build push deploy",
        "build push deploy",
        "build push migrate restart",
        "pull dump migrate restart",
        "halt move migrate restart",
    )
    assert await guide["ranked"]([FakeProvider(text) for text in said]) == said[2]


async def test_synthesis(guide: dict[str, Any]) -> None:
    result = await guide["merged"]([FakeProvider("with Compose"), FakeProvider("with Helm")], FakeProvider("with Compose or with Helm"))
    assert result["response"] == "with Compose or with Helm"
    assert result["individual_responses"][-1]["role"] == "aggregator"


async def test_a_cascade_by_priority(guide: dict[str, Any]) -> None:
    large = FakeProvider("yes")
    result = await guide["cheap_first"](FakeProvider("Yes", mean_logprob=math.log(0.99)), large)
    assert (result["response"], large.calls) == ("Yes", 0)


async def test_hedged(guide: dict[str, Any]) -> None:
    assert await guide["quick"](FakeProvider("yes"), FakeProvider("no")) == "yes"


async def test_a_quorum_an_early_stop_and_one_after_the_other(guide: dict[str, Any]) -> None:
    def three() -> list[FakeProvider]:
        return [FakeProvider("yes"), FakeProvider("yes"), FakeProvider("no", hang=True)]

    for name in ("until_two_agree", "until_it_is_settled"):
        result = await guide[name](three())
        assert result["response"] == "yes"
        assert [entry["status"] for entry in result["individual_responses"]] == ["success", "success", "cancelled"], name
    result = await guide["one_after_the_other"](three())
    assert [entry["status"] for entry in result["individual_responses"]] == ["success", "success", "skipped"]


async def test_consensus_or_the_disagreement(guide: dict[str, Any]) -> None:
    assert await guide["all_or_nothing"]([FakeProvider("8000"), FakeProvider(" 8000")]) == "8000"
    assert await guide["all_or_nothing"]([FakeProvider("8000"), FakeProvider("5000")])


async def test_a_fallback(guide: dict[str, Any]) -> None:
    result = await guide["with_fallback"](failing(BadAnswer("cut off")), FakeProvider("yes"), FakeProvider("yes"))
    assert result["individual_responses"][0]["replaced_by"] == result["individual_responses"][2]["id"]
    longer, spare = FakeProvider("yes, at length"), FakeProvider("yes")
    assert await guide["by_kind_of_failure"](failing(ContextTooLong("too long")), longer, spare) == "yes, at length"
    assert await guide["by_kind_of_failure"](failing(BadAnswer("cut off")), longer, spare) == "yes"


async def test_a_normalisation(guide: dict[str, Any]) -> None:
    assert "40" in await guide["agreed"]([FakeProvider("The answer is 40"), FakeProvider("40"), FakeProvider("forty")])


async def test_the_other_normalisations_and_one_of_your_own(guide: dict[str, Any]) -> None:
    assert await guide["yes_or_no"]([FakeProvider("No."), FakeProvider("Yes, it is."), FakeProvider("Of course")]) != "No."
    assert "8000" in await guide["same_data"]([FakeProvider('{"web": 8000, "db": 5432}'), FakeProvider('{"db": 5432, "web": 8000.0}')])
    said = [FakeProvider("Rome"), FakeProvider("It is Paris."), FakeProvider("The capital is Paris")]
    assert "Paris" in await guide["by_a_function"](said)


async def test_an_ensemble_as_a_member(guide: dict[str, Any]) -> None:
    result = await guide["panel_and_expert"](FakeProvider("yes"), FakeProvider("yes"), FakeProvider("no"))
    assert result["response"] == "yes"
    assert [entry["response"] for entry in result["individual_responses"][0]["inner"]] == ["yes", "yes"]
    result = await guide["panel_and_expert"](FakeProvider("yes"), FakeProvider("no"), FakeProvider("no"))
    assert result["response"] == "no"
    assert result["individual_responses"][0]["error"]["class"] == "ConsensusNotReached"


def test_the_preset_is_valid(tmp_path: Path) -> None:
    _, document = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "presets.yaml").write_text(document)
    careful = presets.load(tmp_path / "presets.yaml")["careful"]
    assert (careful.execution, careful.confidence_threshold) == ("cascade", 0.9)
    assert careful.members[1].fallback == "ContextTooLong=gemini/gemini-2.5-pro, *=gemini/gemini-2.5-flash"


def test_the_command_lines_are_understood() -> None:
    lines = re.findall(r"^python -m engine (PATH .*)$", GUIDE, re.MULTILINE)
    assert len(lines) == 6
    for line in lines:
        parser().parse_args(shlex.split(line))
