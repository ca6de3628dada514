"""Takes the pictures of the README and the guide from the running app: `python -m tests.e2e.pictures FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from architect import answer_text, render
from architect.request import Request, Style, Target
from engine.generate import read_profile
from tests.e2e import vendors
from tests.e2e.conftest import ARGUMENTS, start_app, stop_app
from workspace.files import open_workspace

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sample-shop"
WIDTH, HEIGHT = 1366, 768


def take(folder: Path) -> None:
    """Drive the main job once in light and once in dark mode, saving a picture at each stage."""
    folder.mkdir(parents=True, exist_ok=True)
    app = start_app(Path(tempfile.mkdtemp()))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            for scheme in ("light", "dark"):
                page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme).new_page()
                _main_job(page, app.link, folder, scheme)
            browser.close()
    finally:
        stop_app(app)


def take_council(folder: Path) -> None:
    """Two local stand-ins for vendors, speaking at a pace one can watch, pictured in the middle of their answers."""
    data = Path(tempfile.mkdtemp())
    answer = _answer()
    cloud, local = vendors.openai(answer, 0.05), vendors.ollama(answer.replace("slim-bookworm", "alpine3.22"), 0.03)
    with vendors.running(cloud, local):
        app = start_app(
            data, OPENAI_API_KEY="sk-picture-0123456789", OPENAI_BASE_URL=f"{cloud.server.url}/v1", OLLAMA_HOST=local.server.url
        )
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
                page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light").new_page()
                page.goto(app.link)
                page.get_by_role("button", name="Try the sample").click()
                page.get_by_text("What we found").wait_for()
                page.locator(".st-key-preset").get_by_text("Diverse", exact=True).click()
                page.get_by_text("2 members").wait_for()
                page.locator(".st-key-generate button").click()
                page.locator(".st-key-council .column").nth(1).wait_for()
                page.wait_for_timeout(4_000)
                page.locator(".st-key-council").evaluate(
                    "element => { element.style.scrollMarginTop = '110px'; element.scrollIntoView({block: 'start'}) }"
                )
                page.wait_for_timeout(500)
                page.screenshot(path=folder / "generating.png")
                browser.close()
        finally:
            stop_app(app)


def _answer() -> str:
    """Return an answer as a model would give it: the architect's own for the sample."""
    workspace = open_workspace(str(SAMPLE))
    request = Request(profile=read_profile(workspace), targets=(Target("dockerfile"), Target("compose")))
    return answer_text(render(request, Style.LEAN))


def _main_job(page: Page, link: str, folder: Path, scheme: str) -> None:
    dark = scheme == "dark"
    page.goto(link)
    page.get_by_role("button", name="Try the sample").wait_for()
    page.wait_for_timeout(700)
    if not dark:
        page.screenshot(path=folder / "first-visit.png")
    page.get_by_role("button", name="Try the sample").click()
    page.get_by_text("What we found").wait_for()
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Generate").last.click()
    page.locator(".st-key-verdict").wait_for()
    page.wait_for_timeout(1_500)
    page.locator(".st-key-verdict").evaluate(
        "element => { element.style.scrollMarginTop = '70px'; element.scrollIntoView({block: 'start'}) }"
    )
    page.wait_for_timeout(500)
    page.screenshot(path=folder / ("verdict-dark.png" if dark else "verdict.png"))
    page.locator(".st-key-verdict").get_by_role("button", name="Review").click()
    page.get_by_text("Candidates").first.wait_for()
    page.mouse.move(WIDTH / 2, HEIGHT - 5)
    page.wait_for_timeout(2_000)
    page.screenshot(path=folder / ("review-dark.png" if dark else "review.png"))


if __name__ == "__main__":
    take(Path(sys.argv[1]))
    take_council(Path(sys.argv[1]))
