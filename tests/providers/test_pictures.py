"""Pictures that come with a prompt: who sees them by the real SDKs, who is asked without, and where they must not stay."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from pathlib import Path

import pytest

from providers import vendors
from providers.base import CallOptions, Prompt
from providers.execution.cache import digest
from providers.pictures import MAGIC, MOST_BYTES, TOKENS, Picture, note, sees
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider
from tests.support.vendors.cases import PROMPT, stage

PHOTO = Picture("image/jpeg", MAGIC["image/jpeg"] + b"a whiteboard" * 40)
SCREEN = Picture("image/png", MAGIC["image/png"] + b"a screen")
SEEN = replace(PROMPT, images=(PHOTO, SCREEN))
COLD = CallOptions(temperature=0)


class Seeing(FakeProvider):
    """A scripted member that sees."""

    sees_pictures = True


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize(("vendor", "model"), [("openai", "gpt-4o"), ("gemini", "gemini-2.5-flash"), ("ollama", "llava")])
async def test_the_bytes_arrive_in_the_form_of_the_vendor(vendor: str, model: str, stream: bool, tmp_path: Path) -> None:
    """Behind the text, with their type, unchanged."""
    async with stage(vendor, tmp_path, model=model) as at:

        async def hear(delta: object) -> None:
            pass

        await at.provider.complete(SEEN, CallOptions(deadline=time.monotonic() + 30), hear if stream else None)
        (request,) = [entry for entry in at.server.requests if at.protocol.generates(entry)]
        if vendor == "gemini":
            said, *pictures = request.json["contents"][0]["parts"]
            found = [(_type_of(entry["inlineData"]), _bytes(entry["inlineData"]["data"])) for entry in pictures]
            text = said["text"]
        elif vendor == "openai":
            said, *pictures = request.json["messages"][-1]["content"]
            addresses = [entry["image_url"]["url"] for entry in pictures]
            found = [(entry[5:].partition(";")[0], _bytes(entry.partition(",")[2])) for entry in addresses]
            text = said["text"]
        else:
            message = request.json["messages"][-1]
            found = [(image.media_type, _bytes(data)) for image, data in zip(SEEN.images, message["images"], strict=True)]
            text = message["content"]
        assert text == PROMPT.text
        assert found == [("image/jpeg", PHOTO.data), ("image/png", SCREEN.data)]


async def test_nothing_of_a_picture_reaches_a_vendor_that_does_not_see(tmp_path: Path) -> None:
    """watsonx and a blind local model answer the same question without; the verdict names them."""
    canary = base64.b64encode(PHOTO.data)[:40]
    for vendor, model in (("watsonx", "model-a"), ("ollama", "llama3.1")):
        async with stage(vendor, tmp_path, model=model) as at:
            verdict = await ensemble([at.provider]).run(SEEN)
            bodies = [entry.body for entry in at.server.requests if at.protocol.generates(entry)]
            assert len(bodies) == 1
            assert PROMPT.text.encode() in bodies[0]
            assert canary not in bodies[0]
            assert b"whiteboard" not in bodies[0]
            assert any("without the pictures" in warning and model in warning for warning in verdict.warnings)


async def test_those_who_see_are_told_that_a_picture_is_material_and_the_others_are_not_told_of_one() -> None:
    seeing, blind = Seeing("yes"), FakeProvider("yes")
    verdict = await ensemble([seeing, blind]).run(SEEN)
    (seen, _), (asked, _) = seeing.seen[0], blind.seen[0]
    assert seen.images == SEEN.images
    assert seen.text.endswith(note(2) + "\n")
    assert (asked.images, asked.text) == ((), PROMPT.text)
    (warning,) = [entry for entry in verdict.warnings if "pictures" in entry]
    assert blind.model in warning
    assert seeing.model not in warning


async def test_a_nested_ensemble_passes_pictures_on_with_one_note() -> None:
    seeing = Seeing("yes")
    await ensemble([ensemble([seeing]), FakeProvider("yes")]).run(SEEN)
    assert seeing.seen[0][0].text.count(note(2)) == 1
    assert seeing.seen[0][0].images == SEEN.images


def test_another_picture_is_another_ask() -> None:
    """A kept answer is never given to a question with another picture."""
    kept = {
        digest(FakeProvider(model="m"), b"me", replace(PROMPT, images=images), COLD) for images in ((), (PHOTO,), (SCREEN,), SEEN.images)
    }
    assert len(kept) == 4


def test_an_estimate_counts_pictures_for_those_who_see() -> None:
    seeing, blind = Seeing(vendor="openai", model="gpt-4o"), FakeProvider(vendor="openai", model="gpt-4o")
    dear, cheap = ensemble([seeing, blind]).estimate_cost(SEEN).members
    assert dear.price is not None
    assert dear.cost_usd is not None
    assert cheap.cost_usd is not None
    assert dear.cost_usd - cheap.cost_usd == pytest.approx(2 * TOKENS * 2.5 / 1_000_000)


@pytest.mark.parametrize(
    ("vendor", "model", "seen"),
    [
        ("openai", "gpt-4o", True),
        ("openai", "gpt-4o-mini", True),
        ("openai", "gpt-5.1", True),
        ("openai", "o3", True),
        ("openai", "gpt-4-turbo", True),
        ("openai", "gpt-4", False),
        ("openai", "gpt-3.5-turbo", False),
        ("openai", "gpt-4o-audio-preview", False),
        ("openai", "o1-mini", False),
        ("openai", "Qwen/Qwen2.5-VL-7B-Instruct", True),
        ("gemini", "gemini-2.5-pro", True),
        ("gemini", "gemini-embedding-001", False),
        ("ollama", "llava:13b", True),
        ("ollama", "llama3.2-vision", True),
        ("ollama", "gemma3:12b", True),
        ("ollama", "gemma3:1b", False),
        ("ollama", "llama3.1", False),
        ("watsonx", "meta-llama/llama-3-3-70b-instruct", False),
        ("architect", "lean", False),
    ],
)
def test_who_sees_is_told_by_the_family_of_the_model(vendor: str, model: str, seen: bool) -> None:
    assert sees(vendors.make(vendor, model=model)) is seen


def test_a_picture_is_what_it_says_and_shows_itself_in_no_text() -> None:
    for kind, data in (("image/png", PHOTO.data), ("image/svg+xml", b"<svg/>"), ("image/jpeg", MAGIC["image/jpeg"] + bytes(MOST_BYTES))):
        with pytest.raises(ValueError, match="picture"):
            Picture(kind, data)
    assert "whiteboard" not in repr(SEEN) + str(PHOTO)
    with pytest.raises(ValueError, match="3 pictures"):
        Prompt(text="?", images=(PHOTO,) * 4)


def _bytes(text: str) -> bytes:
    """Both alphabets of base64 are taken by the vendor whose SDK writes the second."""
    return base64.b64decode(text.replace("-", "+").replace("_", "/"))


def _type_of(blob: dict[str, str]) -> str:
    """The SDK writes the field by its other name, which the vendor's format takes too."""
    return blob.get("mimeType") or blob["mime_type"]
