"""Reading the log for a page: bounded, from the end, redacted once more, without the words of exceptions."""

import json
import logging
import random
import string

import pytest

from config import Settings
from telemetry import logs, reading
from telemetry.redaction import Redactor

PLAIN = Redactor()


def line(event, level="info", **fields):
    return json.dumps({"time": "2026-12-01T00:00:00.000Z", "level": level, "logger": "x", "event": event, **fields}) + "\n"


@pytest.fixture
def log_file(tmp_path):
    level = logging.getLogger().level
    path = tmp_path / "omni_architect.log"
    logs.configure(Settings(_env_file=None, omni_log_file=path))
    yield path
    logs.close()
    logging.getLogger().setLevel(level)


def test_the_newest_come_first_and_no_more_than_asked(log_file):
    for number in range(30):
        logs.get_logger("x").info(f"number {number}")
    found = reading.newest(*logs.opened(), most=3)
    assert [record.event for record in found.records] == ["number 29", "number 28", "number 27"]
    assert found.more


def test_level_words_and_error_id_choose(log_file):
    log = logs.get_logger("engine.job")
    log.info("started")
    log.warning("one seat is slow", vendor="fake")
    log.error("page failed", error_id="0a1b2c3d")
    assert [record.event for record in reading.newest(*logs.opened(), level="warning").records] == ["page failed", "one seat is slow"]
    assert [record.event for record in reading.newest(*logs.opened(), text="VENDOR=FAKE").records] == ["one seat is slow"]
    (record,) = reading.newest(*logs.opened(), text=" 0A1B2C3D ").records
    assert record.fields == (("error_id", "0a1b2c3d"),)


def test_an_exception_is_shown_by_type_and_places_and_never_by_what_it_says(log_file):
    try:
        raise ValueError("the canary sings")
    except ValueError:
        logs.get_logger("x").exception("failed")
    (record,) = reading.newest(*logs.opened()).records
    assert record.error == "ValueError"
    assert "test_reading.py" in record.places
    assert "canary" not in record.words
    assert "canary" in log_file.read_text()


def test_a_secret_in_the_file_is_taken_out_and_cannot_be_searched_for(tmp_path):
    path, key = tmp_path / "log", "sk-" + "Zq9" * 9
    path.write_text(line(f"calling with {key}", detail={"password": "hunter" + "22"}, **{"api_key": key}))
    (record,) = reading.newest(path, PLAIN).records
    assert key not in repr(record)
    assert "hunter22" not in repr(record)
    assert reading.newest(path, PLAIN, text=key[:12]).records == ()


def test_the_look_back_is_bounded_over_the_file_and_the_one_before(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LOOK_BYTES", 10_000)
    path = tmp_path / "log"
    (tmp_path / "log.1").write_text("".join(line(f"old {number}") for number in range(1_000)))
    path.write_text("".join(line(f"new {number}") for number in range(10)))
    found = reading.newest(path, PLAIN, most=1_000)
    assert [record.event for record in found.records[:11]] == [*(f"new {number}" for number in reversed(range(10))), "old 999"]
    assert len(found.records) < 120
    assert found.more
    assert reading.newest(path, PLAIN, text="old 1 ").more


def test_what_is_no_line_of_ours_is_passed_over(tmp_path):
    path = tmp_path / "log"
    odd = [
        "{}",
        "[1]",
        "null",
        "{",
        '{"level":"loud"}',
        "\0",
        "[" * 5_000,
        '{"level":"info","time":1,"logger":2,"event":3}',
        line("good").strip(),
    ]
    path.write_text("\n".join(odd) + "\n")
    assert [record.event for record in reading.newest(path, PLAIN).records] == ["good"]


def test_a_link_or_no_file_is_a_sentence(tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    for name in ("link", "nothing"):
        assert "The log cannot be read" in reading.newest(tmp_path / name, PLAIN).problem


def test_no_log_is_open_before_it_is_configured():
    assert logs.opened() is None


def test_ten_thousand_records_written_without_care_show_no_canary(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LOOK_BYTES", 4 * 1024 * 1024)
    source = random.Random(5)
    canary = "CANARY" + "".join(source.choices(string.ascii_letters, k=30))
    shapes = [
        {"api_key": canary},
        {"where": f"https://me:{canary}@host/x"},
        {"body": json.dumps({"client_secret": canary})},
        {f"sk-{canary}": [f"Bearer {canary}"]},
        {"error": {"type": "ValueError", "message": canary, "trace": "a.py:1 f"}},  # in no form that a pattern would know
    ]
    path = tmp_path / "log"
    path.write_text("".join(line(f"event {number} token={canary}", "error", **source.choice(shapes)) for number in range(10_000)))
    found = reading.newest(path, PLAIN, most=10_000)
    assert len(found.records) == 10_000
    assert canary.lower() not in repr(found).lower()
