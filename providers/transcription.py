"""Spoken words to text by an OpenAI-compatible recogniser: where one is set up, and one call to it behind the guard of every vendor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from config import Settings
from providers.addresses import check_base_url
from providers.errors import BadAnswer, ConfigurationError, ConnectionFailed, InvalidRequest, ProviderError, VendorTimeout
from providers.http import CONNECT_SECONDS, Guard, HttpFailure, tls_context
from providers.redaction import safe_sentence
from providers.vendors import find

LABEL = "The recogniser"
MOST_BYTES = 5 * 1024 * 1024
"""About two and a half minutes as a browser records them."""
MOST_CHARACTERS = 4_000
SECONDS = 45.0
HOW = (
    "No recogniser is set up, so the page offers no dictation. Set TRANSCRIPTION_BASE_URL (any server with OpenAI's /audio/transcriptions; "
    "https, or http on this machine), or enter an OpenAI key."
)


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Where speech goes. Its text form shows no key."""

    base_url: str
    model: str
    key: str = field(default="", repr=False)


def recogniser(settings: Settings, configs: Mapping[str, Mapping[str, object]] | None = None) -> Recogniser | None:
    """Return the operator's recogniser, else OpenAI itself where a key for it is there, else None.

    Raises ConfigurationError where TRANSCRIPTION_BASE_URL is an address that must not be called.
    """
    key = settings.transcription_api_key.get_secret_value() if settings.transcription_api_key else ""
    if settings.transcription_base_url:
        return Recogniser(check_base_url(settings.transcription_base_url), settings.transcription_model, key)
    try:
        connection = find("openai").connection((configs or {}).get("openai", {}), settings)
    except ConfigurationError:
        return None
    if connection.own_base_url or not connection["api_key"]:
        return None  # a compatible server may not have it, and its key is for that server
    return Recogniser(connection["base_url"], settings.transcription_model, connection["api_key"])


async def transcribe(to: Recogniser, audio: bytes) -> str:
    """Return what was said in a WAV recording, as one line; raises a ProviderError."""
    if len(audio) > MOST_BYTES:
        raise InvalidRequest("The recording is too long: about two and a half minutes are taken. Say it in parts.")
    if audio[:4] != b"RIFF" or audio[8:12] != b"WAVE":
        raise InvalidRequest("The recording is no WAV sound, which is what a browser makes of a microphone.")
    failure: ProviderError
    try:
        async with asyncio.timeout(SECONDS):
            return _clean(await _ask(to, audio))
    except TimeoutError:
        failure = VendorTimeout(f"{LABEL} gave no answer within {SECONDS:.0f} s.")
    except HttpFailure as problem:
        said = safe_sentence(problem.message, (to.key,) if to.key else ())
        failure = InvalidRequest(f"{LABEL} refused ({problem.status}){f': {said}' if said else ''}.", status=problem.status)
    except ProviderError as problem:
        failure = problem
    raise failure from None


async def _ask(to: Recogniser, audio: bytes) -> object:
    import httpx2

    guard = Guard(label=LABEL, origins=(to.base_url,), headers={"authorization": f"Bearer {to.key}" if to.key else ""})
    async with httpx2.AsyncClient(
        verify=tls_context(),
        timeout=httpx2.Timeout(SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        event_hooks=guard.hooks(),
    ) as client:
        try:
            response = await client.post(
                f"{to.base_url}/audio/transcriptions",
                data={"model": to.model, "response_format": "json"},
                files={"file": ("speech.wav", audio, "audio/wav")},
            )
            answer: object = response.json()
        except httpx2.HTTPError:
            raise ConnectionFailed(f"{LABEL} cannot be reached.") from None
        except ValueError:
            raise BadAnswer(f"{LABEL} answered with something that is no JSON.") from None
        return answer


def _clean(answer: object) -> str:
    text = answer.get("text") if isinstance(answer, dict) else None
    if not isinstance(text, str):
        raise BadAnswer(f"{LABEL} answered without a text.")
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if not line:
        raise BadAnswer(f"{LABEL} heard no words. Speak closer to the microphone, or type.")
    return line[:MOST_CHARACTERS]
