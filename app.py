"""The launcher: builds the ASGI app behind its gate, prints the one link that signs a browser in, serves until it is stopped."""

from __future__ import annotations

import gc

if __name__ == "__main__":
    gc.disable()  # what is loaded below stays, and looking through it for garbage takes a sixth of the time; `warming` turns it on again

import asyncio
import errno
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import streamlit as st
from pydantic import ValidationError
from starlette.middleware import Middleware

from collaboration.installation import secret_of
from collaboration.limits import Limits
from collaboration.manager import websocket_manager
from collaboration.server import Config, origins_of
from collaboration.supervisor import OFF, Status, Supervisor
from config import settings
from engine import resources
from telemetry import logs
from ui import callbacks, leaving, options, values, voice, warming
from ui.bridge import BRIDGE
from ui.errors import report
from ui.gate import Gate, Login
from ui.routes import ROUTES
from ui.sessions import REGISTRY
from workspace.secrets import mask_quick

STOPPING_S = 2
log = logs.get_logger("app")

BAD_SETTING, NOT_STARTED = 2, 3


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(BAD_SETTING)


try:
    SETTINGS = settings()
    LOGIN = Login(SETTINGS.omni_login_token.get_secret_value() if SETTINGS.omni_login_token else None)
    logs.configure(SETTINGS, redact=mask_quick)
except ValidationError as problem:
    _refuse("\n".join(f"The setting {str(error['loc'][0]).upper()} is not usable: {error['msg']}." for error in problem.errors()))
except (ValueError, logs.LogFileError) as problem:
    _refuse(str(problem))


def sign_in_link() -> str:
    """Return the address that signs a browser in."""
    host = SETTINGS.omni_host if SETTINGS.omni_host not in ("", "0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{st.get_option('server.port')}/?token={LOGIN.token}"


def start_sidecar() -> Supervisor | None:
    """Begin to start what carries the sessions; without it the app works and the page says why collaboration is off."""
    if not SETTINGS.websocket_enabled:
        websocket_manager.configure(b"", lambda: OFF)
        return None
    try:
        given = SETTINGS.websocket_secret
        secret = secret_of(SETTINGS.omni_data_dir, given.get_secret_value() if given else None)
    except (OSError, ValueError) as problem:
        why = Status(None, f"Collaboration is off: {problem}")
        log.warning(why.sentence)
        websocket_manager.configure(b"", lambda: why)
        return None
    port = st.get_option("server.port")
    names = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]", SETTINGS.omni_host)}
    served = [
        *(host for host in SETTINGS.omni_allowed_hosts),
        *(f"{host}:{port}" for host in SETTINGS.omni_allowed_hosts if ":" not in host),
    ]
    config = Config(
        secret=secret,
        origins=(*origins_of(sorted(names)), *origins_of(served, ("http", "https"))),
        host=SETTINGS.omni_host,
        port=SETTINGS.websocket_port,
        ping_interval=SETTINGS.websocket_ping_interval,
        timeout=SETTINGS.websocket_timeout,
        limits=Limits(participants=SETTINGS.max_session_participants),
        redis_url=SETTINGS.redis_url.get_secret_value() if SETTINGS.redis_url else None,
    )
    sidecar = Supervisor(config)
    websocket_manager.configure(secret, lambda: sidecar.status, SETTINGS.websocket_public_url, config.origins[0], sidecar.settled)
    sidecar.begin()
    return sidecar


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Print the link once the server is up; end every run and the background loop when it goes down."""
    log.info("started", host=SETTINGS.omni_host, port=st.get_option("server.port"))
    sidecar = start_sidecar()
    warming.begin()
    print(f"Omni-Architect is ready: open {sign_in_link()}  (Ctrl-C stops it)", flush=True)
    try:
        yield
    finally:
        await asyncio.to_thread(voice.close)
        REGISTRY.close_all()
        await asyncio.to_thread(BRIDGE.stop)
        await asyncio.to_thread(resources.close_all)
        if sidecar is not None:
            await sidecar.stop()
        log.info("stopped")


options.apply(SETTINGS.omni_allowed_hosts)
callbacks.keep_whole()
leaving.keep_the_way()
values.keep_told()
app = st.App(
    Path(__file__).resolve().parent / "ui" / "main.py",
    routes=ROUTES,
    middleware=[Middleware(Gate, login=LOGIN, bind_host=SETTINGS.omni_host, allowed_hosts=SETTINGS.omni_allowed_hosts)],
    lifespan=lifespan,
    on_script_error=report,
)


def main() -> int:
    """Serve on the configured address; exit status 2 when it cannot be had."""
    import uvicorn
    from streamlit import config as streamlit_config

    from ui.patience import Impatient

    try:
        listening = _listen(SETTINGS.omni_host, SETTINGS.omni_port)
    except OSError as problem:
        _refuse(_cannot_listen(problem))
    streamlit_config.set_option("server.port", listening.getsockname()[1])
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=Impatient,
            ws="websockets-sansio",
            ws_max_size=16 * 1024 * 1024,
            ws_per_message_deflate=False,
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=STOPPING_S,
        )
    )
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        return 0
    finally:
        listening.close()
    if not server.started:
        print(f"The server did not start; {SETTINGS.omni_log_file} says why.", file=sys.stderr)
        return NOT_STARTED
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def _cannot_listen(problem: OSError) -> str:
    where = f"{SETTINGS.omni_host}:{SETTINGS.omni_port}"
    if problem.errno == errno.EADDRINUSE:
        return f"Something else listens on {where} already. Stop it, or choose another port: OMNI_PORT=8601 (0 takes any free one)."
    if problem.errno == errno.EACCES:
        return f"The system does not let this user listen on {where}. Choose a port above 1024, for example OMNI_PORT=8601."
    return f"Cannot listen on {where}: {(problem.strerror or str(problem)).lower()}. Check OMNI_HOST and OMNI_PORT."


if __name__ == "__main__":
    sys.exit(main())
