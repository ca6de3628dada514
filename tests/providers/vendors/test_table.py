"""The table of vendors: complete, found by every name, made and judged without network or SDK."""

from __future__ import annotations

import subprocess
import sys
from asyncio import Semaphore, gather
from pathlib import Path
from time import monotonic

import pytest

from config import Settings
from providers import vendors
from providers.base import CallOptions, Prompt
from providers.errors import ConfigurationError
from providers.vendor import Connection
from tests.support.vendors.cases import ask, stage


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]


def test_every_file_is_in_the_table() -> None:
    """A vendor is a file named by its id and a line in the table."""
    folder = Path(vendors.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert files == {spec.id for spec in vendors.VENDORS}
    assert len({spec.id for spec in vendors.VENDORS}) == len(vendors.VENDORS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai", "openai"),
        ("OpenAI (GPT-4)", "openai"),
        ("Google (Gemini)", "gemini"),
        ("google (gemini)", "gemini"),
        ("IBM watsonx", "watsonx"),
        ("Local (Ollama)", "ollama"),
        (" Ollama ", "ollama"),
        ("architect", "architect"),
    ],
)
def test_vendor_is_found_by_id_label_and_alias(name: str, expected: str) -> None:
    """Names are read as people write them."""
    assert vendors.find(name).id == expected


def test_unknown_vendor_names_the_choices() -> None:
    """The error lists every vendor with id and label."""
    with pytest.raises(ConfigurationError) as caught:
        vendors.find("openia")
    for spec in vendors.VENDORS:
        assert f"{spec.id} ({spec.label})" in caught.value.message


def test_unknown_option_names_the_choices() -> None:
    """A misspelt configuration value is not ignored."""
    with pytest.raises(ConfigurationError, match="api_key, base_url"):
        vendors.make("openai", config={"apikey": "x"})


def test_call_parameters_may_stand_beside_the_connection() -> None:
    """A member's temperature in its configuration is no error here."""
    vendors.make("openai", config={"api_key": "x", "temperature": 0.1})


def test_importing_and_making_loads_no_sdk() -> None:
    """Start-up stays fast: no SDK is imported before a member's first call."""
    code = (
        "import sys; from providers import vendors\n"
        "for spec in vendors.VENDORS: spec.make(model='', config={}, settings=None)\n"
        "vendors.availability(None, {})\n"
        "names = ('openai', 'google.genai', 'ibm_watsonx_ai', 'ollama', 'httpx', 'httpx2', 'aiohttp')\n"
        "print([name for name in names if name in sys.modules])"
    )
    root = Path(vendors.__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert result.stdout.strip() == "[]"


def test_fresh_machine_has_the_architect_alone() -> None:
    """With nothing set, each vendor says which variable is missing and where to enter it; the architect is ready."""
    by_id = {entry.vendor: entry for entry in vendors.availability(settings(), {})}
    assert [name for name, entry in by_id.items() if entry.ready] == ["architect"]
    assert "OPENAI_API_KEY" in by_id["openai"].sentence
    assert "GEMINI_API_KEY" in by_id["gemini"].sentence
    assert "WATSONX_API_KEY and WATSONX_PROJECT_ID" in by_id["watsonx"].sentence
    assert "OLLAMA_HOST" in by_id["ollama"].sentence
    assert all("Settings page" in entry.sentence for entry in by_id.values() if not entry.ready)


def test_keys_of_server_and_session_make_ready() -> None:
    """A key from either place is enough, and no sentence shows it."""
    entries = vendors.availability(settings(openai_api_key="sk-server-1"), {"gemini": {"api_key": "AIza-session-1"}})
    ready = {entry.vendor for entry in entries if entry.ready}
    assert ready == {"openai", "gemini", "architect"}
    assert not any("server-1" in entry.sentence or "session-1" in entry.sentence for entry in entries)


def test_compatible_server_needs_no_key() -> None:
    """A base URL of one's own may be a server without keys; OpenAI itself is not."""
    spec = vendors.find("openai")
    assert spec.ready(settings(openai_base_url="http://127.0.0.1:8080/v1")).ready
    assert not spec.ready(settings()).ready


def test_bad_base_url_is_not_ready_and_says_why() -> None:
    """The sidebar shows the reason instead of a stack trace."""
    entry = vendors.find("openai").ready(settings(openai_base_url="http://10.0.0.1/v1"))
    assert not entry.ready
    assert "not encrypted" in entry.sentence


def test_servers_key_never_goes_to_an_address_the_user_chose() -> None:
    """Whoever chooses where a call goes brings the key for it."""
    spec = vendors.find("openai")
    own = settings(openai_api_key="sk-of-the-server", openai_base_url="https://gateway.example/v1")
    assert spec.connection({}, own)["api_key"] == "sk-of-the-server"
    assert spec.connection({"base_url": "https://gateway.example/v1/"}, own)["api_key"] == "sk-of-the-server"
    assert spec.connection({"base_url": "https://evil.example/v1"}, own)["api_key"] == ""
    watsonx = vendors.find("watsonx")
    server = settings(watsonx_api_key="k", watsonx_project_id="p")
    assert watsonx.connection({"auth_url": "https://evil.example/token"}, server)["api_key"] == ""


def test_session_value_goes_before_the_servers() -> None:
    """A user's own key is used for the user's own calls."""
    spec = vendors.find("gemini")
    assert spec.connection({"api_key": "mine"}, settings(gemini_api_key="theirs"))["api_key"] == "mine"


def test_page_cannot_name_a_file_of_the_server() -> None:
    """The file of a certificate authority is the operator's to set."""
    with pytest.raises(ConfigurationError, match="ca_file"):
        vendors.make("watsonx", config={"ca_file": "/etc/shadow"})


@pytest.mark.parametrize("key", ["a\nb", "schlüssel", "tab\tkey"])
def test_key_that_cannot_be_sent_is_refused_at_once(key: str) -> None:
    """A key copied with a line end or a foreign letter is told apart from a wrong key, without repeating it."""
    with pytest.raises(ConfigurationError) as caught:
        vendors.make("openai", config={"api_key": key})
    assert key not in caught.value.message


def test_connection_shows_no_value() -> None:
    """The text form of a connection can be logged."""
    assert "secret" not in repr(Connection(values={"api_key": "secret"}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("localhost:8080", "http://localhost:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("http://localhost:11434/", "http://localhost:11434"),
        ("https://models.example", "https://models.example"),
    ],
)
def test_ollama_host_is_read_as_people_write_it(written: str, meant: str) -> None:
    """The short forms that Ollama's own variable takes mean the same here."""
    assert vendors.find("ollama").connection({}, settings(ollama_host=written))["base_url"] == meant


async def test_probe_tells_ready_refused_and_unreachable(tmp_path: Path) -> None:
    """One cheap call tells a working vendor from a wrong key and from nobody there."""
    async with stage("openai", tmp_path) as at:
        assert (await vendors.probe(at.provider)).sentence == "Ready: the vendor answers."
        at.protocol.models = ("other",)
        assert "does not list model-a" in (await vendors.probe(at.provider)).sentence
    gone = await vendors.probe(at.provider)
    await at.provider.aclose()
    assert not gone.ready
    assert "unreachable" in gone.sentence
    missing = await vendors.probe(vendors.make("gemini"))
    assert "GEMINI_API_KEY" in missing.sentence


async def test_two_keys_never_meet(tmp_path: Path) -> None:
    """Two providers of one vendor with different keys: each request carries its own, over connections of its own."""
    async with stage("openai", tmp_path) as at:
        base = at.server.url + "/v1"
        first, second = (vendors.make("openai", model="m", config={"api_key": key, "base_url": base}) for key in ("key-one", "key-two"))
        await ask(first, stream=False)
        await ask(second, stream=False)
        sent = [request.headers["authorization"] for request in at.server.requests]
        assert sent == ["Bearer key-one", "Bearer key-two"]
        assert at.server.connections == 2
        await first.aclose()
        await second.aclose()


async def test_of_a_thousand_interleaved_calls_of_two_browsers_none_carries_the_others_key(tmp_path: Path) -> None:
    """Each user's word stands in the prompt and each user's key in the header: both must always be the same one's."""
    users = ("ann", "bob")
    async with stage("openai", tmp_path) as at:
        config = {user: {"api_key": f"key-of-{user}", "base_url": at.server.url + "/v1"} for user in users}
        providers = {user: vendors.make("openai", model="m", config=config[user]) for user in users}
        rounds = Semaphore(16)

        async def call(user: str, number: int) -> None:
            async with rounds:
                await providers[user].complete(Prompt(text=f"word-of-{user} {number}"), CallOptions(deadline=monotonic() + 60))

        await gather(*(call(user, number) for number in range(500) for user in users))
        sent = [(request.headers["authorization"], request.body.decode()) for request in at.server.requests]
        assert len(sent) == 1_000
        assert [key for key, body in sent if f"word-of-{key.removeprefix('Bearer key-of-')}" not in body] == []
        for provider in providers.values():
            await provider.aclose()
