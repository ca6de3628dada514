"""Lines, shell text, YAML and accounts are written so that the readers read what was meant."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from architect.profile import Evidence
from architect.syntax import shell
from architect.syntax.lines import Page, wrap
from architect.syntax.yaml import Because, Flow, emit, scalar
from artifacts.records import Kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b", ["a", "b"]),
        ("echo 'a && b' && c", ["echo 'a && b'", "c"]),
        ('echo "a \\" && b" && c', ['echo "a \\" && b"', "c"]),
        ("(cd x && make) && y", ["(cd x && make)", "y"]),
        ("a \\\n  b && c", ["a b", "c"]),
        ("a || b && c", ["a || b", "c"]),
        ("", []),
    ],
)
def test_commands_are_split_where_the_shell_would(text: str, expected: list[str]) -> None:
    """Only at the top level, never in quotes or groups."""
    assert shell.commands(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("a | b", True), ("a || b", False), ("echo '|'", False), ("a \\| b", False), ("a|b", True)])
def test_pipes_are_seen(text: str, expected: bool) -> None:
    """A pipe is one bar outside of quotes."""
    assert shell.piped(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("printf '%s' 'try $uri'", "printf '%s' \"try \\$uri\""),
        ("awk '{print \"$1\"}'", "awk '{print \"$1\"}'"),
        ("echo \"it's $x\" 'b'", "echo \"it's $x\" 'b'"),
        ("echo \\' $x", "echo \\' $x"),
        ("echo 'open", "echo 'open"),
    ],
)
def test_dollars_that_are_meant_are_written_so(text: str, expected: str) -> None:
    """A `$` in single quotes looks like a slip; in double quotes with a backslash it is plain."""
    assert shell.requoted(text) == expected


def test_requoting_means_the_same_to_the_shell() -> None:
    """The shell reads both spellings alike."""
    text = "printf '%s,' 'a $b' \"c\" 'd e' 'try_files $uri $uri/ =404;'"
    outputs = [
        subprocess.run(["sh", "-c", given], capture_output=True, text=True, check=True).stdout for given in (text, shell.requoted(text))
    ]
    assert outputs[0] == outputs[1] == "a $b,c,d e,try_files $uri $uri/ =404;,"


def test_long_commands_are_folded_at_spaces() -> None:
    """Quoted words stay whole, and nothing is lost."""
    command = "printf '%s\\n' " + " ".join(f"'line number {number}'" for number in range(20))
    folded = shell.folded(command)
    assert max(map(len, folded.split("\n"))) <= 130
    assert folded.replace(" \\\n        ", " ") == command


@given(st.one_of(st.text(max_size=30), st.from_regex(r"[\w./:$ -]{0,12}", fullmatch=True)))
def test_any_text_survives_yaml(text: str) -> None:
    """What is written as a scalar is read back as the same text."""
    assert yaml.safe_load(f"key: {scalar(text)}\n") == {"key": text}


def test_a_mapping_is_written_with_its_reasons() -> None:
    """Nested values, flow lists, empty mappings and comments; the reason stands at the line of its key."""
    page = Page("a.yaml", Kind.COMPOSE)
    data = {
        "name": "x",
        "services": {
            "web": Because({"command": Flow(("a", "b c")), "ports": ["80:80"], "up": True, "n": 2}, "why", (Evidence("f", 1),), "note")
        },
        "volumes": {"v": None},
        "watch": [{"path": ".", "action": "rebuild"}],
    }
    emit(page, data)
    assert yaml.safe_load(page.text()) == {
        "name": "x",
        "services": {"web": {"command": ["a", "b c"], "ports": ["80:80"], "up": True, "n": 2}},
        "volumes": {"v": None},
        "watch": [{"path": ".", "action": "rebuild"}],
    }
    (reason,) = page.reasons()
    assert page.text().splitlines()[reason.line - 1] == "  web:"
    assert reason.text == "Why"
    assert "  # note" in page.text()


def test_a_comment_is_wrapped_and_stays_a_comment() -> None:
    """Line ends and control characters of a repository do not end it; the first proof follows in parentheses."""
    page = Page("a", Kind.DOCKERFILE)
    page.comment("why\nRUN x \x1b[0m " + "word " * 60, (Evidence("src/a.py", 3), Evidence("b", 1)))
    assert all(line.startswith("# ") and len(line) <= 122 for line in page.text().splitlines())
    assert page.text().rstrip().endswith("(src/a.py:3)")
    assert "\x1b" not in page.text()


def test_pages_are_joined_with_their_reasons() -> None:
    """The second page's reasons move down by the first page's lines."""
    first, second = Page("a", Kind.DOCKERFILE), Page("a", Kind.DOCKERFILE)
    first.add("one", "first")
    second.add("two\nthree", "second")
    joined = first.followed_by(second)
    assert [(reason.line, reason.text) for reason in joined.reasons()] == [(1, "First"), (2, "Second"), (3, "Second")]


def test_wrapping_keeps_long_words_whole() -> None:
    """A URL longer than the line stays in one piece."""
    assert wrap("a " + "x" * 30 + " b", 10) == ["a", "x" * 30, "b"]
