"""How a command ends when it is asked to: its work is cancelled, so that what it opened is closed and cleaned up."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress


def cancel_on_request() -> None:
    """Cancel the task that calls this when the process is asked to end (SIGTERM)."""
    work = asyncio.current_task()
    if work is None:
        return
    # an event loop that knows no signals, as on Windows: there the system ends the process itself
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
