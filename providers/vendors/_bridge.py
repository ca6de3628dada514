"""A blocking HTTP client whose calls run on the event loop, for an SDK that insists on blocking ones in its constructor."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

BLOCKING_SECONDS = 15.0
"""The longest that one such call keeps its thread; a thread cannot be cancelled, but what it waits for can."""


def blocking_client(client: httpx.AsyncClient, loop: asyncio.AbstractEventLoop, pending: set[Any]) -> httpx.Client:
    """Return an `httpx.Client` that sends through the asynchronous client, with all of its guards.

    Calls under way stand in `pending`; cancelling one there ends it. Must not be used on the loop's own thread.
    """
    import httpx

    class Bridge(httpx.BaseTransport):
        """Hands each request to the loop and waits for the whole response."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "content-length")}
            call = client.request(request.method, str(request.url), headers=headers, content=request.read())
            future = asyncio.run_coroutine_threadsafe(call, loop)
            pending.add(future)
            try:
                response = future.result(BLOCKING_SECONDS)
            except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
                future.cancel()
                raise httpx.ReadTimeout("no answer in time", request=request) from None
            finally:
                pending.discard(future)
            return httpx.Response(response.status_code, headers=response.headers, content=response.content, request=request)

    return httpx.Client(transport=Bridge(), trust_env=False)
