"""Words for the page: harmless labels and numbers with units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui import text


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://evil.example/a.png)",
        "[click](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "http://evil.example",
        "`code` **bold** # heading",
        "a\n\n![x](http://evil.example)",
        "$\\href{http://evil.example}{x}$",
        ":material/warning: :red[x] :smile:",
    ],
)
def test_a_label_is_plain_text_whatever_it_holds(hostile):
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text.label(hostile))
    assert "<img" not in html
    assert "<a " not in html
    assert "<code" not in html
    assert html.count("<p>") == 1


@pytest.mark.parametrize("address", ["http://evil.example/x", "HTTPS://evil.example", "www.evil.example", "ann@evil.example"])
def test_no_address_in_a_label_is_made_a_link(address):
    made = text.label(f"see {address} now").replace("\\", "")
    assert address not in made
    assert made.replace("\u2060", "") == f"see {address} now"


def test_plain_text_keeps_its_punctuation_and_loses_what_cannot_be_seen():
    assert text.plain("Local (Ollama)\u202e\n llama3.1") == "Local (Ollama) llama3.1"
    assert len(text.plain("x" * 500)) == 120


@given(st.text(max_size=300))
def test_no_punctuation_in_a_label_is_left_bare(given_text):
    made = text.label(given_text)
    assert "\n" not in made
    bare = made.replace("\\\\", "")
    for mark in "[]<>`$:*_!#|~()":
        assert f"\\{mark}" in bare or mark not in bare


def test_a_long_label_is_cut_and_direction_marks_are_dropped():
    assert len(text.label("x" * 500)) == 120
    assert "\u202e" not in text.label("safe\u202eexe.txt")


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(0, "0 ms"), (640, "640 ms"), (960, "1.0 s"), (6_210, "6.2 s"), (12_400, "12 s"), (125_000, "2 min 5 s")]
)
def test_durations_have_a_unit(milliseconds, words):
    assert text.seconds(milliseconds) == words


@pytest.mark.parametrize(
    ("dollars", "words"), [(None, "price unknown"), (0, "free"), (0.0002, "under $0.001"), (0.0134, "about $0.013"), (12, "about $12.00")]
)
def test_a_price_that_is_not_known_is_never_nought(dollars, words):
    assert text.money(dollars, about=True) == words


def test_names_in_a_list_are_told_apart():
    assert text.unique({"a": "Fast", "b": "Slow", "c": "Fast"}) == {"a": "Fast (a)", "b": "Slow", "c": "Fast (c)"}
    assert text.unique({0: "same", 1: "same"}) == {0: "same (0)", 1: "same (1)"}


def test_counts_agree_with_their_noun():
    assert text.count(1, "file") == "1 file"
    assert text.count(2100, "token") == "2,100 tokens"
    assert text.count(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=30), "2026-01-01"),
    ],
)
def test_times_are_relative(passed, words):
    then = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert text.ago(then, then + passed) == words


def test_an_ordinary_text_is_shown_whole():
    assert text.excerpt(["FROM a:1", "", "USER 1"]) == ("FROM a:1\n\nUSER 1", "")
    assert text.excerpt([]) == ("", "")


def test_a_line_as_long_as_a_book_is_cut_and_the_cut_is_said():
    shown, missing = text.excerpt(["FROM a:1", "x" * 200_000])
    assert len(shown) < 2_100
    assert shown.endswith("x…")
    assert missing == "1 line is cut at 2,000 characters"


def test_a_text_of_many_lines_is_shown_from_its_beginning():
    assert text.excerpt(["x"] * 1_500)[1] == "The first 1,000 of 1,500 lines are shown"
    shown, missing = text.excerpt(["x" * 3_000] * 900)
    assert len(shown) < 125_000
    assert missing == "The first 60 of 900 lines are shown, 60 lines are cut at 2,000 characters"
