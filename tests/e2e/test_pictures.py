"""Camera and microphone in a real browser: a still goes to the member that sees and stays nowhere, speech becomes words in the field."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import ROOT, App, start_app, stop_app
from tests.e2e.vendors import Vendor, ollama, openai, running

pytestmark = pytest.mark.e2e

ANSWER = '```dockerfile title=Dockerfile\nFROM python:3.12-slim\nUSER 1000\nCMD ["gunicorn", "wsgi:app"]\n```\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[App, Vendor, Vendor]]:
    cloud, local = openai(ANSWER), ollama(ANSWER)
    with running(cloud, local):
        app = start_app(
            tmp_path_factory.mktemp("data"),
            OLLAMA_HOST=local.server.url,
            OPENAI_API_KEY="sk-test-0123456789",
            OPENAI_BASE_URL=f"{cloud.server.url}/v1",
            TRANSCRIPTION_BASE_URL=f"{cloud.server.url}/v1",
        )
        yield app, cloud, local
        stop_app(app)


def test_a_still_of_the_camera_reaches_the_member_that_sees_and_nobody_else(context, house, tmp_path: Path) -> None:
    app, cloud, local = house
    page: Page = context.new_page()
    page.goto(app.link)
    trouble = steps.watched(page, app)
    steps.open_folder(page, ROOT / "examples" / "sample-shop")
    page.locator(".st-key-preset").get_by_text("Diverse", exact=True).click()
    steps.settled(page)
    page.get_by_text("Add a picture").click()
    add = page.locator(".st-key-pictures")
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.get_by_text("Nothing is sent before you take the picture.")).to_be_visible()
    page.get_by_role("button", name="Take the picture").click()
    expect(page.get_by_text(re.compile(r"camera, \d+ x \d+"))).to_be_visible()
    expect(add).to_contain_text("It is sent to OpenAI (GPT-4): gpt-4o")
    expect(add).to_contain_text("llama3.1")
    page.locator("input[type=file]").set_input_files(files=[{"name": "board.png", "mimeType": "image/png", "buffer": _png()}])
    expect(page.get_by_text("board.png, 64 x 48")).to_be_visible()
    steps.settled(page)
    page.locator(".st-key-picture_remove_1 button").click()
    expect(page.get_by_text("board.png, 64 x 48")).to_have_count(0)
    steps.settled(page)
    steps.generate(page)
    (asked,) = [entry.json for entry in cloud.server.requests if entry.path.endswith("/chat/completions")]
    said, picture = asked["messages"][-1]["content"]
    assert "A picture comes with this request" in said["text"]
    sent = base64.b64decode(picture["image_url"]["url"].partition(",")[2])
    assert max(Image.open(io.BytesIO(sent)).size) <= 1280
    blind = [entry for entry in local.server.requests if entry.path == "/api/chat"]
    assert len(blind) == 1
    assert all("images" not in message for message in blind[0].json["messages"])
    page.close()
    encoded = base64.b64encode(sent)[:60]
    for file in app.data.rglob("*"):
        if file.is_file():
            kept = file.read_bytes()
            assert sent[200:260] not in kept, file
            assert encoded not in kept, file
    assert trouble == []


def test_what_is_said_becomes_words_in_the_field(context, house) -> None:
    app, cloud, _ = house
    page: Page = context.new_page()
    page.goto(app.link)
    trouble = steps.watched(page, app)
    steps.open_folder(page, ROOT / "examples" / "sample-shop")
    field = page.locator(".st-key-instruction textarea")
    field.fill("add a worker,")
    field.press("Control+Enter")
    steps.settled(page)
    page.get_by_role("button", name="Record").click()
    expect(page.locator("[data-testid=stAudioInput]")).to_contain_text("00:01")
    page.get_by_role("button", name="Stop recording").click()
    expect(field).to_have_value("add a worker, use Alpine")
    spoken = [entry for entry in cloud.server.requests if entry.path == "/v1/audio/transcriptions"]
    assert len(spoken) == 1
    assert b"WAVE" in spoken[0].body
    assert trouble == []


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "orange").save(out, "PNG")
    return out.getvalue()
