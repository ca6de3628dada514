"""The real tools the drawn files are shown to: hadolint and Compose, in the version the tests install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

BIN = Path(sys.executable).parent


def hadolint(*texts: str, tmp: Path) -> list[list[str]]:
    """Return each Dockerfile's findings as `CODE:line message`; one process for all of them."""
    paths = []
    for number, text in enumerate(texts):
        path = tmp / f"Dockerfile.{number}"
        path.write_text(text)
        paths.append(str(path))
    done = subprocess.run([BIN / "hadolint", "-f", "json", "--no-fail", *paths], capture_output=True, text=True, check=False)
    found: dict[str, list[str]] = {path: [] for path in paths}
    for remark in json.loads(done.stdout or "[]"):
        found[remark["file"]].append(f"{remark['code']}:{remark['line']} {remark['message']}")
    assert not done.stderr, done.stderr
    return [found[path] for path in paths]


def compose_config(text: str, folder: Path, required: Iterable[str] = ()) -> str:
    """Return what the real Compose says against a file, "" when it accepts it; `required` variables are set."""
    path = folder / "compose.yaml"
    path.write_text(text)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **dict.fromkeys(required, "set")}
    done = subprocess.run(
        [BIN / "docker-compose", "-f", path, "--project-directory", folder, "config", "-q"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr
