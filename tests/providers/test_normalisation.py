"""Answers that mean the same become equal, and doubt takes no side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import ConfigurationError
from providers.normalisation import NORMALISATIONS, boolean, find, json_value, lowercase_trim, numeric


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The answer is 4", 4.0),
        ("$1,234.50", 1234.5),
        ("1.234,5 €", 1234.5),
        ("1,234,567.89", 1234567.89),
        ("1'234.5", 1234.5),
        ("2e3", 2000.0),
        ("3.5 x 10^3", 3500.0),
        ("45%", 0.45),
        ("12 percent", 0.12),
        ("-5", -5.0),
        ("−5", -5.0),
        ("-$5", -5.0),
        ("3,14", 3.14),
        ("0,125", 0.125),
        ("2+2=4", 4.0),
        ("Step 1: add. Step 2: 42", 42.0),
        ("The answer is 7. See rule 12.", 7.0),
        ("10-20", 20.0),
        ("1e999", None),
        ("none at all", None),
        ("", None),
    ],
)
def test_numeric(text: str, value: float | None) -> None:
    assert numeric(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes", True),
        ("No.", False),
        ("not true", False),
        ("Not false.", True),
        ("That's not right", False),
        ("It\u2019s not true", False),
        ("No, that is true only sometimes", False),
        ("There is no doubt: yes", True),
        ("Yes and no", None),
        ("It depends", None),
        ("maybe", None),
        ("I don't know", None),
        ("", None),
    ],
)
def test_boolean(text: str, value: bool | None) -> None:
    assert boolean(text) is value


def test_json_ignores_key_order_spacing_fences_and_number_form() -> None:
    same = ['{"a": 1, "b": [1, 2]}', '```json\n{"b":[1.0,2],"a":1}\n```', 'Here it is: {"b": [1, 2], "a": 1}. Done.']
    assert len({json_value(text) for text in same}) == 1
    assert json_value('{"a": 2}') != json_value('{"a": 1}')
    assert json_value("no json here") is None


def test_json_survives_a_bomb() -> None:
    assert json_value("[" * 100_000) is None


def test_lowercase_trim() -> None:
    assert lowercase_trim("  Paris\n") == "paris"


def test_a_function_may_return_what_cannot_be_hashed() -> None:
    assert find(lambda text: sorted(text))("ba") == find(lambda text: sorted(text))("ab")


def test_an_unknown_name_names_the_choices() -> None:
    with pytest.raises(ConfigurationError, match="lowercase_trim, numeric, boolean, json"):
        find("sounds_like")


@given(st.text(max_size=300), st.sampled_from(sorted(NORMALISATIONS)))
def test_no_text_breaks_a_normalisation(text: str, name: str) -> None:
    hash(NORMALISATIONS[name](text))


@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 3)))
def test_numeric_reads_what_python_writes(value: float) -> None:
    assert numeric(f"The answer is {value}") == pytest.approx(value, rel=1e-11, abs=1e-12)
