"""The built-in architect as a member: no key, no network, three styles, and the same protocol as the others."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from architect.profile import Profile
from architect.profiler import profile
from architect.request import Request, Target
from artifacts.parse import parse_answer
from providers import vendors
from providers.base import CallOptions, Delta, FinishReason, Prompt, Usage
from providers.errors import BadAnswer, InvalidRequest, ModelNotFound, ProviderError, VendorTimeout
from tests.support.folder_tree import TextTree

STYLES = ("lean", "hardened", "cached")
FILES = {
    "requirements.txt": "flask==3.1.0\ngunicorn==23.0.0\npsycopg[binary]==3.2.3\n",
    ".python-version": "3.12\n",
    "app.py": 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/health")\ndef health():\n    return "ok"\n',
    "Procfile": "web: gunicorn --bind 0.0.0.0:8000 app:app\n",
}


def flask_request() -> Request:
    """Return what the page would ask for a small Flask application."""
    return Request(profile=profile(TextTree(FILES)), targets=(Target("dockerfile"), Target("compose")))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection is a failure."""

    def connect(*_: object) -> None:
        raise AssertionError("the architect used the network")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_each_style_answers_a_request_with_files(style: str, stream: bool) -> None:
    """The answer carries a Dockerfile; the pieces streamed are the answer; tokens are not counted because there are none."""
    provider = vendors.make("architect", model=style)
    pieces: list[Delta] = []

    async def keep(delta: Delta) -> None:
        pieces.append(delta)

    answer = await provider.complete(Prompt(text="", request=flask_request()), CallOptions(), keep if stream else None)
    assert "Dockerfile" in {artifact.path for artifact in parse_answer(answer.text).artifacts}
    assert (answer.model, answer.finish_reason, answer.usage, answer.mean_logprob) == (style, FinishReason.STOP, Usage(), None)
    if stream:
        assert "".join(piece.text for piece in pieces) == answer.text
        assert len(pieces) > 3
        assert answer.first_token_ms is not None


async def test_styles_differ_and_each_is_deterministic() -> None:
    """Three styles give three answers, and each gives the same one again."""
    prompt = Prompt(text="", request=flask_request())
    answers = [[(await vendors.make("architect", model=style).complete(prompt, CallOptions())).text for _ in range(2)] for style in STYLES]
    assert all(first == second for first, second in answers)
    assert len({first for first, _ in answers}) == 3


async def test_free_text_is_refused_with_the_reason() -> None:
    """Without a structured request there is nothing to answer from."""
    with pytest.raises(InvalidRequest, match="structured requests only"):
        await vendors.make("architect").complete(Prompt(text="What is Docker?"), CallOptions())


async def test_unknown_style_names_the_styles() -> None:
    """A style that does not exist lists those that do."""
    with pytest.raises(ModelNotFound, match="lean, hardened, cached"):
        await vendors.make("architect", model="tiny").complete(Prompt(text="", request=flask_request()), CallOptions())


async def test_deadline_in_the_past_is_a_time_out() -> None:
    """The architect keeps the deadline like every member."""
    with pytest.raises(VendorTimeout):
        await vendors.make("architect").complete(Prompt(text="", request=flask_request()), CallOptions(deadline=time.monotonic() - 1))


async def test_rendering_leaves_the_event_loop_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is done in a thread, so that other members' tokens keep flowing."""
    import threading

    from providers.vendors import architect

    threads: list[str] = []

    def render(*_: object) -> str:
        threads.append(threading.current_thread().name)
        return "text\n"

    monkeypatch.setattr(architect, "_render", render)
    await vendors.make("architect").complete(Prompt(text="", request=flask_request()), CallOptions())
    assert threads
    assert threads[0] != threading.current_thread().name


async def test_nothing_to_generate_is_said() -> None:
    """An empty profile gives a clear error rather than an empty success."""
    request = Request(profile=Profile(name="empty"), targets=(Target("dockerfile"),))
    with pytest.raises(ProviderError, match="The architect") as caught:
        await vendors.make("architect").complete(Prompt(text="", request=request), CallOptions())
    assert len(caught.value.message) > 30


async def test_unknown_target_names_the_choices() -> None:
    """A target that nothing draws is the request's fault, in the architect's own words."""
    request = Request(profile=profile(TextTree(FILES)), targets=(Target("paper"),))
    with pytest.raises(InvalidRequest, match="paper"):
        await vendors.make("architect").complete(Prompt(text="", request=request), CallOptions())


async def test_fault_of_the_architect_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug ends this member, not the run, and shows no more than its kind."""
    import architect

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(architect, "render", broken, raising=False)
    with pytest.raises(BadAnswer, match="ZeroDivisionError") as caught:
        await vendors.make("architect").complete(Prompt(text="", request=flask_request()), CallOptions())
    assert "secret" not in caught.value.message
    assert caught.value.__cause__ is None


async def test_models_are_the_styles_and_closing_is_safe() -> None:
    """The styles are listed live like any vendor's models."""
    provider = vendors.make("architect")
    assert await provider.models() == STYLES
    await asyncio.gather(provider.aclose(), provider.aclose())
