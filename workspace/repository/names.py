"""Names and addresses before Git sees them: branches, tags, remotes and URLs that are more than they seem are refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from workspace.errors import InvalidName
from workspace.paths import shown

MOST = 200
_REF = re.compile(r"[A-Za-z0-9\u00c0-\uffef_][^\x00-\x20\x7f~^:?*\[\\]*")
_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,99}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_PATH = re.compile(r"[^\x00-\x20\x7f\\]{1,1000}")
_SCP = re.compile(r"(?:([^@/:]+)@)?([^@/:\[\]]+):(?!/{2})(.+)")


@dataclass(frozen=True, slots=True)
class Address:
    """A remote's address: as Git is given it, its scheme, host and path, and as it may be shown (without a password)."""

    url: str
    scheme: str
    host: str
    path: str
    shown: str


def is_address(text: str) -> bool:
    """Tell whether a text is meant as a remote's address and not as a folder's path; whether it is a good one, `address` says."""
    url = text.strip()
    return "://" in url or (not url.startswith(("/", "~", ".")) and "\\" not in url and _SCP.fullmatch(url) is not None)


def branch_name(text: str) -> str:
    """Return a branch's or tag's name that may be made. Raises InvalidName, saying what is wrong with it.

    The rules are those of git check-ref-format, and stricter: no leading dash or dot, no name that Git reads as something else.
    """
    name = text.strip()
    wrong = ""
    if not name:
        wrong = "it is empty"
    elif len(name.encode("utf-8", "replace")) > MOST:
        wrong = f"it is longer than {MOST} bytes"
    elif not _REF.fullmatch(name) or not name.isprintable():
        wrong = "it begins with, or holds, a character that names cannot have (a space, ~ ^ : ? * [ \\ or a leading dash or dot)"
    elif ".." in name or "@{" in name or "//" in name or name.endswith(("/", ".")):
        wrong = "it holds '..', '@{' or '//', or ends with '/' or '.'"
    elif any(part.startswith(".") or part.endswith(".lock") or part.startswith("-") for part in name.split("/")):
        wrong = "a part of it begins with a dot or dash, or ends with '.lock'"
    elif (
        name.upper() in ("HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "@")
        or name.startswith("refs/")
        or re.fullmatch(r"[0-9a-f]{40}", name)
    ):
        wrong = "Git reads it as something else"
    if wrong:
        raise InvalidName(f"{shown(text)} cannot be a branch's or tag's name: {wrong}. Use letters, digits, '-', '_' and '/'.")
    return name


def remote_name(text: str) -> str:
    """Return a remote's name as it may stand in a command. Raises InvalidName."""
    if not _REMOTE.fullmatch(text) or ".." in text or text.endswith(".lock"):
        raise InvalidName(f"{shown(text)} is not a remote's name. Remotes are named with letters, digits, '.', '_' and '-', like origin.")
    return text


def address(text: str, *, new: bool = False) -> Address:
    """Read a remote's address: https, ssh (also as user@host:path), and http for a server on this machine. Raises InvalidName.

    A `new` one may hold no password, which Git would write into the repository's settings in clear text.
    """
    url = text.strip()
    if not url or not url.isprintable() or url.startswith("-") or len(url) > 1_000 or "::" in url.partition("?")[0].partition("/")[0]:
        raise InvalidName(_refused(text, "it is empty, too long, or not an address"))
    if "://" not in url:
        return _scp(text, url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidName(_refused(text, "its host or port cannot be read")) from error
    scheme = parts.scheme.lower()
    bracketed = f"[{host}]" if ":" in host else host
    if scheme not in ("https", "ssh", "http"):
        raise InvalidName(_refused(text, f"the scheme '{scheme}' is not used"))
    if not _HOST.fullmatch(bracketed) or not _PATH.fullmatch(parts.path or "/") or "\\" in url or parts.query or parts.fragment:
        raise InvalidName(_refused(text, "its host or path holds characters that addresses of repositories do not have"))
    if parts.path.strip("/") == "" or parts.path.lstrip("/").startswith("-"):
        raise InvalidName(_refused(text, "it names no repository"))
    if scheme == "http" and not _is_loopback(host):
        raise InvalidName(_refused(text, "plain http is used for a server on this machine only"))
    if parts.username is not None and not _USER.fullmatch(parts.username) and (new or parts.username.startswith("-")):
        raise InvalidName(_refused(text, "the user's name in it is not a plain one"))
    if parts.password is not None and (new or scheme == "ssh"):
        raise InvalidName(_refused(_masked(url), "it holds a password. Leave it out; Git's credential helper asks for it and keeps it"))
    place = f"{bracketed}:{port}" if port else bracketed
    return Address(url, scheme, host, parts.path.strip("/"), f"{scheme}://{place}{parts.path}")


def _scp(text: str, url: str) -> Address:
    found = _SCP.fullmatch(url)
    if not found or (found[1] and not _USER.fullmatch(found[1])) or not _HOST.fullmatch(found[2]) or not _PATH.fullmatch(found[3]):
        raise InvalidName(_refused(text, "it is neither https://..., ssh://... nor user@host:path"))
    if found[3].startswith("-") or len(found[2]) == 1:
        raise InvalidName(_refused(text, "its path or host is not one of a repository"))
    return Address(url, "ssh", found[2], found[3].strip("/"), url)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _masked(url: str) -> str:
    return re.sub(r"(://[^:@/]*):[^@/]*@", r"\1:…@", url)


def _refused(text: str, why: str) -> str:
    return (
        f"{shown(_masked(text.strip()))} is not used as an address: {why}. "
        "Give one like https://github.com/you/project.git or git@host:you/project.git."
    )
