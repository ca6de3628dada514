"""The adapters against a server that others wrote: chat, streams, usage and errors through each vendor's own SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from config import Settings
from providers import vendors
from providers.base import CallOptions, Delta, Provider
from providers.base import Prompt as Question
from providers.errors import AuthenticationFailed, BadAnswer, ModelNotFound, ProviderError, RateLimited, VendorUnavailable
from tests.support.aimock import Aimock

HELLO = "Hello from a program that is not ours, in several pieces."
CONFIGS = {
    "openai": ("gpt-4o", {"api_key": "sk-test", "base_url": "{url}/v1"}),
    "gemini": ("gemini-2.5-flash", {"api_key": "test-key", "base_url": "{url}"}),
    "ollama": ("llama3.1", {"base_url": "{url}"}),
}
each_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@pytest.fixture(scope="module")
def aimock() -> Iterator[Aimock]:
    server = Aimock()
    yield server
    server.close()


@pytest.fixture(params=CONFIGS)
async def provider(request: pytest.FixtureRequest, aimock: Aimock) -> AsyncIterator[Provider]:
    model, config = CONFIGS[request.param]
    values = {name: value.format(url=aimock.url) for name, value in config.items()}
    made = vendors.make(request.param, model=model, config=values, settings=Settings(_env_file=None))
    yield made
    await made.aclose()


async def ask(provider: Provider, text: str, stream: bool):
    pieces: list[str] = []

    async def hear(delta: Delta) -> None:
        pieces.append(delta.text)

    answer = await provider.complete(Question(text=text), CallOptions(temperature=0.2), hear if stream else None)
    return answer, pieces


@each_mode
async def test_an_answer_comes_whole_and_in_pieces_with_what_the_vendor_counts(provider: Provider, stream: bool) -> None:
    answer, pieces = await ask(provider, "Please say hello", stream)
    assert answer.text == HELLO
    assert (len(pieces) > 1, "".join(pieces)) == ((True, HELLO) if stream else (False, ""))
    assert answer.usage.output_tokens is not None
    assert answer.model


@each_mode
@pytest.mark.parametrize(
    ("text", "error", "status"),
    [
        ("wrong key", AuthenticationFailed, 401),
        ("no such model", ModelNotFound, 404),
        ("too often", RateLimited, 429),
        ("break down", VendorUnavailable, 500),
    ],
)
async def test_an_error_is_the_one_of_our_tree(
    provider: Provider, stream: bool, text: str, error: type[ProviderError], status: int
) -> None:
    with pytest.raises(error) as raised:
        await ask(provider, text, stream)
    assert raised.value.status == status
    assert raised.value.retry_after == (7.0 if status == 429 else None)


# its Ollama says "stop" whatever it is told, so that vendor is tried against our own fake alone
@pytest.mark.parametrize("provider", ["openai", "gemini"], indirect=True)
@each_mode
async def test_an_answer_that_was_cut_off_is_an_error(provider: Provider, stream: bool) -> None:
    with pytest.raises(BadAnswer, match="token limit"):
        await ask(provider, "cut it short", stream)
