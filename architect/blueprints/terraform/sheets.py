"""One file of the module: its template filled in, laid out, every line with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from architect.blueprints.terraform.layout import Layout
from architect.profile import Evidence
from architect.request import Style
from architect.syntax import hcl
from architect.syntax.lines import Page, one_line, wrap
from artifacts.records import Kind

_MARK = re.compile(r"\x02(\d+)\x02")
_WIDTH = 116


def draw_file(layout: Layout, style: Style, name: str) -> Page:
    """Fill the template of one file."""
    reasons: list[tuple[str, tuple[Evidence, ...]]] = []

    def because(why: str, evidence: Sequence[Evidence] = ()) -> str:
        """Mark the line with a reason."""
        reasons.append((why, tuple(evidence)))
        return f"\x02{len(reasons) - 1}\x02"

    def remark(text: str, evidence: Sequence[Evidence] = ()) -> str:
        """Return a comment, with its first proof."""
        where = f" ({evidence[0]})" if evidence else ""
        return "\n".join(f"# {line}" for line in wrap(one_line(text + where), _WIDTH))

    text = (
        _environment()
        .get_template(f"{layout.cloud.id}/{name}.tf.j2")
        .render(
            it=layout,
            lean=style is Style.LEAN,
            hardened=style is Style.HARDENED,
            cached=style is Style.CACHED,
            because=because,
            scale=layout.cloud.scales[style],
            size=lambda unit: layout.cloud.sizes[unit.big + (style is Style.HARDENED)],
            remark=remark,
            q=hcl.quoted,
            key=hcl.key,
            words=hcl.listed,
        )
    )
    return _page(layout.file(name), text, reasons)


def _page(path: str, text: str, reasons: Sequence[tuple[str, tuple[Evidence, ...]]]) -> Page:
    """Lay the text out and give each line the reason marked on it, or that of the comment above it."""
    written = [line for line in text.split("\n") if _MARK.sub("", line).strip()]
    marks = [int(hit[1]) if (hit := _MARK.search(line)) is not None else None for line in written]
    page = Page(path, Kind.TERRAFORM)
    remarks: list[str] = []
    number, commenting = 0, False
    for line in hcl.formatted(_MARK.sub("", text)).rstrip("\n").split("\n"):
        body = line.strip()
        if not body:
            page.add()
            remarks, commenting = [], False
            continue
        mark = marks[number]
        number += 1
        if body.startswith("#"):
            remarks = [*(remarks if commenting else []), body.lstrip("# ")]
            commenting = True
            page.add(line)
            continue
        commenting = False
        why, evidence = reasons[mark] if mark is not None else (" ".join(remarks), ())
        page.add(line, why, evidence)
    return page


@lru_cache(maxsize=1)
def _environment() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        line_statement_prefix="@",
        autoescape=False,  # noqa: S701 - what is written is Terraform, not HTML
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
