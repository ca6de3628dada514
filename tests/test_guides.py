"""What the guides show works as it stands there: their Python is run, their settings and presets are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from providers import EnsembleProvider, presets
from providers.shared import owner_hash
from tests.support.providers import FakeProvider

ROOT = Path(__file__).resolve().parent.parent


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def guide() -> dict[str, Any]:
    """Every Python block of the async guide, run in one namespace."""
    namespace: dict[str, Any] = {}
    for block in blocks("ASYNC_GUIDE.md", "python"):
        exec(block, namespace)
    return namespace


def members(*texts: str) -> list[FakeProvider]:
    return [FakeProvider(text, model=f"m{place}") for place, text in enumerate(texts)]


async def test_the_first_example_names_real_members_and_options(guide: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    def stand_in(providers: list[dict[str, Any]], **options: Any) -> EnsembleProvider:
        made.extend(providers)
        return EnsembleProvider(members("yes", "yes"), **options)

    monkeypatch.setitem(guide, "EnsembleProvider", stand_in)
    assert await guide["main"]() == "yes"
    EnsembleProvider(providers=made)  # the labels and options of the example are real ones


async def test_watching_ends_with_the_verdict(guide: dict[str, Any]) -> None:
    verdict = await guide["watch"](EnsembleProvider(members("yes", "yes")), "Is 17 prime?")
    assert verdict.text == "yes"


async def test_many_questions_come_back_in_their_order(guide: dict[str, Any]) -> None:
    answers = await guide["many"](EnsembleProvider(members("yes")), ["one", "two", "three"])
    assert [answer["response"] for answer in answers] == ["yes"] * 3


async def test_an_ensemble_is_a_member(guide: dict[str, Any]) -> None:
    assert await guide["nested"](*members("yes", "yes", "yes")).generate("Is 17 prime?") == "yes"


async def test_a_function_is_a_strategy(guide: dict[str, Any]) -> None:
    assert await EnsembleProvider(members("certainly", "yes"), strategy=guide["shortest"]).generate("Is 17 prime?") == "yes"


def test_the_presets_of_the_guide_are_valid(tmp_path: Path) -> None:
    (document,) = blocks("docs/guide.md", "yaml")
    file = tmp_path / "presets.yaml"
    file.write_text(document)
    assert list(presets.load(file)) == ["two-opinions"]


async def test_the_guards_of_the_guide_guard() -> None:
    namespace: dict[str, Any] = {}
    for block in blocks("docs/resilience.md", "python"):
        exec(block, namespace)
    assert await namespace["careful"](*members("yes", "yes")).generate("Is 17 prime?") == "yes"
    assert namespace["shared"].account("anna").day.calls["fake"] == namespace["shared"].ledger.today(owner_hash("anna")).calls["fake"] == 2


def test_every_metric_and_span_attribute_of_the_guide_exists_and_no_other() -> None:
    text, source = (ROOT / "docs/monitoring.md").read_text(), (ROOT / "telemetry/metrics.py").read_text()
    told = {name.removesuffix("_total") for name in re.findall(r"^\| `(omni_\w+)`", text, re.MULTILINE)}
    assert told == set(re.findall(r'"(omni_\w+)"', source))
    spans = set(re.findall(r'"((?:gen_ai|omni|error)\.[\w.]+)":', (ROOT / "telemetry/spans.py").read_text()))
    assert spans == set(re.findall(r"`((?:gen_ai|omni|error)\.[\w.]+)`", text))


def test_the_example_settings_name_every_setting_and_no_other() -> None:
    named = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_every_page_and_document_the_readme_links_to_exists() -> None:
    for name in ("README.md", "docs/guide.md", "docs/resilience.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        base = (ROOT / name).parent
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / name).read_text()):
            assert (base / target).exists(), f"{name} links to {target}"


async def test_the_live_councils_example_ends_with_the_verdict() -> None:
    namespace: dict[str, Any] = {}
    exec(blocks("docs/live-council.md", "python")[0], namespace)
    assert (await namespace["listen"](EnsembleProvider(members("yes", "yes")), "Is 17 prime?")).text == "yes"


async def test_the_example_that_loads_local_models_ahead_answers() -> None:
    namespace: dict[str, Any] = {}
    for block in blocks("docs/live-council.md", "python"):
        exec(block, namespace)
    loaded, text = await namespace["answer_at_once"](EnsembleProvider(members("yes", "yes")), "Is 3 prime?", "Is 17 prime?")
    assert (loaded, text) == ((), "yes"), "neither member runs on this machine"
