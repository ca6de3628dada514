"""What settings mean for safety: those of a repository that would run programs refuse it; of the user's own a few are passed on."""

from __future__ import annotations

import re
from dataclasses import dataclass

Pair = tuple[str, str]

# A setting's whole name -> whatever its value.
_NAMES = re.compile(
    r"""core\.(?:sshcommand|pager|editor|askpass|gitproxy|alternaterefscommand)
    | sequence\.editor | diff\.external | diff\..*\.(?:command|textconv) | merge\..*\.driver
    | remote\..*\.(?:uploadpack|receivepack|vcs|proxy|proxyauthmethod)
    | gpg\.program | gpg\..*\.program | gpg\.ssh\.defaultkeycommand
    | trailer\..*\.(?:command|cmd) | credential\.(?:.*\.)?helper | fetch\.bundleuri
    """,
    re.VERBOSE | re.DOTALL,
)
# Sections of which nothing is needed here and much runs a program or leads elsewhere.
_SECTIONS = frozenset(
    [
        "alias",
        "include",
        "includeif",
        "filter",
        "difftool",
        "mergetool",
        "guitool",
        "man",
        "browser",
        "web",
        "instaweb",
        "sendemail",
        "imap",
        "uploadpack",
        "url",
        "interactive",
        "protocol",
        "hook",
        "bundle",
        "safe",
        "svn-remote",
        "gitcvs",
    ]
)
# Of these sections a value that is not a plain yes or no names a program.
_SWITCHES = re.compile(r"core\.fsmonitor|pager\..*", re.DOTALL)
_YES_OR_NO = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1"})
# Of the settings for HTTP these change speed and size only; any other could lead around the check of certificates.
_HTTP = frozenset(["http.postbuffer", "http.version", "http.lowspeedlimit", "http.lowspeedtime", "http.maxrequests", "http.extraheader"])
_HTTP_OF_SITE = re.compile(r"http\..*\.(?:postbuffer|extraheader|version)", re.DOTALL)

# Of the user's own settings: who they are, how they sign in, and how their network is reached.
_OWN = re.compile(
    r"""user\.(?:name|email) | init\.defaultbranch | core\.(?:excludesfile|sshcommand)
    | credential\..* | url\..*\.(?:push)?insteadof | http\..*""",
    re.VERBOSE | re.DOTALL,
)

HARDENED: tuple[Pair, ...] = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("sequence.editor", "false"),
    ("core.askPass", ""),
    ("credential.helper", ""),
    ("protocol.allow", "never"),
    ("protocol.https.allow", "always"),
    ("protocol.ssh.allow", "always"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("tag.forceSignAnnotated", "false"),
    ("push.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("merge.verifySignatures", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("diff.ignoreSubmodules", "all"),
    ("status.submoduleSummary", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("safe.bareRepository", "explicit"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("core.quotePath", "false"),
    ("core.attributesFile", "/dev/null"),
    ("color.ui", "false"),
    ("column.ui", "never"),
    ("http.sslVerify", "true"),
    ("rerere.enabled", "false"),
    ("merge.autoStash", "false"),
)
"""Set above everything a repository says, for every call."""


@dataclass(frozen=True, slots=True)
class UserSettings:
    """The user's own settings that are passed on; `network` are those that are given to calls over a network alone."""

    name: str = ""
    email: str = ""
    branch: str = "main"
    excludes: str = ""
    ssh: str = ""
    network: tuple[Pair, ...] = ()


def parse(text: str) -> tuple[Pair, ...]:
    """Read what `git config --list -z` says: a name and a value an entry; a name alone means yes."""
    pairs = (entry.partition("\n") for entry in text.split("\0") if entry)
    return tuple((name, value if sign else "true") for name, sign, value in pairs)


def runs_programs(name: str, value: str) -> bool:
    """Tell whether a repository's setting could make Git run a program, read another file of settings, or reach another place."""
    section, _, rest = name.partition(".")
    key = f"{section.lower()}.{_key_lowered(rest)}"
    if section.lower() in _SECTIONS or _NAMES.fullmatch(key):
        return True
    if _SWITCHES.fullmatch(key):
        return value.strip().lower() not in _YES_OR_NO
    if key.startswith("submodule.") and key.endswith(".update"):
        return value.lstrip().startswith("!")
    return key.startswith("http.") and key not in _HTTP and not _HTTP_OF_SITE.fullmatch(key)


def refused(pairs: tuple[Pair, ...]) -> tuple[str, ...]:
    """Return the names of the settings that refuse a repository, each once."""
    return tuple(dict.fromkeys(name for name, value in pairs if runs_programs(name, value)))


def own(pairs: tuple[Pair, ...]) -> UserSettings:
    """Pick from the user's own settings what is passed on."""
    last = {name.lower(): value for name, value in pairs}
    network = tuple(
        (name, value) for name, value in pairs if _OWN.fullmatch(name.lower()) and name.lower().startswith(("cred", "url", "http"))
    )
    return UserSettings(
        name=last.get("user.name", ""),
        email=last.get("user.email", ""),
        branch=last.get("init.defaultbranch", "main"),
        excludes=last.get("core.excludesfile", ""),
        ssh=last.get("core.sshcommand", ""),
        network=network,
    )


def _key_lowered(rest: str) -> str:
    """Lower the last part of a name; what lies between keeps its case, as in Git."""
    between, dot, key = rest.rpartition(".")
    return f"{between}{dot}{key.lower()}"
