"""An experiment in a real browser: stopped, gone on with, drawn, taken away; then what the Monitor page says and gives of a run."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import steps
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.vendors import Vendor, openai, running
from tests.support.vendors.faults import refused
from tests.support.vendors.protocol import Fault, Protocol
from tests.support.vendors.server import Exchange

pytestmark = pytest.mark.e2e

SUMS = "title: Sums\nquestions:\n" + "".join(
    f"- {{id: q{number}, ask: 2 and 2?, expect: 4, normalization: numeric}}\n" for number in range(6)
)
SET = SUMS + (
    "- {id: file, repository: sample, target: dockerfile}\n"
    "configurations:\n"
    "- {name: Alone, members: [openai/model-a]}\n"
    "- {name: Vote, members: [openai/model-a, openai/model-b, architect/hardened], strategy: voting}\n"
)


@dataclass
class House:
    app: App
    vendor: Vendor


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    vendor = openai("4")
    with running(vendor):
        app = start_app(
            tmp_path_factory.mktemp("data"), OPENAI_API_KEY="sk-test-0123456789abcdef", OPENAI_BASE_URL=vendor.server.url + "/v1"
        )
        try:
            yield House(app, vendor)
        finally:
            stop_app(app)


@pytest.fixture
def page(context: BrowserContext, house: House) -> Page:
    opened = context.new_page()
    opened.goto(house.app.link)
    steps.settled(opened)
    return opened


def answering(first: int) -> Fault:
    """Return a way to answer so many questions and to keep the others waiting."""
    numbers = count()

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        if next(numbers) >= first:
            await asyncio.sleep(60)
        await protocol.answer(exchange)

    return act


def taken(page: Page, entry: str, folder: Path) -> str:
    """Return the text of an export."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=entry).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    page.keyboard.press("Escape")
    return path.read_text(encoding="utf-8")


def test_an_experiment_is_stopped_gone_on_with_drawn_and_taken_away(page: Page, house: House, tmp_path: Path):
    trouble = steps.watched(page, house.app)
    steps.go(page, "Experiments")
    expect(page.locator(".st-key-experiment_empty")).to_contain_text("Nothing was asked yet")
    page.locator(".st-key-experiment_source").get_by_text("Paste", exact=True).click()
    page.locator(".st-key-experiment_pasted textarea").fill(SET)
    page.locator(".st-key-experiment_pasted textarea").press("Control+Enter")
    expect(page.get_by_text("14 runs, 28 calls")).to_be_visible()
    steps.settled(page)
    house.vendor.protocol.fault = answering(5)
    page.locator(".st-key-experiment_start button").click()
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile("[1-9][0-9]* of 14 runs"))
    expect(page.locator(".omni.members")).to_contain_text("Alone")  # the table fills while it runs
    page.locator(".st-key-experiment_stop button").click()
    expect(page.locator(".st-key-experiment_results")).to_contain_text("not finished")
    expect(page.get_by_text("Go on asks only what is missing.")).to_be_visible()
    house.vendor.protocol.fault = None
    before = house.vendor.server.hits("/chat/completions")
    missing = page.get_by_text("more answered earlier")
    expect(missing).to_be_visible()
    steps.settled(page)
    runs, calls = map(int, re.findall(r"(\d+) (?:runs|calls)", missing.inner_text()))
    assert 0 < runs < 14
    page.locator(".st-key-experiment_start button").click()
    expect(page.locator(".st-key-experiment_results")).to_have_text(re.compile("^(?!.*not finished).*Sums", re.DOTALL))
    expect(page.locator(".st-key-experiment_best").get_by_test_id("stMetric")).to_have_count(4)
    steps.settled(page)
    # a run is one call, or three of which the vendor gets two: which ones were left is chance, what the vendor is asked for them is not
    assert house.vendor.server.hits("/chat/completions") - before == (runs + calls) // 2, "only what was missing"
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(3)
    expect(page.get_by_role("row", name=re.compile("Alone.*of 7 right"))).to_be_visible()
    figures = list(csv.DictReader(taken(page, "Figures as CSV", tmp_path).splitlines()))
    assert [row["configuration"] for row in figures] == ["Alone", "Vote"]
    assert len(list(csv.DictReader(taken(page, "Answers as CSV", tmp_path).splitlines()))) == 14
    assert json.loads(taken(page, "Everything as JSON", tmp_path))["finished"]
    assert trouble == []
    assert steps.logged_faults(house.app) == []


def test_the_monitor_shows_a_run_its_members_an_error_and_gives_them_away(page: Page, house: House, tmp_path: Path):
    trouble = steps.watched(page, house.app)
    steps.go(page, "Monitor")
    expect(page.locator(".st-key-monitor_empty")).to_contain_text("Nothing has run in this time")
    page.locator(".st-key-monitor_go button").click()
    page.get_by_role("button", name="Try the sample").click()
    steps.settled(page)
    house.vendor.protocol.fault = refused(401, "key", "Incorrect API key provided")
    page.locator(".st-key-generate button").click()
    expect(page.locator(".st-key-verdict")).to_contain_text("stood in")
    steps.go(page, "Monitor")
    figures = page.locator(".st-key-monitor_figures").get_by_test_id("stMetric")
    expect(figures).to_have_count(4)
    expect(figures.first).to_contain_text("1 with a verdict")
    expect(page.locator(".st-key-monitor_figures [data-testid=stMetricChart]")).to_have_count(4)  # each with its course
    row = page.get_by_role("row", name=re.compile("Built-in architect hardened"))
    expect(row).to_contain_text(re.compile("100%"))
    assert len(re.findall(r"\d+(?:\.\d+)? m?s", row.inner_text())) >= 3, "p50, p95 and p99"
    expect(page.get_by_role("row", name=re.compile("OpenAI gpt-4o"))).to_contain_text("0%")
    error = page.get_by_role("row", name=re.compile("AuthenticationFailed")).first
    expect(error).to_contain_text("refused the key")
    house.vendor.protocol.fault = None
    steps.go(page, "Generate")
    steps.generate(page)
    steps.go(page, "Monitor")
    expect(figures.first).to_contain_text("2")
    calls = list(csv.DictReader(taken(page, "Calls as CSV", tmp_path).splitlines()))
    assert {call["error"] for call in calls} >= {"AuthenticationFailed"}
    assert json.loads(taken(page, "Figures and calls as JSON", tmp_path))["calls"]
    report = taken(page, "Written report", tmp_path)
    assert "openai/gpt-4o" in report
    assert "AuthenticationFailed" in report
    page.locator(".st-key-monitor_scope").get_by_text("Everyone", exact=True).click()
    expect(page.get_by_text("Its words are shown to whoever asked.").first).to_be_visible()
    assert trouble == []
