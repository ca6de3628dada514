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
        ("$1,234.56", 1234.56),
        ("1.5e3", 1500.0),
        ("1e-3", 0.001),
        ("about 40 %", 0.4),
        ("50 percent", 0.5),
        ("50", 50.0),
        ("1,5 %", 0.015),
        ("1.234.567,89", 1234567.89),
        ("1 234,5", 1234.5),
        ("1 234 567", 1234567.0),
        ("1,23,456", 123456.0),
        ("3/4", 0.75),
        ("The ratio is 3/4.", 0.75),
        ("1 1/2", 1.5),
        ("1\u00bd", 1.5),
        ("1/0", None),
        ("minus 7", -7.0),
        ("-1,000", -1000.0),
        ("+5", 5.0),
        ("10^3", 1000.0),
        ("2.5 \u00d7 10^-3", 0.0025),
        ("1.5 million", 1500000.0),
        ("3 thousand", 3000.0),
        ("2k", 2000.0),
        ("16 GB", 16.0),
        ("four", 4.0),
        ("It is minus twenty-one.", -21.0),
        ("4 of five", 4.0),
        ("Answer: 4 apples and 5 pears", 4.0),
        ("It listens on port 8000.", 8000.0),
        ("192.168.0.1", None),
        ("on 2024-05-01 at 12:30", None),
        ("9^9999", None),
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
        ("Certainly not", False),
        ("Of course", True),
        ("Of course not.", False),
        ("Never", False),
        ("Not at all", False),
        ("Definitely wrong", False),
        ("Not only true but obvious", True),
        ("isn't incorrect", True),
        ("cannot be true", False),
        ("I disagree", False),
        ("yes/no", None),
        ("I am not sure", None),
        ("neither yes nor no", None),
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": {"x": 1, "y": 2}, "b": 3}', '{"b": 3, "a": {"y": 2, "x": 1}}'),
        ('```json\n{"a": [1, {"c": 2, "b": 1}]}\n```', '{"a":[1,{"b":1,"c":2}]}'),
        ('~~~\n{"a": 1}\n~~~', 'The result is {"a": 1}, as asked.'),
        ('{"a": 1.0}', '{"a": 1}'),
        ('"caf\u00e9"', '"caf\\u00e9"'),
    ],
)
def test_json_that_means_the_same(one: str, other: str) -> None:
    assert json_value(one) == json_value(other) is not None


@pytest.mark.parametrize(
    ("one", "other"), [('{"a": [1, 2]}', '{"a": [2, 1]}'), ('{"a": 1}', '{"a": "1"}'), ('{"a": null}', "{}"), ("true", '"true"')]
)
def test_json_that_does_not(one: str, other: str) -> None:
    assert json_value(one) != json_value(other)


@pytest.mark.parametrize("text", ['{"a": NaN}', "{'a': 1}", '{"a": 1,}', ""])
def test_what_is_no_json_takes_no_side(text: str) -> None:
    assert json_value(text) is None


@pytest.mark.parametrize("piece", ["12,", "1", "1 123", "1.", "123,", "1/", "not ", "yes or "])
def test_long_answers_are_read_in_one_go(piece: str) -> None:
    numeric(piece * 60_000)
    boolean(piece * 60_000)


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
