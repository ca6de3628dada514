"""A connection that holds back its request is closed, one that sends it whole is answered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from ui.patience import Impatient

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Hasty(Impatient):
    owed_s = 0.2


async def app(scope, receive, send) -> None:
    """Answer at once, without waiting for a body."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=Hasty, ws="none", lifespan="off", log_config=None, timeout_keep_alive=3600))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as made:
        yield made


def answered(connection: socket.socket) -> bool:
    """Wait for the whole answer, however it is cut on the way."""
    received = b""
    while not received.endswith(b"ok"):
        piece = connection.recv(1000)
        if not piece:
            return False
        received += piece
    return True


def closed(connection: socket.socket) -> bool:
    """Wait until the server closes the connection; a server that never does is a timeout."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("begun", [b"", b"G", WHOLE[:-2]])
def test_a_head_that_does_not_come_ends_the_connection(connection: socket.socket, begun: bytes) -> None:
    connection.sendall(begun)
    assert closed(connection)


def test_a_second_request_is_waited_for_no_longer_than_the_first(connection: socket.socket) -> None:
    connection.sendall(WHOLE)
    assert answered(connection)
    connection.sendall(WHOLE)
    assert answered(connection)
    connection.sendall(WHOLE[:-2])
    assert closed(connection)


def test_a_body_that_nobody_waits_for_ends_the_connection_too(connection: socket.socket) -> None:
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    assert answered(connection)
    connection.sendall(b"drop")
    assert closed(connection)
