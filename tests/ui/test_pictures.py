"""The pieces of HTML and the pictures of a run: always escaped, right for fast and slow runs and for members that failed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.records import Moment
from tests.support.verdicts import answered, failed
from ui.html import link, tag
from ui.widgets.review.charts import ANSWERING, FAILED, FIRST, WAITING, phases, scale, told

SAFE = re.compile(r"<div title=\"[^\"<>]*\"><span>[^<>]*</span></div>")


@given(st.text(), st.text())
def test_text_from_elsewhere_is_escaped_in_content_and_in_attributes(text, title):
    assert SAFE.fullmatch(tag("div", tag("span", text), title=title))


def test_attributes_are_named_as_html_names_them_and_none_leaves_one_out():
    assert tag("i", class_="a", aria_label="b", data_x=1, title=None) == '<i class="a" aria-label="b" data-x="1"></i>'


@pytest.mark.parametrize("address", [None, "", "javascript:alert(1)", "http://evil.example", "data:text/html,x", "//evil.example"])
def test_only_https_addresses_become_links(address):
    assert link("DL3006", address) == "<span>DL3006</span>"


def test_a_link_opens_beside_the_page():
    made = link("DL3006", 'https://github.com/x?a=1&b="')
    assert 'href="https://github.com/x?a=1&amp;b=&quot;"' in made
    assert 'target="_blank"' in made
    assert "noopener" in made


def test_a_call_has_its_waiting_its_first_token_and_its_answer():
    assert phases(answered(0)) == ((WAITING, 0.0, 2.0), (FIRST, 2.0, 302.0), (ANSWERING, 302.0, 1402.0))


def test_a_call_that_was_not_streamed_is_all_waiting_for_its_answer():
    assert phases(replace(answered(0), started_ms=0.0, first_token_ms=None)) == ((FIRST, 0.0, 1400.0),)


def test_a_failed_call_is_one_bar_and_a_call_never_made_is_none():
    assert phases(failed(0)) == ((FAILED, 0.0, 90.0),)
    assert phases(replace(failed(0), latency_ms=None)) == ()


def test_clocks_that_disagree_draw_no_bar_backwards():
    assert phases(replace(answered(0), started_ms=0.0, latency_ms=5.0, first_token_ms=9.0)) == ((FIRST, 0.0, 5.0),)


@pytest.mark.parametrize(
    ("whole", "marks"),
    [(8.0, (0, 2, 4, 6, 8)), (90.0, (0, 20, 40, 60, 80)), (1402.0, (0, 500, 1000)), (125_000.0, (0, 50_000, 100_000))],
)
def test_the_scale_has_few_round_marks(whole, marks):
    assert scale(whole) == marks


@given(st.floats(min_value=0.001, max_value=1e8))
def test_no_mark_lies_beyond_the_end(whole):
    marks = scale(whole)
    assert 2 <= len(marks) <= 7
    assert marks[-1] <= whole


def test_the_minutes_of_a_council_are_told_in_words():
    moments = [
        Moment(0.0, None, None, None, "listening", ()),
        Moment(1000.0, 0.5, 0.2, 0.9, "converging", (0.5, 0.5)),
        Moment(2000.0, 0.9, None, 0.1, "diverging", (0.9, None)),
    ]
    assert told(moments) == {
        "energy": "energy 0.70 on average, lowest 0.50 at 1.0 s",
        "diversity": "diversity 0.20 on average",
        "resonance": "converged for 50% of the time in which they could be compared",
    }
    assert told(moments[:1]) == {"energy": "energy not known", "diversity": "diversity not known", "resonance": "nothing to compare"}
