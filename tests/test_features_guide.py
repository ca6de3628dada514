"""docs/features.md: each control is on a page, each command line understood, each example run by a test; and nothing is left out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from config import Settings, settings
from engine import batch_command, experiment_command
from engine.__main__ import parser
from engine.experts import ROSTERS
from providers.events import Event
from providers.execution import EXECUTIONS
from providers.knobs import KNOBS
from providers.normalisation import NORMALISATIONS
from providers.strategies import STRATEGIES
from tests.support.providers import FakeProvider
from ui.navigation import PAGES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
GUIDE = (DOCS / "features.md").read_text()
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in GUIDE.splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| feature |"))
]
RUN_BY = {
    "ASYNC_GUIDE.md": "tests/test_guides.py",
    "ask.md": "tests/test_features_guide.py",
    "command-line.md": "tests/engine/test_command_line_guide.py",
    "ensembles.md": "tests/test_ensembles_guide.py",
    "experiments.md": "tests/engine/test_experiment_command.py",
    "live-council.md": "tests/test_guides.py",
    "monitoring.md": "tests/test_features_guide.py",
    "resilience.md": "tests/test_features_guide.py",
}
"""Which test runs the examples of a page of the guide."""


def sources() -> str:
    files = [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "providers" / "knobs.py"]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_row_has_four_cells_and_a_way_to_the_feature() -> None:
    assert len(ROWS) > 35
    for row in ROWS:
        assert len(row) == 4, row
        assert row[3], f"{row[0]} has no example"


def test_every_page_and_control_named_is_there() -> None:
    code, titles = sources(), {page.title for page in PAGES}
    for row in ROWS:
        assert set(re.findall(r"\*\*(\w+)\*\*", row[1])) <= titles, row
        for name in re.findall(r'"([^"]+)"', row[1]):
            assert f'"{name}' in code or f"**{name}" in code, f"{row[0]}: no control {name!r}"


def test_every_command_line_is_understood() -> None:
    made = 0
    for row in ROWS:
        for line in re.findall(r"`([^`]+)`", row[2]):
            words = shlex.split(line)
            if words[0] in (experiment_command.WORD, batch_command.WORD):
                command = experiment_command if words[0] == experiment_command.WORD else batch_command
                command.parser().parse_args(words[1:])
            else:
                parser().parse_args(["PATH", *words])
            made += 1
    assert made > 25


def test_every_example_exists_and_is_one_that_a_test_runs() -> None:
    for row in ROWS:
        links = re.findall(r"\]\(([^)#]+)(?:#([^)]*))?\)", row[3])
        assert links, row
        for file, anchor in links:
            path = (DOCS / file).resolve()
            text = path.read_text(encoding="utf-8")
            assert anchor in anchors(text), f"{row[0]}: {file} has no heading #{anchor}"
            runner = RUN_BY[path.name]
            assert path.name in (ROOT / runner).read_text(encoding="utf-8"), f"{runner} does not read {path.name}"


def test_nothing_that_can_be_chosen_is_left_out() -> None:
    first = " ".join(row[0] for row in ROWS)
    for name in (*(entry.id for entry in (*STRATEGIES, *EXECUTIONS)), *NORMALISATIONS):
        assert f"`{name}`" in first, name
    shown = " ".join(row[1] + row[2] for row in ROWS)
    for knob in KNOBS:
        assert f'"{knob.label}"' in shown, knob.name
        assert knob.flag in shown, knob.name
    unnamed = {page.title for page in PAGES} - set(re.findall(r"\*\*(\w+)\*\*", shown))
    assert unnamed == {"Deliver", "Collaborate"}, "other guides have these"
    assert all(f"`{roster.id}`" in (DOCS / "ask.md").read_text() for roster in ROSTERS)


# -- the examples of pages that no other test runs ------------------------------------------------------------------------


def python_of(page: str) -> dict[str, Any]:
    """Run every Python block of a page of the guide in one namespace."""
    namespace: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL):
        exec(block, namespace)
    return namespace


async def test_the_kept_answer_of_resilience_md_is_no_second_call(tmp_path: Path) -> None:
    member = FakeProvider("yes")
    verdict = await python_of("resilience.md")["asked_twice"](member, tmp_path)
    assert (verdict.text, member.calls) == ("yes", 1)
    assert verdict.candidates[0].answer.cached


def events() -> set[str]:
    def below(kind: type) -> set[type]:
        return {kind, *(entry for child in kind.__subclasses__() for entry in below(child))}

    return {kind.name for kind in below(Event)} - {Event.name}


async def test_the_subscriber_of_monitoring_md_hears_a_run_and_its_table_names_every_event() -> None:
    heard = await python_of("monitoring.md")["with_a_subscriber"]([FakeProvider("yes"), FakeProvider("yes")])
    assert heard[0] == "predict.start"
    assert heard[-1] == "predict.stop"
    assert {"model.start", "model.stop", "vote.complete"} <= set(heard)
    told = set(re.findall(r"`((?:predict|model|candidate|vote|consensus)\.\w+)`", (DOCS / "monitoring.md").read_text()))
    assert told == events()


async def test_the_listener_of_monitoring_md_counts_for_the_page_prometheus_and_a_receiver() -> None:
    figures, scraped = await python_of("monitoring.md")["counted"]([FakeProvider("yes", vendor="openai", model="m")], "http://127.0.0.1:1")
    assert (figures.runs, figures.members[0].name) == (1, "openai/m")
    assert 'omni_calls_total{model="m",status="success",vendor="openai"} 1.0' in scraped


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings without a vendor, whatever the machine's environment says."""
    made = Settings(_env_file=None, omni_data_dir=tmp_path)  # type: ignore[call-arg]
    bare = made.model_copy(update={name: None for name in Settings.model_fields if name.endswith("_api_key") or name == "ollama_host"})
    monkeypatch.setattr("config.settings", lambda: bare)
    return bare


async def test_the_experts_routes_and_plans_of_ask_md_are_real(no_keys: Settings) -> None:
    namespace = python_of("ask.md")
    assert namespace["settings"] is not settings
    text, experts, sources = await namespace["answered"](ROOT / "examples" / "sample-shop", "Which port does it listen on?")
    assert "8000" in text
    assert isinstance(experts, list)
    assert [str(source) for source in sources] == ["Procfile:1"]
    assert [member.id for member in namespace["chosen"].chain] == ["guard", "small"]
    assert "security" in namespace["chosen"].reason
    assert (namespace["hurried"].places, namespace["hurried"].timeout) == ((0,), 20)
