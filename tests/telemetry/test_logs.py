"""The log: one line a record, mode 0600, no secret in it, SDK messages withheld."""

import json
import logging
import random
import stat
import string

import pytest

from config import Settings
from telemetry import logs
from telemetry.logs import LogFileError, close, configure, get_logger


@pytest.fixture
def log_file(tmp_path):
    levels = {name: logging.getLogger(name).level for name in (None, *logs.SDK_LOGGERS)}
    yield tmp_path / "omni_architect.log"
    close()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def settings(path, **changes):
    return Settings(_env_file=None, omni_log_file=path, **changes)


def records(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_record_is_one_json_line_with_its_fields(log_file):
    configure(settings(log_file))
    get_logger("engine.generate").info("run finished", members=3, latency_ms=12.5, tokens=900)
    (record,) = records(log_file)
    assert record["event"] == "run finished"
    assert (record["level"], record["logger"], record["members"], record["latency_ms"], record["tokens"]) == (
        "info",
        "engine.generate",
        3,
        12.5,
        900,
    )


def test_the_file_belongs_to_its_owner_alone_also_when_it_was_open_to_others(log_file):
    log_file.write_text("")
    log_file.chmod(0o644)
    configure(settings(log_file))
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600


def test_rotated_files_keep_their_mode_and_their_number(log_file, monkeypatch):
    monkeypatch.setattr(logs, "MAX_BYTES", 20_000)
    configure(settings(log_file))
    log = get_logger("engine")
    for number in range(2_000):
        log.info("line", number=number, filler="x" * 60)
    files = list(log_file.parent.glob("omni_architect.log*"))
    assert len(files) == logs.BACKUPS + 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_link_is_not_followed(log_file):
    log_file.symlink_to(log_file.parent / "elsewhere")
    with pytest.raises(LogFileError, match="OMNI_LOG_FILE"):
        configure(settings(log_file))


def test_an_unknown_level_names_the_choices(log_file):
    with pytest.raises(ValueError, match="DEBUG, INFO, WARNING"):
        configure(settings(log_file, omni_log_level="loud"))


def test_the_operators_keys_are_removed_wherever_they_stand(log_file):
    key = "plainword" + "withoutform"
    configure(settings(log_file, openai_api_key=key))
    get_logger("x").info(f"calling with {key}", detail=[{"a": f"({key})"}])
    logging.getLogger("y").warning("args %s", key)
    assert key not in log_file.read_text()


def test_messages_of_sdks_are_withheld_and_capped(log_file):
    configure(settings(log_file, omni_log_level="debug"))
    for name in logs.SDK_LOGGERS:
        logging.getLogger(f"{name}.client").debug("below the cap: the body")
        logging.getLogger(f"{name}.client").warning("request: {'input': 'the body'}")
    missing = {f"{name}.client" for name in logs.SDK_LOGGERS} - {record["logger"] for record in records(log_file)}
    # the watsonx adapter silences its SDK altogether as soon as it has been used, which another test may do meanwhile
    assert missing <= {"ibm_watsonx_ai.client"}
    assert "the body" not in log_file.read_text()


def test_an_exception_is_logged_by_type_cleaned_message_and_places(log_file):
    configure(settings(log_file))
    try:
        raise ValueError("bad address postgres://me:hunter22" + "@db/x")
    except ValueError:
        get_logger("x").exception("failed")
    (record,) = records(log_file)
    assert record["error"]["type"] == "ValueError"
    assert "hunter22" not in log_file.read_text()
    assert "test_logs.py" in record["error"]["trace"]


def test_a_further_redactor_is_applied(log_file):
    configure(settings(log_file), lambda text: text.replace("walrus", "<animal>"))
    get_logger("x").info("a walrus", who="walrus")
    assert "walrus" not in log_file.read_text()


def test_configuring_twice_writes_each_record_once(log_file):
    configure(settings(log_file))
    configure(settings(log_file))
    get_logger("x").info("once")
    assert len(records(log_file)) == 1


class Hostile:
    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


def test_ten_thousand_fuzzed_records_make_ten_thousand_lines_and_no_canary(log_file, monkeypatch):
    configure(settings(log_file, omni_log_level="DEBUG", gemini_api_key="operator" + "canary0001"))
    root = logging.getLogger()
    # The test runner's own handlers raise on records that cannot be formatted.
    monkeypatch.setattr(root, "handlers", [handler for handler in root.handlers if isinstance(handler, logs.PrivateFile)])
    source = random.Random(11)
    canary = "CANARY" + "".join(source.choices(string.ascii_letters, k=30))
    nasty = [
        "\n",
        "\r\n",
        "\0",
        "\x1b[2J",
        "\x7f",
        "\u2028",
        "\u0085",
        "\u202e",
        "\ud800",
        "%s %d",
        "{x}",
        "🙂",
        '"',
        "\\",
        "x" * 5_000,
        "",
    ]
    carriers = [
        lambda: {"api_key": canary},
        lambda: {"nested": {"password": canary, "list": [{"token": canary}]}},
        lambda: {"address": f"https://user:{canary}@host/x"},
        lambda: {"header": f"Authorization: Bearer {canary}"},
        lambda: {"url": f"https://host/v1?key={canary}&alt=sse"},
        lambda: {"body": json.dumps({"client_secret": canary})},
        lambda: {"raw": f"sk-proj-{canary}".encode()},
        lambda: {"error": ValueError(f"password={canary}")},
        lambda: {"long": "y" * 1_990 + f" sk-{canary}"},
        lambda: {f"sk-{canary}": 1},
        lambda: {"level": "x", "event_": "y", "logger": "z", "time": 1, "where": "w"},
        lambda: {"odd": Hostile(), "inf": float("inf"), "nan": float("nan"), "big": 10**400, "deep": [[[[[[[[[["d"]]]]]]]]]]},
        lambda: {},
    ]
    log, standard = get_logger("fuzz"), logging.getLogger("fuzz.standard")
    for number in range(10_000):
        text = "".join(source.choices(nasty, k=source.randint(0, 4)))
        if number % 5 == 0:
            standard.info(text + "%s %d", Hostile() if number % 2 else f"token={canary}", "not a number")
        elif number % 17 == 0:
            try:
                raise RuntimeError(f"{text} api_key='{canary}' operatorcanary0001")
            except RuntimeError:
                log.exception(text, **source.choice(carriers)())
        else:
            log.info(text, **source.choice(carriers)())
    data = log_file.read_bytes()
    for older in sorted(log_file.parent.glob("omni_architect.log.*")):
        data += older.read_bytes()
    assert len(data.splitlines()) == len(data.decode("ascii").splitlines()) == 10_000
    assert canary.encode() not in data
    assert b"operatorcanary0001" not in data
    assert not any((byte < 32 and byte != 10) or byte > 126 for byte in data)
    for line in data.splitlines():
        assert json.loads(line)["level"]
