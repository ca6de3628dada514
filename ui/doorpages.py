"""The gate's own pages: not signed in, a stale link, a refused address, and the one that moves on after signing in."""

from __future__ import annotations

_STYLE = (
    ":root{color-scheme:light dark}body{font:15px/1.6 system-ui,sans-serif;max-width:34rem;margin:16vh auto;padding:0 1.25rem}"
    "h1{font-size:1.15rem;margin:0 0 .5rem}p{margin:.5rem 0}code{font:13px ui-monospace,monospace;padding:.1rem .3rem;"
    "border-radius:4px;background:color-mix(in srgb,currentColor 10%,transparent)}"
)


def _page(title: str, *paragraphs: str, head: str = "") -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{head}<title>Omni-Architect</title><style>{_STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    )


SIGNED_OUT = _page(
    "This browser is not signed in",
    "Open the link printed at start. It is in the terminal or log where Omni-Architect was started and ends in <code>/?token=...</code>",
    "The link works until the program stops. Every start prints a new one.",
)
STALE_LINK = _page(
    "This sign-in link is not valid any more",
    "It belongs to an earlier start, or was cut short when it was copied.",
    "Open the link printed at start by the program that is running now.",
)
FORBIDDEN = _page(
    "This address is not served here",
    "The request came from another page or under a name that Omni-Architect does not answer to.",
    "If a proxy serves it under a name of its own, list that name in <code>OMNI_ALLOWED_HOSTS</code> and start it again.",
)


def arriving() -> str:
    """Return the page that moves a browser on to the app without the token in its address."""
    return _page("Signed in", '<a href="/">Open Omni-Architect</a>', head='<meta http-equiv="refresh" content="0;url=/">')
