"""The explorer: a tree that fetches one folder at a time and reports which files are ticked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ui.components import mounted

MAX_SELECTED = 400


def tree(
    *, key: str, session: str, workspace: str, selection: Sequence[str], height: int = 360, version: int = 0, on_change: Callable[[], None]
) -> tuple[str, ...]:
    """Show the workspace's files and return the ticked paths, sorted.

    `session` is the page's token for the routes, `workspace` the folder shown (another one starts afresh), `selection` what is
    ticked when the tree appears, `height` its list's height in pixels; a new `version` makes it read the folders again.
    """
    data = {
        "session": session,
        "workspace": workspace,
        "selection": sorted(selection),
        "height": height,
        "version": version,
        "most": MAX_SELECTED,
    }
    result = mounted("tree")(key=key, data=data, default={"selection": sorted(selection)}, on_selection_change=on_change)
    chosen = result.get("selection") or ()
    return tuple(sorted({path for path in chosen if isinstance(path, str)})[:MAX_SELECTED])
