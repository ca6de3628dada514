"""One small text file of the user's: read whole and bounded, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from providers.errors import ConfigurationError


def read(path: Path, most: int) -> str:
    """Return the text of a file of at most so many bytes. Raises ConfigurationError saying what is wrong with it."""
    try:
        # not blocking, and a look before anything is read: a pipe in the file's place would be waited for without end
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigurationError(f"{path.name} is not a regular file.")
            content = file.read(most + 1)
    except OSError as error:
        raise ConfigurationError(f"{path.name} could not be read: {error.strerror}.") from None
    if len(content) > most:
        raise ConfigurationError(f"{path.name} is larger than {most // 1024} KiB.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name} is not UTF-8 text.") from None


def write(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner alone; raises OSError, and then the old one is still there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
