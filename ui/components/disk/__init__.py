"""The notice that files changed on disk: it asks a route from time to time, and costs the page no run until Reload is clicked."""

from __future__ import annotations

from collections.abc import Callable

from ui.components import mounted


def disk(*, key: str, session: str, workspace: str, version: int, on_reload: Callable[[], None]) -> None:
    """Show what changed on disk since this `version` of the page, with Reload; nothing where nothing did.

    `session` is the page's token for the route, `workspace` the folder watched.
    """
    mounted("disk")(key=key, data={"session": session, "workspace": workspace, "version": version}, on_reload_change=on_reload)
