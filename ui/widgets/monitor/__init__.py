"""The Monitor page's panels: one a file, and the ordered table the page shows them by."""

from __future__ import annotations

from collections.abc import Callable

from ui.widgets.monitor import active, errors, members, today
from ui.widgets.monitor.view import View

# What goes on now comes first, then who did it, then what went wrong, then what is left of today.
# A panel of another room, such as the sessions of colleagues, is one file here and one line.
PANELS: tuple[Callable[[View], None], ...] = (active.panel, members.panel, errors.panel, today.panel)
