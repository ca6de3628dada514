"""What every way into a workspace ends with: the folder is read, becomes the page's, and is remembered; or the page says why not."""

from __future__ import annotations

from collections.abc import Callable

from config import settings
from telemetry.logs import get_logger
from ui import state
from workspace import recent
from workspace.errors import WorkspaceError
from workspace.files import Workspace, open_workspace
from workspace.trust import ledger

log = get_logger(__name__)


def enter_folder(path: str) -> None:
    """Open a folder by its path, as trusted as its owner made it."""
    enter(lambda: open_workspace(path, gate=ledger(settings().omni_data_dir)))


def enter(find: Callable[[], Workspace]) -> None:
    """Make what `find` returns the page's workspace; what it raises is said on the page."""
    from engine.generate import read_profile, suggest_selection  # loaded when there is something to read

    held, record, owner = state.session(), state.page(), state.browser()
    try:
        found = find()
        if found.is_empty:
            raise WorkspaceError(f"{found.location} is empty. Open a folder with an application in it, or try the sample.")
        profile = read_profile(found)
    except WorkspaceError as problem:
        record.problem = problem.message
        return
    state.open_in(held, record, found, profile, suggest_selection(profile))
    try:
        recent.remember(settings().omni_data_dir, owner, found.location)
    except WorkspaceError as problem:
        log.warning("folder not remembered", why=problem.message)
