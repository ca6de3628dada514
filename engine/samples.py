"""The sample application: a copy of its own for whoever tries the program, so that applying a result changes nothing of ours."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path

from workspace.errors import NotFound, WriteFailed
from workspace.files import Workspace, open_workspace
from workspace.trust import OPEN

SAMPLE = "sample-shop"
SHIPPED = Path(__file__).resolve().parent.parent / "examples" / SAMPLE


def open_sample(data: Path, owner: str) -> Workspace:
    """Open this owner's copy of the sample below the data folder, made on first use; what was applied stays. It is ours, so it is trusted.

    Raises NotFound where the sample was not shipped, WriteFailed where the data folder cannot be written.
    """
    copy = data / "samples" / hashlib.sha256(owner.encode()).hexdigest()[:16] / SAMPLE
    if not copy.is_dir():
        _copy(copy)
    return open_workspace(str(copy.resolve()), gate=OPEN)


def _copy(target: Path) -> None:
    """Copy beside the target, then move in one step: two tabs that ask at once both find a whole copy."""
    if not SHIPPED.is_dir():
        raise NotFound("The sample application is missing from this installation. Open a folder of your own instead.")
    half = target.with_name(f".{SAMPLE}-{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copytree(SHIPPED, half, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
        try:
            half.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise WriteFailed(
            f"The sample could not be copied to {target.parent}: {reason.lower()}. Set OMNI_DATA_DIR to a folder you own."
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
