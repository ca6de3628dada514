"""An independent server for OpenAI, Gemini and Ollama, written by others: adapter and fake cannot share one misunderstanding.

`make system` installs it from npm into the cache folder that `tests/support/system.sh` names; nothing of it is committed.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omni-architect" / "aimock"
PROGRAM = FOLDER / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"


def node() -> str:
    """Return the Node.js to run it with: the one that was installed beside it where the system's is too old."""
    return next((str(found) for found in FOLDER.glob("node/node_modules/node-linux-*/bin/node")), "node")


class Aimock:
    """A running server at `url`."""

    def __init__(self) -> None:
        assert PROGRAM.is_file(), f"{PROGRAM} is missing: run `make system`, which installs it"
        self._process = subprocess.Popen(
            [node(), str(PROGRAM), "--port", "0", "--fixtures", str(HERE / "answers.json"), "--strict"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += line
            if found := re.search(r"listening on (http://\S+)", line):
                self.url = found.group(1)
                return
        raise AssertionError(f"aimock did not start; it said: {said}")

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
