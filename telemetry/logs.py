"""The program's log, `omni_architect.log`: one JSON line a record, rotating, readable by its owner alone, without secrets."""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr

from config import Settings
from telemetry.redaction import HIDDEN, Redactor

MAX_BYTES = 5 * 1024 * 1024
BACKUPS = 3
MAX_LINE = 7_500
MAX_TRACE = 3_000

# What these write may hold whole requests and answers: only that they wrote, and where, is logged.
SDK_LOGGERS = (
    "aiohttp",
    "aioice",
    "aiortc",
    "google",
    "google_genai",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "ibm_watsonx_ai",
    "ollama",
    "openai",
    "requests",
    "swagger_client",
    "urllib3",
    "websockets",
)
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_OWN_FIELDS = frozenset({"time", "level", "logger", "event"})


class LogFileError(Exception):
    """The log file cannot be opened; the message says why and which setting moves it."""


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger that takes an event and fields: `log.info("run finished", members=3)`. Silent below WARNING until `configure`."""
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.filter_by_level, _to_standard],
        wrapper_class=structlog.stdlib.BoundLogger,
        context_class=dict,
    )


def configure(settings: Settings, redact: Callable[[str], str] | None = None) -> Path:
    """Open the log and route every logger of the process to it; return its path. Called once, by the launcher or the command line.

    `redact` is one more pass over every text, after our own patterns and the operator's keys.
    Raises LogFileError when the file cannot be opened and ValueError for an unknown level.
    """
    level = settings.omni_log_level.upper()
    if level not in _LEVELS:
        raise ValueError(f"OMNI_LOG_LEVEL is '{settings.omni_log_level}'; it must be one of {', '.join(_LEVELS)}.")
    path = settings.omni_log_file.expanduser().absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = PrivateFile(path)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise LogFileError(f"The log {path} cannot be opened: {why}. Set OMNI_LOG_FILE to a file that can be written.") from error
    handler.setFormatter(JsonLines(Redactor(_operator_secrets(settings), redact)))
    close()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    for name in SDK_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.WARNING, logging.getLevelName(level)))
        # an SDK may keep its records to itself; they belong into this log, where their text is withheld
        logger.propagate, logger.disabled = True, False
    logging.captureWarnings(True)
    return path


def opened() -> tuple[Path, Redactor] | None:
    """Return the file this process writes to, and what takes secrets out of what is shown of it; None while no log is open."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, PrivateFile) and isinstance(handler.formatter, JsonLines):
            return Path(handler.baseFilename), handler.formatter.redactor
    return None


def close() -> None:
    """Close the log, if it is open."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, PrivateFile)]:
        root.removeHandler(handler)
        handler.close()
    logging.captureWarnings(False)


class PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating file with mode 0600 whose records are written in one piece each."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="ascii", errors="backslashreplace")

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        os.fchmod(handle, 0o600)
        return open(handle, "a", encoding=self.encoding, errors=self.errors)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say on the error output that a record was lost, without what it said."""
        failure = sys.exc_info()[0]
        print(f"A record of {record.name} could not be logged: {failure.__name__ if failure else 'unknown'}", file=sys.stderr)


class JsonLines(logging.Formatter):
    """Renders any record as one line of ASCII JSON: time, level, logger, event, its fields, and an exception in short."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self.redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a record whose own text cannot be made is logged by its template."""
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": self.redactor.text(record.name)[:200],
        }
        withheld = record.name.partition(".")[0] in SDK_LOGGERS
        if withheld:
            entry["event"] = "message withheld: it may hold a request or an answer"
            entry["where"] = f"{record.module}:{record.lineno}"
        else:
            entry["event"] = self.redactor.text(_message(record))
            for name, value in _fields(record).items():
                clean = self.redactor.text(str(name))[:100]
                entry[f"{clean}_" if clean in _OWN_FIELDS or clean == "error" else clean] = self.redactor.plain(value, str(name))
        if record.exc_info and record.exc_info[1] is not None:
            entry["error"] = self._error(record.exc_info[1], withheld=withheld)
        return _line(entry)

    def _error(self, error: BaseException, *, withheld: bool) -> dict[str, str]:
        if withheld:
            return {"type": type(error).__name__}
        frames = traceback.extract_tb(error.__traceback__)[-20:]
        # Frames by place and function alone: source lines and local values may hold what must not be logged.
        trace = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        return {"type": type(error).__name__, "message": self.redactor.plain(error) or "", "trace": self.redactor.text(trace)[:MAX_TRACE]}


def _to_standard(logger: Any, _method: str, event: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Hand an event over to the standard logger: the fields travel beside the message and are never formatted into it."""
    fields = dict(event)
    message = fields.pop("event", "")
    keywords: dict[str, Any] = {name: fields.pop(name) for name in ("exc_info", "stack_info", "stacklevel") if name in fields}
    return (message,), {**keywords, "extra": {"omni_fields": fields}}


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields = getattr(record, "omni_fields", None)
    return fields if isinstance(fields, Mapping) else {}


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - wrong arguments, or an object that cannot print itself, must not cost the record
        return record.msg if isinstance(record.msg, str) else f"<unprintable {type(record.msg).__name__}>"


def _line(entry: dict[str, Any]) -> str:
    """Return one line of printable ASCII: every control, format and non-ASCII character is escaped."""
    line = json.dumps(entry, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    if len(line) > MAX_LINE:
        short = {name: value for name, value in entry.items() if name in (*_OWN_FIELDS, "where")}
        short["event"] = str(short["event"])[:500]
        if "error" in entry:
            short["error"] = {"type": entry["error"]["type"], "message": str(entry["error"].get("message", ""))[:500]}
        line = json.dumps({**short, "shortened": True}, ensure_ascii=True, separators=(",", ":"))
    return line.replace("\x7f", "\\u007f")


def _operator_secrets(settings: Settings) -> list[str]:
    """Return the keys of the settings, which are removed wherever they stand."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    relays = (server.credential for server in settings.webrtc_ice_servers)
    return [value.get_secret_value() for value in (*values, *relays) if isinstance(value, SecretStr)]


__all__ = ["HIDDEN", "SDK_LOGGERS", "JsonLines", "LogFileError", "PrivateFile", "close", "configure", "get_logger", "opened"]
