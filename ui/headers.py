"""The security headers: what a page of ours may load, who may frame it, what it tells others."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()",
}
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def for_page(path: str, host: str, sidecar: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the headers of a page or asset that the app serves under this Host; `sidecar` is where its sessions' sockets go.

    Nothing is loaded from elsewhere. Three allowances are Streamlit's: styles are written into the page at run time, a component's
    script is imported from a blob the page itself made, and a recording is read back from one before it is sent. Its one inline script
    is allowed by its hash.
    """
    framed = "'self'" if path.startswith("/component/") else "'none'"
    directives = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", "blob:", *_inline_hashes()]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": " ".join(["'self'", "blob:", f"ws://{host}", f"wss://{host}", *sidecar]),
        "worker-src": "'self' blob:",
        "frame-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": framed,
    }
    policy = "; ".join(f"{name} {value}" for name, value in directives.items())
    frames = {"X-Frame-Options": "SAMEORIGIN" if framed == "'self'" else "DENY"}
    return {**_COMMON, **frames, "Content-Security-Policy": policy}


def for_door() -> dict[str, str]:
    """Return the headers of the gate's own small pages, which load nothing and are never stored."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return {**_COMMON, "X-Frame-Options": "DENY", "Content-Security-Policy": policy, "Cache-Control": "no-store"}


@lru_cache(maxsize=1)
def _inline_hashes() -> tuple[str, ...]:
    """Hash the inline scripts of Streamlit's own index page, as installed."""
    import streamlit

    index = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = _INLINE_SCRIPT.findall(index.read_text(encoding="utf-8"))
    return tuple(f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts)
