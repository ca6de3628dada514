"""Prose is written anew from what is harmless: nothing that loads, links, hides or runs comes through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.payloads import PAYLOADS
from ui.prose import Code, Prose, segments

ALLOWED = {"p", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "s", "code", "pre", "hr"}
ALLOWED |= {"h5", "h6", "br", "span", "div"}


def markup(text: str) -> str:
    return "".join(part.markup for part in segments(text) if isinstance(part, Prose))


def test_paragraphs_lists_marks_and_tables_stay():
    text = "# Head\n\nOne **bold** and *soft* `code`.\n\n- a\n- b\n  - c\n\n1. x\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n> said"
    made = markup(text)
    for piece in (
        "<h5>Head</h5>",
        "<strong>bold</strong>",
        "<em>soft</em>",
        "<code>code</code>",
        "<li>a</li>",
        "<ol>",
        "<td>1</td>",
        "<blockquote>",
    ):
        assert piece in made


def test_code_blocks_come_out_whole_with_their_info():
    found = segments("Before\n\n```compose.yaml\na: 1\n```\n\nafter")
    assert [type(part) for part in found] == [Prose, Code, Prose]
    assert found[1] == Code("a: 1", "compose.yaml")


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://evil.example/a.png)",
        "[click](javascript:alert(1))",
        "[click](http://evil.example)",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "<a href='http://evil.example'>x</a>",
        "<http://evil.example>",
        "[ref]\n\n[ref]: http://evil.example 'x'",
        "| ![x](http://evil.example/a.png) |\n| - |\n| <svg onload=alert(1)> |",
        "- ![x][y]\n\n[y]: data:image/svg+xml,<svg/onload=alert(1)>",
        "`<img src=x>`",
        "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07 \u202eevil",
    ],
)
def test_hostile_text_becomes_words(hostile):
    check(markup(hostile))


def test_none_of_two_hundred_payloads_becomes_markup():
    assert len(PAYLOADS) >= 200
    for payload in PAYLOADS:
        check(markup(payload))
    check(markup("\n\n".join(PAYLOADS)))


def check(made: str) -> None:
    names = re.findall(r"</?([a-z0-9]+)([^>]*)>", made)
    assert {name for name, _ in names} <= ALLOWED
    assert all(not attributes for _, attributes in names)
    assert "\u202e" not in made
    assert "\x1b" not in made


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab <>&\"'`*_[]()!#|-\n:/.~\\$1")), max_size=120))
def test_no_text_makes_markup_of_its_own(text):
    check(markup(text))
