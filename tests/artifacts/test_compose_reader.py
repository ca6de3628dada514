"""Compose text to structure: both syntaxes look the same, limits hold, every part knows its line."""

from __future__ import annotations

import pytest

from artifacts.compose import read_compose
from artifacts.compose.reader import interpolated, port_mapping
from artifacts.errors import UnreadableArtifact
from artifacts.yamltree import read_yaml

LONG = """
services:
  web:
    build:
      context: ./
    ports:
      - target: 8000
        published: "80"
    depends_on:
      db:
        condition: service_started
    environment:
      - A=1
      - B
    volumes:
      - type: bind
        source: ./conf
        target: /conf
        read_only: true
    command: ["run", "it now"]
  db:
    image: postgres:17
"""
SHORT = """
services:
  db: {image: "docker.io/library/postgres:17"}
  web:
    build: .
    ports: ["80:8000"]
    depends_on: [db]
    environment: {A: "1", B: }
    volumes: ["./conf:/conf:ro"]
    command: run 'it now'
"""


def test_short_and_long_syntax_read_the_same() -> None:
    one, other = read_compose(LONG).service("web"), read_compose(SHORT).service("web")
    assert one is not None
    assert other is not None
    assert [port.text() for port in one.ports] == [port.text() for port in other.ports] == ["80:8000"]
    assert [(item.service, item.condition) for item in one.depends_on] == [(item.service, item.condition) for item in other.depends_on]
    assert [(item.name, item.value) for item in one.environment] == [("A", "1"), ("B", None)]
    assert [mount.text() for mount in one.mounts] == [mount.text() for mount in other.mounts] == ["./conf:/conf:ro"]
    assert one.command == other.command == ("run", "it now")


def test_every_part_knows_its_line() -> None:
    service = read_compose(LONG).service("web")
    assert service is not None
    assert (service.line, service.line_of("ports"), service.ports[0].line, service.depends_on[0].line) == (3, 6, 7, 10)


def test_anchors_and_merge_keys_are_filled_in() -> None:
    compose = read_compose("x-base: &base\n  restart: always\n  image: a:1\nservices:\n  web:\n    <<: *base\n    image: b:2\n")
    service = compose.service("web")
    assert service is not None
    assert (service.image, service.value("restart")) == ("b:2", "always")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("services:\n  a: {image: x}\n  a: {image: y}\n", "given twice"),
        ("services: [", "not valid YAML"),
        ("a: &a [*a]\n", "points into itself"),
        ("a: *nothing\n", "no anchor"),
        ("---\na: 1\n---\nb: 2\n", "several YAML documents"),
        ("- a\n", "a map with a key"),
        ("", "empty"),
        ("? [a]\n: b\n", "a key is a list"),
        ("a:\n  <<: 1\n", "merge key"),
        ("[" * 101 + "]" * 101, "deeper than"),
        ("a: " + "x" * 300_000, "more than"),
    ],
)
def test_unreadable_text_gives_a_fault(text: str, words: str) -> None:
    faults = read_compose(text).faults
    assert faults
    assert words in faults[0].message


def test_scalars_follow_yaml_1_2() -> None:
    plain = read_yaml("a: yes\nb: on\nc: 0o17\nd: 017\ne: 1e3\nf: ~\ng: 12:30\nh: '1'\ni: 0x1F\nj: !!str 5\nk: .5\nl: True\n").plain()
    assert plain == {
        "a": "yes",
        "b": "on",
        "c": 15,
        "d": 17,
        "e": 1000.0,
        "f": None,
        "g": "12:30",
        "h": "1",
        "i": 31,
        "j": "5",
        "k": 0.5,
        "l": True,
    }


def test_a_huge_integer_is_text_rather_than_work() -> None:
    assert read_yaml("a: " + "9" * 5000).plain()["a"] == "9" * 5000


def test_end_lines_of_blocks_and_scalars() -> None:
    root = read_yaml("a:\n  b: |\n    x\n    y\n\n  c:\n    - 1\n    - 2\nd: 'q\n  r'\n")
    lines = {key: (name.line, value.end_line) for key, name, value in root.entries()}
    assert lines == {"a": (1, 8), "d": (9, 10)}
    inner = root.get("a")
    assert inner is not None
    assert {key: value.end_line for key, _, value in inner.entries()} == {"b": 5, "c": 8}, "a block scalar owns the blank line behind it"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", ("", "", "80", "tcp")),
        ("8080:80", ("", "8080", "80", "tcp")),
        ("127.0.0.1:8080:80", ("127.0.0.1", "8080", "80", "tcp")),
        ("127.0.0.1::80", ("127.0.0.1", "", "80", "tcp")),
        ("[::1]:80:80", ("::1", "80", "80", "tcp")),
        ("6060:6060/udp", ("", "6060", "6060", "udp")),
        ("${PORT:-8000}:8000", ("", "8000", "8000", "tcp")),
    ],
)
def test_ports_are_taken_apart(text: str, expected: tuple[str, ...]) -> None:
    mapping = port_mapping(text)
    assert mapping is not None
    assert (mapping.host_ip, mapping.published, mapping.target, mapping.protocol) == expected


def test_interpolation_uses_defaults_and_keeps_the_rest() -> None:
    assert interpolated("${A:-x}/$B/$$C/${D-y}/'${E:-z}'") == "x/$B/$C/y/'z'"


def test_reading_raises_only_the_rooms_error() -> None:
    with pytest.raises(UnreadableArtifact):
        read_yaml("\x00")
