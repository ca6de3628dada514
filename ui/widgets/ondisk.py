"""Says that files of the open workspace changed on disk, and reads them again at a click."""

from __future__ import annotations

from architect.profiler import apply_overrides
from engine.generate import read_profile
from ui import state
from ui.components.disk import disk
from workspace.errors import WorkspaceError


def notice() -> None:
    """Show it; nothing is shown while nothing changed."""
    record = state.page()
    if record.workspace is not None:
        disk(
            key=state.ON_DISK,
            session=state.session().token,
            workspace=record.workspace.location,
            version=record.version,
            on_reload=_reload,
        )


def _reload() -> None:
    """Profile the workspace as it is now, keeping the user's corrections; lists and differences are read anew."""
    record = state.page()
    if record.workspace is None:
        return
    try:
        record.found = read_profile(record.workspace)
        record.profile = apply_overrides(record.found, record.overrides)
    except (WorkspaceError, ValueError) as problem:
        record.problem = str(problem)
    record.prepared_for = None
    record.version += 1
