"""Why a build failed: the files' own fault, or something this machine could not give, which proves nothing about the files."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The registry was reached and said that there is no such image: that is the Dockerfile's fault.
_NO_SUCH_IMAGE = re.compile(
    r"manifest unknown|manifest for \S+ not found|not found: manifest|: not found$|name unknown|repository does not exist", re.I | re.M
)
_NO_NETWORK = re.compile(
    r"temporary failure (?:in name resolution|resolving)|could not resolve host|no such host|network is unreachable|connection refused|"
    r"connection timed out|i/o timeout|tls handshake timeout|enotfound|eai_again|econnrefused|etimedout|"
    r"failed to establish a new connection|name or service not known|could not connect to|dial tcp|connection reset by peer",
    re.I,
)
_NO_TRUST = re.compile(
    r"certificate_verify_failed|certificate verify failed|unable to get local issuer certificate|self[- ]signed certificate|"
    r"x509: certificate signed by unknown authority|server certificate verification failed",
    re.I,
)
# A host's name in the words of Python, Node.js, Go and Rust for one that could not be found; one label alone is a neighbour's name.
_HOST = r"([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})"
_OUTSIDE = re.compile(
    rf"host='{_HOST}'|resolve '{_HOST}'|(?:enotfound|eai_again) {_HOST}|\blookup {_HOST}|url \(https?://{_HOST}[:/)]", re.I
)
_UNFOUND = re.compile(
    r"name resolution|failed to resolve|enotfound|eai_again|no such host|dial tcp|dns error|name or service not known", re.I
)
_INSIDE = (".local", ".internal", ".localdomain", ".test", ".example")
_REGISTRY_DENIES = re.compile(r"toomanyrequests|rate limit|unauthorized|authentication required|access denied|denied:|403 forbidden", re.I)
_NO_PLACE_TO_LOOK = re.compile(r"short-name .* did not resolve|no unqualified-search registries", re.I)
_DISK_FULL = re.compile(r"no space left on device", re.I)
_OWN_FAULT = re.compile(
    r"modulenotfounderror|importerror|cannot find module|err_module_not_found|syntaxerror|command not found|no such file or directory|"
    r"permission denied|listens on \d",
    re.I,
)
_STEP = re.compile(r'building at STEP "(.*?)"|^ ?ERROR: failed to (?:build|solve): (.*)$|process "(.*?)" did not complete', re.I)

_WORDED = re.compile(r"\berror\b|error:|\bfailed\b|exception|cannot|not found|no such|denied|refused", re.I)
# What builders say around a step's own words.
_BUILDERS = re.compile(
    r"^error: building at|exit status|^subprocess exited|did not complete successfully|^(?:\[\d+/\d+\] )?step \d+|^--> |^-+$|^> \[|"
    r"^\s*(?:>>> )?\d* *\||^\S+:\d+$|^#\d+ (?:done|cached|sha256)",
    re.I,
)


def missing_image(said: Sequence[str]) -> bool:
    """Tell whether a registry answered that there is no such image."""
    text = "\n".join(said)
    return bool(_NO_SUCH_IMAGE.search(text)) and not _NO_NETWORK.search(text)


def not_ours(said: Sequence[str]) -> str:
    """Return in words what this machine could not give, "" where the files themselves are at fault."""
    text = "\n".join(said[-80:])
    if _DISK_FULL.search(text):
        return "the disk is full"
    if _NO_PLACE_TO_LOOK.search(text):
        return "Podman is not told where to look for images without a registry's name (unqualified-search-registries)"
    if _NO_TRUST.search(text):
        return "the network here signs with a certificate that the image does not know"
    if _NO_NETWORK.search(text):
        return "a server the build needs could not be reached from here"
    return "the image's registry refuses this machine" if _REGISTRY_DENIES.search(text) else ""


def outside_host(said: Sequence[str]) -> str:
    """Return the public host that an application asked for and could not find, "" where it asked for none.

    A name without a dot is a service's: that one is for the files to get right.
    """
    for line in said:
        hit = _OUTSIDE.search(line) if _UNFOUND.search(line) else None
        name = next(filter(None, hit.groups())).lower() if hit else ""
        if name and not name.endswith(_INSIDE):
            return name
    return ""


def own_fault(text: str) -> bool:
    """Tell whether a start failed for what the image itself lacks; no database that is there would change that."""
    return _OWN_FAULT.search(text) is not None


def failed_step(said: Sequence[str]) -> str:
    """Return the instruction at which a build stopped, shortened, "" where the builder did not say."""
    for line in reversed(said):
        hit = _STEP.search(line)
        if hit:
            return next(group for group in hit.groups() if group)[:120]
    return ""


def telling_line(said: Sequence[str]) -> str:
    """Return the line of an output that says best what went wrong."""
    lines = [line.strip() for line in said if line.strip()]
    own = [line for line in lines if not _BUILDERS.search(line)]
    worded = [line for line in own if _WORDED.search(line)]
    return (worded or own or lines or ["it said nothing"])[-1][:300]
