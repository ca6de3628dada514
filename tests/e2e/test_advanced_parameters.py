"""Advanced parameters in a real browser: each control is moved, and its effect seen in what the vendor was sent or the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import steps
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.vendors import Vendor, running, voices

pytestmark = pytest.mark.e2e

PRESETS = """presets:
  panel:
    description: Three models of one vendor
    members:
      - {vendor: openai, model: amber}
      - {vendor: openai, model: birch}
      - {vendor: openai, model: cedar}
"""


def dockerfile(base: str) -> str:
    return f"""```dockerfile title=Dockerfile
FROM {base}
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER 1000
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "wsgi:app"]
```
"""


PLAIN, OTHER = dockerfile("python:3.12-slim"), dockerfile("python:3.12-alpine")


@dataclass
class House:
    app: App
    vendor: Vendor
    pause_s: dict[str, float]

    def asked(self, since: int) -> list[dict]:
        """Return what the models were sent after so many requests, as JSON."""
        return [request.json for request in self.vendor.server.requests[since:] if request.path.endswith("/chat/completions")]

    @property
    def so_far(self) -> int:
        return len(self.vendor.server.requests)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An app whose default preset has three models; two of them give the same file."""
    pause_s = {"amber": 0.0, "birch": 0.0, "cedar": 0.0}
    vendor = voices({"amber": PLAIN, "birch": PLAIN, "cedar": OTHER}, pause_s)
    data = tmp_path_factory.mktemp("data")
    (data / "panel.yaml").write_text(PRESETS)
    with running(vendor):
        app = start_app(
            data,
            OPENAI_API_KEY="sk-test-0123456789abcdef",
            OPENAI_BASE_URL=vendor.server.url + "/v1",
            PRESETS_FILE=str(data / "panel.yaml"),
            ENSEMBLE_DEFAULT_PRESET="panel",
        )
        try:
            yield House(app, vendor, pause_s)
        finally:
            stop_app(app)


@pytest.fixture
def page(context: BrowserContext, house: House) -> Page:
    """A page with the sample open and Advanced parameters unfolded."""
    house.pause_s.update(amber=0.0, birch=0.0, cedar=0.0)
    opened = context.new_page()
    opened.goto(house.app.link)
    opened.get_by_role("button", name="Try the sample").click()
    expect(opened.locator(".st-key-bar")).to_contain_text("3 members")
    steps.settled(opened)
    opened.get_by_test_id("stSidebar").locator("summary").click()  # its controls come with a run of the page
    expect(opened.locator(".st-key-timeout")).to_be_visible()
    return opened


def number(page: Page, key: str, value: str) -> None:
    field = page.locator(f"[class*=st-key-{key}] input").first
    field.fill(value)
    field.press("Enter")
    steps.settled(page)


def switch(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} label").first.click()
    steps.settled(page)


def test_temperature_and_max_tokens_reach_every_model_and_ensemble_mode_off_asks_the_member_that_was_chosen(page: Page, house: House):
    number(page, "temperature", "0.3")
    number(page, "max_tokens", "1234")
    before = house.so_far
    steps.generate(page)
    sent = house.asked(before)
    assert sorted(body["model"] for body in sent) == ["amber", "birch", "cedar"]
    assert {(body["temperature"], body.get("max_completion_tokens") or body.get("max_tokens")) for body in sent} == {(0.3, 1234)}
    switch(page, "ensemble_mode")
    steps.choose_option(page, "single_member", "cedar")
    expect(page.locator(".st-key-bar")).to_contain_text("1 member,")
    expect(page.locator(".st-key-strategy input")).to_be_disabled()
    before = house.so_far
    steps.generate(page, "python:3.12-alpine")
    assert [body["model"] for body in house.asked(before)] == ["cedar"]


def test_the_strategy_and_the_weights_decide_who_wins(page: Page, house: House):
    steps.choose_option(page, "strategy", "Weighted")
    number(page, "weight_panel_2", "5")
    steps.generate(page, "Weighted")
    expect(page.locator(".st-key-verdict")).to_contain_text("FROM python:3.12-alpine")
    number(page, "weight_panel_2", "0.1")
    steps.generate(page, "FROM python:3.12-slim")
    steps.choose_option(page, "strategy", "Unanimous")
    page.locator(".st-key-generate button").click()
    expect(page.get_by_test_id("stMain").get_by_test_id("stAlert").first).to_contain_text("members disagree")
    steps.settled(page)
    steps.choose_option(page, "strategy", "Synthesis")
    steps.choose_option(page, "aggregator", "cedar")
    expect(page.locator(".st-key-bar")).to_contain_text("3 members and an aggregator")
    before = house.so_far
    steps.generate(page)
    assert sorted(body["model"] for body in house.asked(before)) == ["amber", "birch", "cedar", "cedar"]


def test_async_mode_and_the_execution_say_who_is_asked_when(page: Page, house: House):
    switch(page, "async_mode")
    expect(page.locator(".st-key-execution input")).to_have_value("Sequential")
    before = house.so_far
    steps.generate(page)
    assert [body["model"] for body in house.asked(before)] == ["amber", "birch"], "two that agree are enough"
    steps.choose_option(page, "execution", "Cascade")
    number(page, "knob_confidence_threshold", "0.2")
    before = house.so_far
    steps.generate(page, "1 of 3")
    assert [body["model"] for body in house.asked(before)] == ["amber"], "good enough at 0.2"
    switch(page, "async_mode")
    steps.choose_option(page, "execution", "Hedged")
    number(page, "knob_hedge_delay_ms", "50")
    number(page, "knob_max_hedges", "1")
    house.pause_s["amber"] = 1.0
    before = house.so_far
    steps.generate(page, "FROM python:3.12-slim")
    assert [body["model"] for body in house.asked(before)] == ["amber", "birch"], "the first was slow, one more may be asked"
    steps.choose_option(page, "execution", "Quorum")
    number(page, "knob_quorum", "2")
    house.pause_s["cedar"] = 0.0
    before = house.so_far
    steps.generate(page, "2 of 3")
    assert len(house.asked(before)) == 3, "all are asked, the slow one is not waited for"
    steps.choose_option(page, "execution", "Parallel")
    house.pause_s["cedar"] = 1.0
    number(page, "timeout", "3")
    steps.generate(page, "stood in")


def test_early_stop_does_not_wait_for_a_member_that_can_change_nothing(page: Page, house: House):
    steps.choose_option(page, "strategy", "Voting")
    number(page, "knob_early_stop_threshold", "0.6")
    house.pause_s["cedar"] = 1.0
    before = house.so_far
    steps.generate(page, "2 of 3")
    assert len(house.asked(before)) == 3, "all were asked, two that agree were enough"
    number(page, "knob_early_stop_threshold", "")
    house.pause_s["cedar"] = 0.0
    steps.generate(page, "3 of 3")


def test_what_a_run_is_for_and_earlier_answers_change_who_is_asked(page: Page, house: House):
    steps.choose_option(page, "reuse_answers", "Always")
    steps.generate(page)
    before = house.so_far
    steps.generate(page, "free")  # what was paid for before costs nothing
    assert house.asked(before) == [], "nobody was asked again"
    steps.choose_option(page, "reuse_answers", "Never")
    steps.choose_option(page, "occasion", "Quickly")
    number(page, "occasion_seconds", "9")
    expect(page.locator(".st-key-bar")).to_contain_text(re.compile("1 member,.*9 s", re.DOTALL))
    before = house.so_far
    steps.generate(page, "1 of 1")
    assert len(house.asked(before)) == 1
    steps.choose_option(page, "occasion", "High stakes")
    expect(page.locator(".st-key-bar")).to_contain_text(re.compile("3 members,.*must agree on everything", re.DOTALL))


def test_the_verdict_is_repaired_before_it_is_shown(page: Page, house: House):
    switch(page, "repair_automatically")
    number(page, "repair_rounds", "1")
    before = house.so_far
    steps.generate(page)
    sent = house.asked(before)
    assert len(sent) > 3, "what the validators remark was given to a member"
    assert all("HEALTHCHECK" in json.dumps(body) for body in sent[3:])


def test_records_of_earlier_runs_take_the_place_of_weights(page: Page, house: House):
    expect(page.locator(".st-key-weight_panel_2")).to_be_visible()
    switch(page, "weigh_by_record")
    expect(page.locator(".st-key-weight_panel_2")).to_have_count(0)
    steps.generate(page)
    assert (Path(house.app.data) / "history.sqlite3").exists()
