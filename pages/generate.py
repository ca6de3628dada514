"""Generate: open a repository, check what was found, ask the members, see the verdict."""

from __future__ import annotations

from ui import state
from ui.widgets.opening import opening, welcome

if state.page().workspace is None:
    opening()
    welcome()
else:
    from ui.widgets import running  # what generates is loaded while a newcomer still reads
    from ui.widgets.generating import generating

    running.collect()
    opening()
    generating()
