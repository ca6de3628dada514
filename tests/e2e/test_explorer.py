"""The explorer in a real browser: large folders, secrets, the keyboard, and a selection that stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
SECRET = "Zt7" + "rQw9eYp4"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("big")
    (root / "pyproject.toml").write_text('[project]\nname = "big"\ndependencies = ["flask==3.1"]\n')
    (root / "app.py").write_text('from flask import Flask\napp = Flask(__name__)\nif __name__ == "__main__":\n    app.run(port=5001)\n')
    (root / ".env").write_text("PASSWORD=hunter2\n")
    (root / "<img src=x onerror=alert(1)>.md").write_text("hello\n")
    (root / "lib" / "deep").mkdir(parents=True)
    (root / "lib" / "deep" / "core.py").write_text("x = 1\n")
    (root / "lib" / "settings.py").write_text("\n" * 200 + f'DATABASE = "shop"\nPASSWORD = "{SECRET}"\n')
    many = root / "many"
    many.mkdir()
    for number in range(1_200):
        (many / f"part{number:05}.py").touch()
    return root


@pytest.fixture
def explorer(page: Page, repository: Path) -> Page:
    page.locator(".st-key-workspace_path input").fill(str(repository))
    page.locator(".st-key-open_workspace button").click()
    expect(row(page, "pyproject.toml")).to_be_visible()
    return page


def row(page: Page, path: str):
    return page.locator(f'.st-key-files .row[data-path="{path}"]')


def test_files_are_ticked_and_stay_ticked_over_folders_and_pages(explorer: Page):
    row(explorer, "lib").click()
    row(explorer, "lib/deep").dblclick()
    expect(explorer.locator(".st-key-files .place")).to_have_text("lib/deep/")
    row(explorer, "lib/deep/core.py").click()
    expect(explorer.get_by_text("3 files in the prompt")).to_be_visible()
    explorer.get_by_label("Back to the workspace's folder").click()
    expect(row(explorer, "pyproject.toml")).to_have_attribute("aria-checked", "true")
    if explorer.get_by_role("link", name="Review").count():
        explorer.get_by_role("link", name="Review").click()
        explorer.get_by_role("link", name="Generate").click()
        expect(explorer.get_by_text("3 files in the prompt")).to_be_visible()
        expect(row(explorer, "pyproject.toml")).to_have_attribute("aria-checked", "true")


def test_secrets_hostile_names_long_folders_and_search(explorer: Page):
    """A secret shows a lock and its reason, a hostile name is only a name, long folders come in parts, search looks everywhere."""
    secret = row(explorer, ".env")
    expect(secret).to_have_attribute("aria-disabled", "true")
    expect(secret.locator(".why")).to_contain_text("passwords")
    secret.click(force=True)
    expect(secret).not_to_have_attribute("aria-checked", "true")

    expect(explorer.locator(".st-key-files .name", has_text="<img src=x")).to_be_visible()
    assert explorer.locator(".st-key-files img").count() == 0

    row(explorer, "many").click()
    expect(row(explorer, "many/part00499.py")).to_be_attached()
    assert row(explorer, "many/part00500.py").count() == 0
    explorer.get_by_role("button", name="Show more").click()
    expect(row(explorer, "many/part00999.py")).to_be_attached()

    search = explorer.get_by_label("Search files by name")
    search.fill("core deep")
    expect(explorer.locator(".st-key-files .row")).to_have_count(1)
    expect(row(explorer, "lib/deep/core.py")).to_be_visible()
    search.press("Escape")
    expect(row(explorer, "pyproject.toml")).to_be_visible()


def test_the_keyboard_reaches_everything(explorer: Page):
    explorer.get_by_label("Search files by name").press("ArrowDown")
    focused = "document.querySelector('.st-key-files [data-testid=stBidiComponentIsolated]').shadowRoot.activeElement?.dataset.path"
    first = explorer.evaluate(focused)
    explorer.keyboard.press("ArrowDown")
    assert explorer.evaluate(focused) != first
    for _ in range(12):
        if explorer.evaluate(focused) == "lib":
            break
        explorer.keyboard.press("ArrowDown")
    assert explorer.evaluate(focused) == "lib"
    explorer.keyboard.press("ArrowRight")
    expect(row(explorer, "lib/deep")).to_be_visible()
    expect(row(explorer, "lib")).to_have_attribute("aria-expanded", "true")
    explorer.keyboard.press("ArrowLeft")
    expect(row(explorer, "lib/deep")).to_have_count(0)


def test_a_fact_is_corrected_in_place_and_a_bad_value_says_why(explorer: Page):
    facts = explorer.locator(".st-key-facts")
    port = facts.locator('.row[data-field="port"]')
    expect(port).to_contain_text("5001")
    port.get_by_role("button", name="edit").click()
    editor = facts.get_by_label("port of")
    editor.fill("not a port")
    editor.press("Enter")
    expect(explorer.get_by_role("alert").filter(has_text="The port must be")).to_be_visible()
    port.get_by_role("button", name="edit").click()
    editor.fill("9000")
    editor.press("Enter")
    expect(port).to_contain_text("listens on 9000")
    expect(port).to_contain_text("yours")


def test_a_text_is_found_in_the_content_and_looked_at_without_its_secrets(explorer: Page):
    explorer.get_by_label("Search in the content of files").click()
    explorer.get_by_label("Search files by content").fill("database")
    match = row(explorer, "lib/settings.py")
    expect(match).to_contain_text("settings.py:201")
    match.get_by_label("Look at").click()
    preview = explorer.get_by_role("dialog", name="Preview of a file")
    expect(preview.locator(".here")).to_have_text('201DATABASE = "shop"')
    expect(preview.locator(".here")).to_be_in_viewport()
    expect(preview.locator(".masked")).to_contain_text("<masked: password>")
    assert SECRET not in preview.inner_text()
    explorer.keyboard.press("Escape")
    expect(preview).to_have_count(0)
    match.locator(".name").click()
    expect(explorer.get_by_text("3 files in the prompt")).to_be_visible()
    explorer.get_by_label("Search in the content of files").click()
    explorer.get_by_label("Search files by name").fill("")


def test_several_files_are_picked_at_once(explorer: Page):
    row(explorer, "many").dblclick()
    row(explorer, "many/part00010.py").click()
    row(explorer, "many/part00019.py").click(modifiers=["Shift"])
    expect(explorer.locator(".st-key-files .count")).to_contain_text("12 selected")
    row(explorer, "many/part00015.py").click(modifiers=["Shift"])
    row(explorer, "many/part00019.py").press("Control+a")
    expect(explorer.locator(".st-key-files .count")).to_contain_text("400 selected, the most there can be")
    explorer.get_by_role("button", name="Clear").click()
    expect(explorer.locator(".st-key-files .count")).to_have_text("No file selected")
    explorer.get_by_label("Back to the workspace's folder").click()
    explorer.get_by_role("button", name="Select all").click()
    expect(row(explorer, "app.py")).to_have_attribute("aria-checked", "true")
    expect(row(explorer, ".env")).not_to_have_attribute("aria-checked", "true")
