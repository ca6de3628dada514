"""Every page read by axe, as a screen reader and a person with weak eyes meet it: in light and in dark, empty and at work."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e import steps
from tests.e2e.conftest import App

THEIRS = {
    "rules": {
        # a block of code that scrolls: Chromium lets the keyboard reach what scrolls, axe wants something inside it that can be reached
        "scrollable-region-focusable": {"enabled": False},
        # the small charts of Streamlit's metrics have no name; the figure beside each says what it shows
        "svg-img-alt": {"enabled": False},
    },
    "resultTypes": ["violations"],
}
GRAVE = ("serious", "critical")


def complaints(page: Page) -> list[str]:
    """Return what axe finds grave, one line an element."""
    steps.settled(page)
    found = Axe().run(page, options=THEIRS).response["violations"]
    return [
        f"{rule['impact']} {rule['id']}: {node['target']} {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_what_axe_calls_serious_or_critical(chromium: Browser, app: App, scheme: str):
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(app.link)
    expect(page.locator(".st-key-workspace_path input")).to_be_visible()
    seen = {"welcome": complaints(page)}
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".st-key-files .row").first).to_be_visible()
    page.get_by_test_id("stSidebar").locator("summary").click()
    expect(page.locator(".st-key-timeout")).to_be_visible()
    seen["the sample, with all parameters"] = complaints(page)
    steps.generate(page)
    seen["a verdict"] = complaints(page)
    for name in ("Review", "Deliver", "Ask", "Collaborate", "Monitor", "Experiments", "Settings"):
        steps.go(page, name)
        page.wait_for_timeout(500)  # charts are drawn by themselves, after the page's script has ended
        seen[name] = complaints(page)
    page.locator("[class*=st-key-vendor_openai] summary").first.click()
    expect(page.locator(".st-key-vendor_openai_api_key input")).to_be_visible()
    seen["a vendor's fields"] = complaints(page)
    page.get_by_role("tab", name="Presets").click()
    expect(page.locator(".st-key-save_preset")).to_be_visible()
    seen["a preset"] = complaints(page)
    page.get_by_role("button", name="Work together").first.click()
    page.wait_for_timeout(500)
    seen["the session's drawer"] = complaints(page)
    context.close()
    said = [f"{name}: {line}" for name, found in seen.items() for line in found]
    assert not said, "\n".join(said)
