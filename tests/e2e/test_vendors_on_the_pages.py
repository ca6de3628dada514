"""Vendors as the pages meet them: keys and model lists on Settings, hostile answers on Review and Deliver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.vendors import Vendor, ollama, openai, running
from tests.support.vendors.faults import refused
from ui.widgets.review.inspect import VIEWS

pytestmark = pytest.mark.e2e

KEY = "sk-canary-0123456789abcdefghij"
EVIL = "http://evil.example"
MARKUP = (
    f"![a]({EVIL}/a.png) [b]({EVIL}/b) <img src={EVIL}/c.png onerror=alert(1)> <script src={EVIL}/d.js></script> {EVIL}/e "
    "www.evil.example :material/warning: $\\href{" + EVIL + "}{x}$ <iframe src=" + EVIL + "></iframe>"
)
GOOD = f"""{MARKUP}

```dockerfile title=Dockerfile
# {MARKUP}
FROM python:3.12-slim
LABEL note="{MARKUP.replace('"', "").replace("$", "")}"
WORKDIR /app
COPY . .
USER 1000
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "wsgi:app"]
```

```text title=notes/![a](evil.example).md
{MARKUP}
```
"""
BAD = GOOD.replace("USER 1000\n", "").replace("8000", "5000").replace("3.12-slim", "latest")


@dataclass
class House:
    app: App
    cloud: Vendor
    local: Vendor


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    cloud, local = openai(GOOD), ollama(BAD)
    with running(cloud, local):
        app = start_app(tmp_path_factory.mktemp("data"), OLLAMA_HOST=local.server.url)
        yield House(app, cloud, local)
        stop_app(app)


@pytest.fixture
def page(context, house: House) -> Page:
    opened = context.new_page()
    opened.goto(house.app.link)
    expect(opened.get_by_role("button", name="Try the sample")).to_be_visible()
    return opened


def typed_key(page: Page, house: House) -> None:
    steps.go(page, "Settings")
    page.get_by_test_id("stMain").locator("summary").filter(has_text="OpenAI").click()
    page.get_by_role("textbox", name="API key").first.fill(KEY)
    page.get_by_role("textbox", name="Base URL").first.fill(f"{house.cloud.server.url}/v1")
    page.get_by_role("textbox", name="Base URL").first.press("Enter")
    expect(page.locator(".st-key-preset_members")).to_contain_text("OpenAI gpt-4o · ready")
    steps.settled(page)


def test_nothing_a_model_says_is_markup_on_any_page(page: Page, house: House):
    trouble = steps.watched(page, house.app)
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    typed_key(page, house)
    steps.go(page, "Generate")
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".st-key-facts")).to_contain_text("Flask")
    page.locator(".st-key-preset").get_by_text("Diverse", exact=True).click()
    expect(page.get_by_text("2 members")).to_be_visible()
    steps.generate(page)
    _no_link(page)
    steps.go(page, "Review")
    expect(page.locator(".omni.findings")).to_be_visible()
    for member in ("OpenAI (GPT-4) gpt-4o", "Local (Ollama) llama3.1"):
        page.get_by_role("radiogroup", name="Candidates").get_by_text(member, exact=True).click()
        steps.settled(page)
        for view in VIEWS:
            if page.locator(".st-key-review_view").get_by_text(view, exact=True).count():
                steps.choose_view(page, view)
                _no_link(page)
    page.get_by_text("Why this verdict").click()
    page.get_by_text("The prompt that was sent").click()
    page.locator(".st-key-to_deliver button").click()
    expect(page.locator(".st-key-apply button")).to_be_visible()
    steps.settled(page)
    _no_link(page)
    folder = Path(house.app.data / "samples")
    page.locator(".st-key-apply button").click()
    expect(page.get_by_text("Undo below puts back what was there")).to_be_visible()
    _no_link(page)
    (written,) = folder.rglob("Dockerfile")
    assert EVIL in written.read_text()
    assert trouble == []
    assert steps.logged_faults(house.app) == []


def asks_for_models(page: Page) -> None:
    steps.settled(page)
    page.get_by_role("button", name="List its models").first.click()


def test_models_are_listed_a_refusal_is_said_and_waiting_can_be_cancelled(page: Page, house: House):
    typed_key(page, house)
    asks_for_models(page)
    expect(page.get_by_text("2 models offered now")).to_be_visible()
    assert house.cloud.server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    listed = house.cloud.protocol.other
    try:
        house.cloud.protocol.other = lambda exchange: refused(401, "key", "Incorrect API key provided")(house.cloud.protocol, exchange)
        asks_for_models(page)
        expect(page.get_by_text("refused the key (401). Check the key")).to_be_visible()
        house.cloud.protocol.other = _never
        asks_for_models(page)
        expect(page.get_by_text("Asking OpenAI (GPT-4) for its models")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Asking OpenAI")).to_have_count(0)
        expect(page.get_by_role("button", name="List its models").first).to_be_enabled()
    finally:
        house.cloud.protocol.other = listed
    page.get_by_role("button", name="Forget").first.click()
    expect(page.locator(".st-key-preset_members")).to_contain_text("OpenAI gpt-4o · no key")
    assert KEY not in page.content()


def test_repair_mends_what_a_member_got_wrong_and_shows_every_attempt(page: Page, house: House):
    trouble = steps.watched(page, house.app)
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".st-key-facts")).to_contain_text("Flask")
    page.locator(".st-key-preset").get_by_text("Fast", exact=True).click()
    steps.settled(page)
    steps.generate(page, saying="python:latest")
    steps.go(page, "Review")
    panel = page.locator(".st-key-repair_panel")
    expect(panel).to_contain_text("remarks of the validators could be repaired")
    expect(page.get_by_text("No answer passed the validators")).to_be_visible()
    panel.get_by_role("button", name="Repair").click()
    expect(panel).to_contain_text(re.compile(r"Repaired: score 0\.\d+ to [01]\.\d+, \d+ findings? to 0"))
    expect(page.get_by_role("radio", name="The verdict, composed")).to_be_checked()
    expect(page.get_by_test_id("stCode").first).to_contain_text("FROM python:3")
    expect(page.get_by_text("No answer passed the validators")).to_have_count(0)
    panel.get_by_text(re.compile(r"\d+ attempts, \d+ kept")).click()
    attempts = panel.locator("table[role=grid]")
    expect(attempts).to_contain_text("Dockerfile")
    expect(attempts).to_contain_text("Built-in architect")
    assert trouble == []
    assert steps.logged_faults(house.app) == []


async def _never(exchange) -> None:
    await exchange.writer.wait_closed()


def _no_link(page: Page) -> None:
    """No element of the page leads to, loads or runs anything of the model's."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('a[href], img[src], script[src], iframe[src], [onerror]')]
            .map(element => element.outerHTML).filter(html => html.includes('evil'))"""
    )
    assert found == []
