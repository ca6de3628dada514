"""What is taken out of a model's text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.cleaning import MAX_SEQUENCE, Cleaner, clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r\x1b\\x", "x"),
        ("\x9b2Jgone", "gone"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("port\u202e0008\u202c", "port0008"),
        ("\ufefffrom", "from"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("nul\x00bell\x07back\x08", "nulbellback"),
        ("half\ud800pair", "halfpair"),
        ("zürich 東京 👩‍🚀", "zürich 東京 👩‍🚀"),
    ],
)
def test_takes_out_what_must_not_be_shown(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_keeps_text_after_an_introducer_that_never_ends() -> None:
    """An unterminated title may not swallow the answer."""
    body = "x" * (MAX_SEQUENCE + 10)
    assert clean(f"\x1b]{body}") == f"]{body}"


@given(st.text(alphabet="\x1b[]0;m\x07\x9b\x9d\\\r\na (\x9c\u202e", max_size=30), st.lists(st.integers(0, 30), max_size=5))
def test_gives_the_same_however_the_stream_is_cut(text: str, cuts: list[int]) -> None:
    cleaner = Cleaner()
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert "".join(map(cleaner.feed, pieces)) + cleaner.flush() == clean(text)


@given(st.text(max_size=200))
def test_result_is_clean_and_encodable(text: str) -> None:
    cleaned = clean(text)
    assert "\x1b" not in cleaned
    assert "\r" not in cleaned
    cleaned.encode()
