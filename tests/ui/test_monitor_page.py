"""The Monitor page: what it says when nothing ran, what it counts of real runs of the architect, what it shows of others."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import Settings, settings
from engine.resources import guards, resources
from providers.accounts import Account, Budgets, Ledger, Purse
from providers.base import Usage
from providers.errors import AuthenticationFailed
from providers.execution.cache import Reuse
from providers.pricing import Estimate
from telemetry import exports, logs
from tests.support.ensembles import ensemble
from tests.support.pages import Frame
from tests.support.providers import FakeProvider
from ui.sessions import REGISTRY
from ui.widgets.monitor.view import seen

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.usefixtures("clean_settings")


def made(owner: str, *members: object) -> None:
    """Make a run of this user's, to its end."""
    group = ensemble(list(members), guards=guards(settings(), owner), min_responses=1)
    asyncio.run(group.run("Is 17 prime?"))


def test_before_the_first_run_it_teaches() -> None:
    page = Frame("monitor")
    assert "Nothing has run in this time" in page.words()
    assert "your own runs since the program was started" in page.words()
    page.click("monitor_go")
    assert "try the sample" in page.words().lower()


def test_it_counts_real_runs_of_the_architect() -> None:
    page = Frame("generate")
    page.test.text_input(key="workspace_path").set_value(str(ROOT / "examples" / "sample-shop"))
    page.click("open_workspace")
    page.click("generate")
    (session,) = REGISTRY._sessions.values()
    assert session.run is not None
    assert session.run.wait(60)
    page.go("monitor")
    words = page.words()
    assert {metric.label: metric.value for metric in page.test.metric}["Runs"] == "1"
    assert {metric.label: metric.value for metric in page.test.metric}["Success"] == "100%"
    assert {metric.label: metric.value for metric in page.test.metric}["Cost"] == "free"
    assert all(metric.proto.chart_data for metric in page.test.metric), "each figure has its course, also where that is level"
    for style in ("lean", "hardened", "cached"):
        assert style in words
    assert "None in this time" in words


def test_a_cost_that_is_not_known_has_no_course() -> None:
    made("", FakeProvider("yes"))
    page = Frame("monitor")
    (cost,) = [metric for metric in page.test.metric if metric.label == "Cost"]
    assert (cost.value, list(cost.proto.chart_data)) == ("unknown", [])


def test_tokens_a_vendor_does_not_report_are_not_shown_as_none_used() -> None:
    made("", FakeProvider("yes", vendor="openai", model="gpt-4o"), FakeProvider(error=AuthenticationFailed("refused"), model="m"))
    made("", FakeProvider("yes", vendor="gemini", model="flash", usage=Usage(input_tokens=1_200, output_tokens=30)))
    page = Frame("monitor")
    assert "not reported" in page.words()
    assert "1,200 / 30" in page.words()
    assert "0 / 0" not in page.words()


def test_errors_carry_an_id_and_the_words_of_others_stay_theirs() -> None:
    made("", FakeProvider("yes", vendor="openai", model="gpt-4o"), FakeProvider(error=AuthenticationFailed("mine was refused"), model="m"))
    made("somebody", FakeProvider("yes"), FakeProvider(error=AuthenticationFailed("theirs was refused"), model="n"))
    page = Frame("monitor")
    assert "mine was refused" in page.words()
    assert "theirs was refused" not in page.words()
    call = next(call for call in resources(settings()).monitor.calls("") if call.error)
    assert len(call.error_id) == 8
    assert call.error_id in page.words()
    page.test.segmented_control(key="monitor_scope").set_value("Everyone")
    page.run()
    assert {metric.label: metric.value for metric in page.test.metric}["Runs"] == "2"
    assert "was refused" not in page.words()
    assert "fake/n" in page.words()


def test_the_export_is_of_what_is_looked_at() -> None:
    made("", FakeProvider("yes", model="mine"))
    made("somebody", FakeProvider("yes", model="theirs"))
    view = seen(resources(settings()), "", None)
    assert "mine" in exports.calls_csv(view.calls(), own=view.own)
    assert "theirs" not in exports.calls_csv(view.calls(), own=view.own)
    assert "theirs" in exports.report(seen(resources(settings()), None, None).figures, scope="Everyone", own=False)


def test_the_sidebar_passes_budgets_and_reuse_on_and_the_operators_limit_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUDGET_USD_PER_RUN", "0.05")
    settings.cache_clear()
    page = Frame("monitor")
    page.unfold()
    assert page.test.selectbox(key="reuse_answers").value == "repeatable"
    page.test.selectbox(key="reuse_answers").set_value("always")
    page.test.number_input(key="budget_run").set_value(3.0)
    page.run()
    assert page.test.session_state["reuse_answers"] == "always"
    assert guards(settings(), "", reuse=Reuse.ALWAYS).budgets.run_usd == 0.05
    assert guards(settings(), "", budgets=Budgets(run_usd=3.0)).budgets.run_usd == 0.05
    assert guards(settings(), "", budgets=Budgets(run_usd=0.01)).budgets.run_usd == 0.01


def test_what_a_stand_in_costs_is_nothing_so_no_budget_stops_it() -> None:
    purse = Purse(Budgets(run_usd=0.0001, day_usd=0.0001), Account(Ledger(), "a"))
    assert purse.refusal(Estimate(input_tokens=1, output_tokens=1, cost_usd=0.0, members=())) == ""


@pytest.fixture
def log(clean_settings: Path) -> Iterator[Path]:
    level = logging.getLogger().level
    path = clean_settings.parent / "omni_architect.log"
    logs.configure(Settings(_env_file=None, omni_log_file=path))
    yield path
    logs.close()
    logging.getLogger().setLevel(level)


def test_the_log_shows_its_newest_records_as_text_and_no_secret(log: Path) -> None:
    key = "sk-" + "Zq9" * 9
    logs.get_logger("x").info("an <img src=x> with ![a](b)", detail=f"key {key}")
    with log.open("a") as file:  # written by something that took no care
        file.write(json.dumps({"time": "t", "level": "error", "logger": "y", "event": f"raw {key}", "token": key}) + "\n")
    page = Frame("monitor")
    words = page.words()
    assert "an &lt;img src=x&gt; with ![a](b)" in words
    assert "raw [redacted]" in words
    assert key not in words


def test_level_and_words_choose_and_what_fits_nothing_says_so(log: Path) -> None:
    logs.get_logger("x").info("quiet")
    logs.get_logger("x").error("loud")
    page = Frame("monitor")
    page.test.segmented_control(key="monitor_log_level").set_value("error")
    page.run()
    assert "loud" in page.words()
    assert "quiet" not in page.words()
    page.test.text_input(key="monitor_log_find").set_value("walrus")
    page.run()
    assert "No record fits" in page.words()


def test_an_error_leads_to_its_record(log: Path) -> None:
    made("", FakeProvider("yes", vendor="openai", model="gpt-4o"), FakeProvider(error=AuthenticationFailed("mine was refused"), model="m"))
    logs.get_logger("x").info("something else")
    page = Frame("monitor")
    call = next(call for call in resources(settings()).monitor.calls("") if call.error)
    page.test.selectbox(key="monitor_log_id").set_value(call.error_id)
    page.run()
    assert page.test.text_input(key="monitor_log_find").value == call.error_id
    assert f"error id {call.error_id}" in page.words()
    assert "something else" not in page.words()


def test_where_others_use_the_server_too_a_record_is_shown_to_whoever_has_its_id(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_HOST", "0.0.0.0")
    settings.cache_clear()
    made("somebody", FakeProvider("yes"), FakeProvider(error=AuthenticationFailed("theirs was refused"), model="n"))
    (call,) = [call for call in resources(settings()).monitor.calls("somebody") if call.error]
    page = Frame("monitor")
    page.test.segmented_control(key="monitor_scope").set_value("Everyone")
    for search in ("", "refused", "error id"):
        page.test.text_input(key="monitor_log_find").set_value(search)
        page.run()
        assert "was refused" not in page.words()
        assert call.error_id not in page.words()
    assert call.error_id not in exports.calls_csv(resources(settings()).monitor.calls(None), own=False)
    page.test.text_input(key="monitor_log_find").set_value(call.error_id)
    page.run()
    assert "theirs was refused" in page.words()
