"""What the kernel's tables say about a container."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest

from workspace.containers import Listening, Reply, asking, looking

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 1 1
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   3: 0B00007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4 1
   2: 0100007F:1388 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 3 1
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 0 0 0
   1: 00000000000000000000000001000000:0CEA 00000000000000000000000000000000:0000 0A 0 0 0
"""


def test_listening_ports_are_read_and_loopback_and_dockers_name_server_are_told_apart() -> None:
    assert looking.parse_listening(TABLE) == (
        Listening(3000, True), Listening(3306, False), Listening(5000, True), Listening(8080, False),
    )  # fmt: skip


def test_a_table_of_nonsense_is_an_empty_one() -> None:
    assert looking.parse_listening("a b c\n1: zz:qq x 0A\n\n: : :") == ()


def test_a_process_of_this_machine_is_not_taken_for_a_container() -> None:
    assert not looking.is_container(os.getpid(), "f" * 64)
    assert not looking.is_container(0, "")


def test_the_user_of_a_process_is_read() -> None:
    assert looking.user_of(os.getpid()) == os.geteuid()
    assert looking.user_of(2**22 + 1) is None


def test_only_plain_paths_may_stand_in_a_command() -> None:
    assert asking.is_plain("/health/live")
    assert not asking.is_plain("/a b")
    assert not asking.is_plain("-o/etc/passwd")
    assert not asking.is_plain("/x\r\nHost: evil")


def test_what_a_tool_said_becomes_a_reply_or_nothing() -> None:
    assert asking.read_reply("  HTTP/1.1 302 Found\n  HTTP/1.1 200 OK\n", "wget") == Reply(200, "wget")
    assert asking.read_reply("status 503", "curl") == Reply(503, "curl")
    assert asking.read_reply("status 000", "curl") is None
    assert asking.read_reply("open\n", "x") == Reply(None, "x", "it said nothing")
    assert asking.read_reply("Traceback:\nopen 'SSH-2.0-x'\n", "x") == Reply(None, "x", "'SSH-2.0-x'")
    assert asking.read_reply("exec failed: no such file", "x") is None


@pytest.mark.parametrize("script", ["_ASK", "_PYTHON"])
@pytest.mark.parametrize(
    ("says", "status", "told"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None, "SSH-2.0-OpenSSH_9.2"),
        (b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00", None, "HTTP/2"),
        (b"\x15\x03\x01\x00\x02\x02\x46", None, "TLS"),
        (b"", None, "closed"),
    ],
)
def test_a_real_port_is_asked_and_what_is_not_http_is_told_apart(script: str, says: bytes, status: int | None, told: str) -> None:
    if script == "_PYTHON" and told in ("HTTP/2", "TLS", "closed"):
        told = ""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            link, _ = server.accept()
            with link:
                link.recv(4096)
                link.sendall(says)

        threading.Thread(target=answer, daemon=True).start()
        words = (str(port), "/health") if script == "_ASK" else (f"http://127.0.0.1:{port}/health",)
        said = subprocess.run(
            [sys.executable, "-I", "-S", "-c", getattr(asking, script), *words], capture_output=True, text=True, check=False
        )
    reply = asking.read_reply(said.stdout, "so")
    assert reply is not None, said
    assert reply.status == status
    assert told in reply.said
