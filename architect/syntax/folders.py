"""Which of the folders a process writes hold what must outlive it, and which hold the image's own files."""

from __future__ import annotations

import re

from architect.plan import Copy, ImagePlan, Workdir

_LASTING = re.compile(r"data|db|database|media|upload|storage|files|attachments|static|public|state|repositor|content", re.I)
_PASSING = re.compile(r"cache|tmp|temp|log|run|session", re.I)


def lasting(path: str) -> bool:
    """Tell whether a folder keeps what users gave, rather than what can be made again."""
    name = path.rstrip("/").rsplit("/", 1)[-1]
    return _LASTING.search(name) is not None and _PASSING.search(name) is None


def beside_code(plan: ImagePlan, path: str) -> bool:
    """Tell whether the image's own files lie in a folder itself, rather than in folders below or above it."""
    folders = [step.path.rstrip("/") for stage in plan.stages for step in stage.steps if isinstance(step, Workdir)] or ["/app"]
    return path.rstrip("/") in (*folders, "")


def hidden_by_mount(plan: ImagePlan, path: str) -> bool:
    """Tell whether an empty file system over a folder would hide files the image needs: its code, or what was copied there."""
    own = path.rstrip("/")
    copied = {step.destination.rstrip("/") for step in plan.stages[-1].steps if isinstance(step, Copy)}
    folders = [step.path.rstrip("/") for stage in plan.stages for step in stage.steps if isinstance(step, Workdir)] or ["/app"]
    return own == "" or own in copied or any(f"{folder}/".startswith(f"{own}/") for folder in folders)
