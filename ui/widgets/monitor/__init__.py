"""The Monitor page's panels: one a file, and the ordered table the page shows them by."""

from __future__ import annotations

from collections.abc import Callable

from ui.widgets.monitor import active, errors, log, members, sessions, today
from ui.widgets.monitor.view import View

# What goes on now comes first, then who did it, what went wrong, who works together, what is left of today, and the log that has the rest.
PANELS: tuple[Callable[[View], None], ...] = (active.panel, members.panel, errors.panel, sessions.panel, today.panel, log.panel)
