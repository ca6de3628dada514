"""Dictation against a local server that speaks OpenAI's /audio/transcriptions: what is sent where, and what of it is believed."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Awaitable, Callable

import pytest

from config import Settings
from providers.errors import BadAnswer, ConfigurationError, ConnectionFailed, InvalidRequest, ProviderError
from providers.transcription import MOST_BYTES, MOST_CHARACTERS, Recogniser, recogniser, transcribe
from tests.support.vendors.server import Exchange, FakeServer

KEY = "sk-canary-0123456789abcdef"
JSON = {"Content-Type": "application/json"}


def recording(seconds: float = 0.1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(int(16_000 * seconds) * 2))
    return out.getvalue()


def answering(status: int, body: object, headers: dict[str, str] = JSON) -> Callable[[Exchange], Awaitable[None]]:
    async def handle(exchange: Exchange) -> None:
        await exchange.send(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())

    return handle


def given(**values: object) -> Settings:
    return Settings.model_construct(**values)  # type: ignore[arg-type]


async def test_a_recording_becomes_one_line_of_words() -> None:
    """It arrives whole with its model and the key, and control characters of the answer do not come through."""
    async with FakeServer(answering(200, {"text": " Use Alpine,\n add a\x1b[31m worker. "})).running() as server:
        words = await transcribe(Recogniser(f"{server.url}/v1", "whisper-1", KEY), recording())
        assert words == "Use Alpine, add a [31m worker."
        (request,) = server.requests
        assert (request.method, request.path) == ("POST", "/v1/audio/transcriptions")
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["content-type"].startswith("multipart/form-data")
        assert recording() in request.body
        assert b'name="model"\r\n\r\nwhisper-1' in request.body


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (200, {"text": "  "}, JSON, BadAnswer),
        (200, {"words": "hello"}, JSON, BadAnswer),
        (200, b"{", JSON, BadAnswer),
        (200, b"<html>", {"Content-Type": "text/html"}, BadAnswer),
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}."}}, JSON, InvalidRequest),
        (302, b"", {"Location": "http://127.0.0.1:1/"}, ConnectionFailed),
    ],
    ids=["silence", "another shape", "no JSON", "a page", "refused", "redirected"],
)
async def test_what_is_no_answer_becomes_a_sentence_that_knows_no_key(
    status: int, body: object, headers: dict[str, str], expected: type[ProviderError]
) -> None:
    async with FakeServer(answering(status, body, headers)).running() as server:
        with pytest.raises(expected) as caught:
            await transcribe(Recogniser(server.url, "whisper-1", KEY), recording())
        assert KEY not in str(caught.value) + repr(caught.value)
        assert len(server.requests) == 1


async def test_a_long_answer_is_cut_and_what_is_no_recording_is_not_sent() -> None:
    async with FakeServer(answering(200, {"text": "word " * 5_000})).running() as server:
        to = Recogniser(server.url, "whisper-1")
        assert len(await transcribe(to, recording())) <= MOST_CHARACTERS
        for audio in (b"", b"ID3 an mp3", recording()[:40].ljust(MOST_BYTES + 1, b"\0")):
            with pytest.raises(InvalidRequest):
                await transcribe(to, audio)
        assert len(server.requests) == 1
        assert "authorization" not in server.requests[0].headers


async def test_an_address_that_must_not_be_called_is_refused_at_the_setting_and_at_the_connection() -> None:
    for url in ("http://169.254.169.254/v1", "http://10.0.0.5/v1", "ftp://127.0.0.1", "http://metadata.google.internal"):
        with pytest.raises(ConfigurationError):
            recogniser(given(transcription_base_url=url))
    with pytest.raises(ConnectionFailed):
        await transcribe(Recogniser("http://169.254.169.254", "m"), recording())


def test_the_key_goes_to_its_own_address_only() -> None:
    """The operator's recogniser gets its own key or none; OpenAI's key goes to OpenAI, never to a compatible server's recogniser."""
    own = recogniser(given(transcription_base_url="http://127.0.0.1:9/v1", openai_api_key=KEY))
    assert own is not None
    assert (own.base_url, own.key) == ("http://127.0.0.1:9/v1", "")
    assert recogniser(given()) is None
    assert recogniser(given(openai_api_key=KEY, openai_base_url="http://127.0.0.1:9/v1")) is None
    openai = recogniser(given(), {"openai": {"api_key": KEY}})
    assert openai is not None
    assert openai.base_url == "https://api.openai.com/v1"
    assert KEY not in repr(openai)
