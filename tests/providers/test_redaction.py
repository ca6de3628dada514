"""A vendor's message is shown only as one short line without keys, URLs' credentials or markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.redaction import safe_sentence

KEY = "sk-proj-abcDEF123456ghiJKL"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Model is busy.", "Model is busy"),
        ("two\nlines\tand   spaces", "two lines and spaces"),
        (f"Incorrect API key provided: {KEY}.", "Incorrect API key provided: [key]"),
        ("Incorrect API key provided: sk-pr*****3456.", "Incorrect API key provided: [key]"),
        ("token=AIzaSyA1234567890abcdefghijk", "token=[key]"),
        ("Authorization: Bearer abc.def, sorry", "Authorization: [key], sorry"),
        ("see https://user:pw@host/x?api_key=1#y for more", "see https://host/x for more"),
        ("\x1b[31mred\x1b[0m \x07bell \u202eevil", "red bell evil"),
        ("<!DOCTYPE html><html>" + KEY, ""),
        ("The model `meta-llama/llama-3-3-70b-instruct` is gone", "The model `meta-llama/llama-3-3-70b-instruct` is gone"),
        ("id 9f86d081884c7d659a2feaa0c55ad015 failed", "id [key] failed"),
        ("key Zq83hTt0pLmXv91KsWe4Rt7Y seen", "key [key] seen"),
        ("", ""),
    ],
)
def test_message_is_made_safe(said: str, shown: str) -> None:
    """What is left is readable and holds no secret."""
    assert safe_sentence(said, (KEY,)) == shown


def test_part_of_the_key_silences_the_message() -> None:
    """A message that repeats only a part of the key is not shown at all."""
    assert safe_sentence("the key ending in 456ghiJKL is wrong", (KEY,)) == ""


def test_long_message_is_cut_at_a_word() -> None:
    """The line stays short and ends between words."""
    line = safe_sentence("many words " * 100)
    assert len(line) <= 200
    assert line.endswith("…")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_around_the_key_lets_it_through(before: str, after: str) -> None:
    """Whatever stands around the key, it never appears."""
    line = safe_sentence(f"{before}{KEY}{after}", (KEY,))
    assert KEY not in line
    assert "\n" not in line
