"""Where a base URL may point: the forms that are refused by sight, and the addresses that are refused at connect (SECURITY 32)."""

from __future__ import annotations

import asyncio
import socket

import pytest

from providers import vendors
from providers.addresses import check_base_url, check_destination, is_loopback_url
from providers.base import CallOptions, Prompt
from providers.errors import ConfigurationError, ConnectionFailed, ProviderError

FORGED = (
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/latest/meta-data",
    "http://[fe80::1]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://100.100.100.200/",
    "https://192.0.0.192/",
    "https://168.63.129.16/",
    "http://metadata.google.internal/computeMetadata/v1",
    "https://metadata.google.internal./",
    "https://metadata/",
    "http://10.0.0.5/v1",
    "http://172.16.0.1/v1",
    "http://192.168.1.1/v1",
    "http://[fd12::1]/v1",
    "http://8.8.8.8/v1",
    "http://example.org/v1",
    "http://0.0.0.0:8000/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[ff02::1]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://0177.0.0.1/",
    "https://2852039166/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://user:secret@127.0.0.1/v1",
    "http://127.0.0.1@evil.example/v1",
    "http://127.0.0.1\\@evil.example/",
    "http://localhost.evil.example/v1",
    "http://evil-localhost/v1",
    "ftp://127.0.0.1/v1",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "//127.0.0.1/v1",
    "https://exa mple.org/v1",
    "https://127.0.0.1:99999/v1",
    "https://api.example.org/v1?x=1",
    "https://api.example.org/v1#x",
    "https://",
    "",
)
GOOD = (
    "https://api.openai.com/v1",
    "https://10.0.0.5/v1",
    "https://models.intern.example:8443/v1/",
    "http://127.0.0.1:11434",
    "http://127.8.9.1:1/v1",
    "http://localhost:8000/v1",
    "http://models.localhost/v1",
    "http://[::1]:8000/v1",
    "http://[::ffff:127.0.0.1]:8000/v1",
)
NAMES = {
    "rebound.example": "169.254.169.254",
    "alibaba.example": "100.100.100.200",
    "six.example": "fe80::1%eth0",
    "any.example": "0.0.0.0",
    "mapped.example": "::ffff:169.254.169.254",
}


@pytest.mark.parametrize("url", FORGED)
def test_forged_base_url_is_refused_by_sight(url: str) -> None:
    """The URL is refused before anything is made of it, in a sentence that does not repeat credentials."""
    with pytest.raises(ConfigurationError) as caught:
        check_base_url(url)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("url", GOOD)
def test_good_base_url_is_kept(url: str) -> None:
    """https anywhere and http on this machine are accepted, without the last slash."""
    assert check_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize("name", NAMES)
async def test_name_that_resolves_to_a_forbidden_address_is_not_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is where the name leads when the connection is made."""
    _resolve(monkeypatch, NAMES[name])
    with pytest.raises(ConnectionFailed, match="was not called"):
        await check_destination("https", name, 443)


async def test_local_name_that_leads_elsewhere_is_not_called_in_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even `localhost` is called without encryption only while it is this machine."""
    _resolve(monkeypatch, "10.1.2.3")
    with pytest.raises(ConnectionFailed, match="not encrypted"):
        await check_destination("http", "localhost", 80)


async def test_one_forbidden_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection would choose, so all of a name's addresses must be allowed."""
    _resolve(monkeypatch, "93.184.216.34", "169.254.169.254")
    with pytest.raises(ConnectionFailed):
        await check_destination("https", "two.example", 443)


async def test_unknown_name_is_a_clear_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve says so."""

    async def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
    with pytest.raises(ConnectionFailed, match="could not be resolved"):
        await check_destination("https", "nowhere.example", 443)


@pytest.mark.parametrize("vendor", ["openai", "gemini", "ollama", "watsonx"])
async def test_no_vendor_connects_to_a_forged_url(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over all forged URLs and names, through every SDK: 0 connections."""
    loop = asyncio.get_running_loop()
    connects: list[object] = []

    async def connect(sock: object, address: object) -> None:
        connects.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(loop, "sock_connect", connect)
    addresses = iter(NAMES.values())
    for url in (*FORGED, *(f"https://{name}/v1" for name in NAMES)):
        if vendor == "ollama" and ("//0.0.0.0" in url or "//[::]" in url):
            continue  # what OLLAMA_HOST says when the server listens everywhere: read as this machine
        if any(name in url for name in NAMES):
            _resolve(monkeypatch, next(addresses))
        try:
            provider = vendors.make(vendor, model="m", config=_config(vendor, url))
        except ConfigurationError:
            continue
        with pytest.raises(ProviderError):
            await provider.complete(Prompt(text="hi"), CallOptions())
        await provider.aclose()
    assert connects == []


def test_loopback_is_told_from_the_rest() -> None:
    """Only this machine's names and addresses count as local."""
    assert is_loopback_url("http://localhost:1")
    assert is_loopback_url("http://127.0.0.1:1")
    assert not is_loopback_url("https://localhost.example")


def _config(vendor: str, url: str) -> dict[str, object]:
    config: dict[str, object] = {"api_key": "key-of-ours", "base_url": url}
    if vendor == "watsonx":
        config |= {"project_id": "p", "auth_url": url or "https://169.254.169.254/"}
    if not url:
        config["base_url"] = "http://"
    return config


def _resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
