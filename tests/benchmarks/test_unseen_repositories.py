"""The measure on unseen repositories says what is wrong, one fact at a time, and its list names what anyone can fetch."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from architect.request import Style
from benchmarks.architect_examples import draw
from benchmarks.architect_unseen import DATA, IMAGES, SERVICES, HiddenTree, right_version, score

ENTRIES = json.loads(DATA.read_text())["entries"]


def test_every_entry_names_a_commit_and_facts_that_can_be_judged() -> None:
    """Forty repositories or more, none twice, each with a full commit id and words that the measure knows."""
    assert len(ENTRIES) >= 40
    assert len({entry["id"] for entry in ENTRIES}) == len(ENTRIES)
    assert sum(entry["split"] == "held-out" for entry in ENTRIES) >= 25
    for entry in ENTRIES:
        assert re.fullmatch(r"[0-9a-f]{40}", entry["commit"])
        assert {*entry["services"]["required"], *entry["services"]["optional"]} <= set(SERVICES)
        for part in entry.get("components", [entry]):
            assert part["language"] in IMAGES
            re.compile(part["start"])


def test_right_and_wrong_facts_are_told_apart(tmp_path: Path) -> None:
    """The authors' own Dockerfile is hidden, and each fact is judged by itself."""
    checkout, out = tmp_path / "checkout", tmp_path / "out"
    checkout.mkdir()
    out.mkdir()
    (checkout / "Dockerfile").write_text("FROM python:3.8\nEXPOSE 9999\n")
    (checkout / "requirements.txt").write_text("flask==3.1.0\ngunicorn==23.0.0\nredis==5.0.0\n")
    (checkout / "app.py").write_text("import flask, redis\napp = flask.Flask(__name__)\nstore = redis.Redis(host='redis')\n")
    draw(HiddenTree(checkout), Style.LEAN, out)
    entry = {
        "language": "python",
        "version": {"min": "3.9", "max": "3.14"},
        "ports": [9999],
        "start": "gunicorn.*app:app",
        "services": {"required": ["postgres"], "optional": ["redis"]},
    }
    judged = {fact: right for fact, _, right, _ in score(entry, out)}
    assert judged == {"language": True, "version": True, "port": False, "start": True, "services": False}


@pytest.mark.parametrize(
    ("accepted", "found", "right"),
    [
        (["1.2"], ["1.2.9"], True),
        (["1.2"], ["1.20"], False),
        ({"min": "3.9", "max": "3.14"}, ["3.10"], True),
        ({"min": "3.9", "max": "3.14"}, ["3.15"], False),
        ({"min": "18", "max": "26"}, ["20.11.1"], True),
        (["3"], [], False),
    ],
)
def test_versions_are_compared_as_numbers(accepted: object, found: list[str], right: bool) -> None:
    """A prefix is whole numbers; a range holds its ends."""
    assert right_version(accepted, found) is right
