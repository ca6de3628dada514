"""The main job in a real browser, from a repository to files on disk, and back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import steps
from tests.e2e.conftest import ROOT, App
from tests.e2e.steps import codes, go, settled

pytestmark = pytest.mark.e2e


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A FastAPI service managed by uv, with a Dockerfile somebody wrote by hand."""
    folder = tmp_path / "orders"
    shutil.copytree(ROOT / "tests" / "examples" / "python-fastapi-uv", folder)
    (folder / "Dockerfile").write_text("FROM python:3.11\nCOPY . .\nCMD python src/orders/main.py\n")
    return folder


def sample_folder(page: Page) -> Path:
    return Path(page.locator(".st-key-workspace_path input").input_value())


def shown_files(page: Page) -> list[str]:
    """Return the new files as the Deliver page shows them."""
    return [text + "\n" for text in codes(page)]


def test_the_sample_from_one_click_to_files_on_disk_and_back(page: Page, app: App):
    trouble = steps.watched(page, app)
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".st-key-facts")).to_contain_text("Flask")
    folder = sample_folder(page)
    before = {path.name for path in folder.iterdir()}
    page.locator(".st-key-generate button").click()
    expect(page.locator(".st-key-council .column")).to_have_count(3)
    expect(page.locator(".st-key-verdict")).to_contain_text("Best of n, 3 of 3 members")
    expect(page.locator(".st-key-verdict")).to_contain_text("FROM python:3.12")
    expect(page.locator(".st-key-members")).to_be_visible()

    page.locator(".st-key-review button").click()
    expect(page.get_by_role("radiogroup", name="Candidates").get_by_role("radio")).to_have_count(3)
    expect(page.locator(".omni.score .part")).to_have_count(5)
    expect(page.locator(".omni.times .row")).to_have_count(4)
    expect(page.locator(".omni.heat td")).to_have_count(9)
    steps.choose_view(page, "Why each line")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    steps.choose_view(page, "Against the disk")
    expect(page.get_by_text("There is no such file on disk yet")).to_be_visible()

    page.locator(".st-key-to_deliver button").click()
    expect(page.locator(".st-key-apply button")).to_have_text("saveApply 3 files")
    settled(page)
    shown = shown_files(page)
    assert len(shown) == 3
    page.locator(".st-key-apply button").click()
    expect(page.get_by_text("Undo below puts back what was there")).to_be_visible()
    written = {path.name: path.read_text() for path in folder.iterdir() if path.name not in before}
    assert sorted(written) == [".dockerignore", "Dockerfile", "compose.yaml"]
    assert sorted(written.values()) == sorted(shown)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone. Removed:")).to_be_visible()
    assert {path.name for path in folder.iterdir()} == before
    assert trouble == []
    assert steps.logged_faults(app) == []


def test_a_repository_with_its_own_dockerfile_takes_the_decisions_its_user_chose(page: Page, app: App, orders: Path):
    steps.open_folder(page, orders)
    expect(page.locator(".st-key-facts")).to_contain_text("8085")
    steps.generate(page)
    go(page, "Review")
    steps.pick_decision(page, "Dockerfile", "base image", "Architect, lean")
    steps.take_decision(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text("take the whole file instead")
    steps.pick_decision(page, "compose.yaml", "orders.ports", "Architect, hardened")
    steps.take_decision(page)
    expect(page.get_by_role("radio", name="The verdict, composed")).to_be_checked()
    steps.choose_option(page, "review_file", "compose.yaml")
    expect(page.get_by_test_id("stCode").first).to_contain_text("127.0.0.1:8085:8085")
    page.get_by_text("Why this verdict").click()
    expect(page.get_by_text("You took orders.ports 127.0.0.1:8085:8085")).to_be_visible()

    by_hand = (orders / "Dockerfile").read_text()
    page.locator(".st-key-to_deliver button").click()
    steps.trust(page)
    expect(page.locator(".st-key-apply button")).to_have_text("saveApply 3 files")
    page.get_by_text(".dockerignore", exact=True).click()
    expect(page.locator(".st-key-apply button")).to_have_text("saveApply 2 files")
    go(page, "Settings")
    go(page, "Deliver")
    expect(page.locator(".st-key-apply button")).to_have_text("saveApply 2 files")
    settled(page)
    (changed, made) = codes(page)
    page.locator(".st-key-apply button").click()
    expect(page.get_by_text("Undo below puts back what was there")).to_be_visible()
    assert not (orders / ".dockerignore").exists()
    assert (orders / "compose.yaml").read_text() == made + "\n"
    assert "127.0.0.1:8085:8085" in made
    lines = changed.splitlines()
    assert "".join(f"{line[1:]}\n" for line in lines if line[0] in " +") == (orders / "Dockerfile").read_text()
    assert "".join(f"{line[1:]}\n" for line in lines if line[0] in " -") == by_hand

    (orders / "Dockerfile").write_text("FROM scratch\n")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("changed since this set was applied")).to_be_visible()
    assert (orders / "Dockerfile").read_text() == "FROM scratch\n"
    assert steps.logged_faults(app) == []


def choose_target(page: Page, name: str) -> None:
    """Tick one more target."""
    pill = page.locator(".st-key-target").get_by_role("button", name=name, exact=True)
    pill.click()
    expect(pill).to_have_attribute("aria-pressed", "true")
    settled(page)


def test_telemetry_is_drawn_into_the_manifests_and_seen_in_review(page: Page, app: App, orders: Path):
    trouble = steps.watched(page, app)
    steps.open_folder(page, orders)
    choose_target(page, "Kubernetes")
    choose_target(page, "OpenTelemetry")
    expect(page.locator(".st-key-target_options")).to_contain_text("OpenTelemetry")
    steps.generate(page)
    go(page, "Review")
    steps.choose_option(page, "review_file", "otel/collector.yaml")
    expect(page.get_by_test_id("stCode").first).to_contain_text("receivers:")
    steps.choose_option(page, "review_file", "k8s/orders.yaml")
    shown = page.get_by_test_id("stCode").first
    expect(shown).to_contain_text("name: otel-sidecar")
    (manifests,) = codes(page)[:1]
    pod = next(document for document in yaml.safe_load_all(manifests) if document["kind"] == "Deployment")["spec"]["template"]["spec"]
    sidecar, launcher = pod["initContainers"]
    assert (sidecar["name"], sidecar["restartPolicy"]) == ("otel-sidecar", "Always")
    assert "autoinstrumentation-python" in launcher["image"]
    program = {entry["name"]: entry.get("value", "") for entry in pod["containers"][0]["env"]}
    assert program["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert program["PYTHONPATH"].startswith("/app/src:/otel-auto-instrumentation-python/")
    assert trouble == []
    assert steps.logged_faults(app) == []


def test_a_file_edited_between_looking_and_applying_is_not_overwritten(page: Page, orders: Path):
    steps.open_folder(page, orders)
    steps.generate(page)
    go(page, "Deliver")
    steps.trust(page)
    expect(page.locator(".st-key-apply button")).to_have_text("saveApply 3 files")
    settled(page)
    (orders / "Dockerfile").write_text("FROM python:3.11\n# mine\n")
    page.locator(".st-key-apply button").click()
    expect(page.get_by_text("edited on disk since you saw it")).to_be_visible()
    expect(page.get_by_test_id("stCode").first).to_contain_text("-# mine")
    assert (orders / "Dockerfile").read_text() == "FROM python:3.11\n# mine\n"
    assert not (orders / "compose.yaml").exists()


def test_the_history_and_the_export_hold_the_run(page: Page, tmp_path: Path, orders: Path):
    steps.open_folder(page, orders)
    steps.generate(page)
    go(page, "Review")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    document = json.loads(Path(download.value.path()).read_text())
    assert len(document["individual_responses"]) == 3
    assert {entry["path"] for entry in document["artifacts"]} == {"Dockerfile", ".dockerignore", "compose.yaml"}
    assert "orders" in document["prompt"]

    page.get_by_role("radio", name="Architect, lean").click(force=True)
    page.locator(".st-key-take_candidate button").click()
    expect(page.locator(".st-key-take_candidate")).to_have_count(0)
    settled(page)
    go(page, "Generate")
    page.locator(".st-key-instruction textarea").fill("use port 9099")
    page.locator(".st-key-instruction textarea").blur()
    settled(page)
    steps.generate(page, saying="EXPOSE 9099")
    go(page, "Review")
    page.locator(".st-key-history_popover button").first.click()
    steps.choose_option(page, "earlier_run", 1)
    expect(page.get_by_text("won by architect/lean")).to_be_visible()
    expect(page.get_by_role("button", name="Compare")).to_have_count(1)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".st-key-comparison")).to_contain_text("minus that run, plus this run")
    page.locator(".st-key-history_popover button").first.click()
    steps.choose_option(page, "earlier_run", 0)
    expect(page.locator(".st-key-open_run button")).to_be_disabled()
    settled(page)
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_text("A run that is not in the history")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_three_pages_fit_a_telephone(context: BrowserContext, app: App, orders: Path, scheme: str):
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(app.link)
    steps.open_folder(page, orders)
    steps.generate(page)
    for button in (".st-key-review button", ".st-key-to_deliver button"):
        page.locator(button).click()
        expect(page.locator(".st-key-to_deliver, .st-key-apply").first).to_be_visible()
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("[...document.querySelectorAll('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)") == [0]
