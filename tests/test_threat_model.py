"""The threat model names tests that exist, for each of the forty controls."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py(?:::\w+)?)`", TEXT)))


@cache
def names(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("named", NAMED)
def test_a_named_test_exists(named: str) -> None:
    path, _, name = named.partition("::")
    assert (ROOT / path).is_file(), path
    assert not name or name in names(path), named


def test_every_control_has_its_threat_and_names_what_shows_it() -> None:
    parts = re.split(r"^### (\d+)\. .+$", TEXT, flags=re.MULTILINE)[1:]
    assert [int(number) for number in parts[0::2]] == list(range(1, 41))
    assert all(re.search(r"\*[Ss]hown by\*[^.]*`(?:tests|benchmarks)/", text) for text in parts[1::2])
    assert len(NAMED) > 100
