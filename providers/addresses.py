"""Where a vendor's base URL may point: https anywhere public or private, plain http on this machine only, link-local and metadata never."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from providers.errors import ConfigurationError, ConnectionFailed

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses at which clouds hand credentials to whoever asks; those inside 169.254.0.0/16 and fe80::/10 are refused as link-local.
METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "fd00:ec2::254",  # AWS over IPv6
        "100.100.100.200",  # Alibaba Cloud
        "192.0.0.192",  # Oracle Cloud
        "168.63.129.16",  # Azure's wire server
        "fd20:ce::254",  # Google Cloud over IPv6
    )
)
METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"})
NAT64 = ipaddress.ip_network("64:ff9b::/96")
RULE = "use https, or http on this machine only"


def check_base_url(url: str) -> str:
    """Return the URL without a trailing slash; raises ConfigurationError when its form alone shows that it must not be called."""
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https"):
        raise ConfigurationError(f"The base URL must start with https:// ({RULE}).")
    if not host or re.search(r"[\s\\%]", host):
        raise ConfigurationError("The base URL names no valid host.")
    if "@" in parts.netloc:
        raise ConfigurationError("The base URL must not contain a user name or password; enter the key in its own field.")
    if parts.query or parts.fragment:
        raise ConfigurationError("The base URL must not contain ? or #.")
    if host in METADATA_NAMES:
        raise ConfigurationError("The base URL points to a cloud's metadata service, which is never called.")
    address = literal_address(host)
    if address is None and _looks_numeric(host):
        raise ConfigurationError("The base URL's host is an address in an unusual notation; write it as four decimal numbers.")
    if address is not None:
        refusal = refuse_address(address, plain=parts.scheme == "http")
        if refusal:
            raise ConfigurationError(f"The base URL {refusal}.")
    elif parts.scheme == "http" and not _is_local_name(host):
        raise ConfigurationError(f"The base URL {parts.scheme}://{host} is not encrypted: {RULE}.")
    return url.strip().rstrip("/")


async def check_destination(scheme: str, host: str, port: int) -> None:
    """Resolve the host as the connection will; raises ConnectionFailed when one of its addresses must not be called."""
    address = literal_address(host.strip("[]"))
    if address is not None:
        addresses = [address]
    else:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise ConnectionFailed(f"The name {host} could not be resolved.") from None
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for candidate in addresses:
        refusal = refuse_address(candidate, plain=scheme == "http")
        if refusal:
            raise ConnectionFailed(f"{host} was not called: it {refusal}.")


@lru_cache(maxsize=512)
def refuse_address(address: IPAddress, *, plain: bool) -> str:
    """Return why the address must not be called, as the end of a sentence, or an empty string."""
    for form in _unwrapped(address):
        if form.is_link_local or form in METADATA:
            return "points to a link-local or metadata address, which is never called"
        if form.is_unspecified or form.is_multicast or (form.is_reserved and not form.is_loopback):
            return "points to an address that is not a server's"
    if plain and not all(form.is_loopback for form in _unwrapped(address)[-1:]):
        return f"is not encrypted and not on this machine ({RULE})"
    return ""


@lru_cache(maxsize=512)
def literal_address(host: str) -> IPAddress | None:
    """Return the address when the host is written as one in its usual notation, else None."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_loopback_url(url: str) -> bool:
    """Say whether the URL's host is this machine by its name or address."""
    host = (_split(url).hostname or "").rstrip(".").lower()
    address = literal_address(host)
    return address.is_loopback if address is not None else _is_local_name(host)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise ConfigurationError("The base URL is not a valid address.") from None
    return parts


def _is_local_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _looks_numeric(host: str) -> bool:
    """Tell the shorthand forms that resolvers read as addresses: 2130706433, 0x7f.1, 127.1, 0177.0.0.1."""
    return all(re.fullmatch(r"0[xX][0-9a-fA-F]*|[0-9]+", label) for label in host.split("."))


def _unwrapped(address: IPAddress) -> list[IPAddress]:
    """Return the address and the IPv4 addresses it carries inside (mapped, 6to4, Teredo, NAT64)."""
    forms: list[IPAddress] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            forms = [address.ipv4_mapped]  # the mapped form itself is reserved, the address it stands for decides
        if address.sixtofour:
            forms.append(address.sixtofour)
        if address.teredo:
            forms.extend(address.teredo)
        if address in NAT64:
            forms.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return forms
