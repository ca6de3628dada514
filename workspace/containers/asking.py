"""Asks a container's port from inside its network: over the kernel's namespace where we may, else with a tool the image has."""

from __future__ import annotations

import re
import sys

from workspace.containers.records import ContainerEngine, Reply

LIMIT_S = 8.0

# Runs in a process of its own, since a thread that entered another network cannot be given back.
_ENTER = """
import ctypes, os, sys
pid = sys.argv[3]
handle = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
if ctypes.CDLL(None, use_errno=True).setns(handle, 0x40000000):
    sys.exit("refused " + os.strerror(ctypes.get_errno()))
"""
_ASK = """
import socket, sys
port, path = sys.argv[1:3]
for host in ("127.0.0.1", "::1"):
    try:
        link = socket.create_connection((host, int(port)), 3)
        break
    except OSError as error:
        last = error
else:
    sys.exit("closed " + str(last))
with link:
    link.settimeout(5)
    head, told = b"", ""
    asked = (f"GET {path} HTTP/1.1", f"Host: localhost:{port}", "User-Agent: proof", "Accept: */*", "Connection: close", "", "")
    try:
        link.sendall("\\r\\n".join(asked).encode())
        while len(head) < 12 and (more := link.recv(4096)):
            head += more
    except TimeoutError:
        told = "it said nothing for 5 s"
    except OSError:
        told = ""
if head.startswith(b"HTTP/1") and len(head.split(b" ", 2)) > 1:
    print("status " + head.split(b" ", 2)[1].decode("ascii", "replace"))
elif head[3:4] == b"\\x04" and head[5:9] == bytes(4):
    print("open HTTP/2")  # the settings that its servers begin with
elif head[:2] == b"\\x15\\x03":
    print("open TLS")  # its alert: what was said is not TLS
else:
    first = head.split(b"\\n")[0][:60].decode("ascii", "backslashreplace").strip()
    print("open " + (ascii(first) if head else told or "it closed the connection"))
"""

_PYTHON = (
    "import sys,http.client as h,urllib.request as u,urllib.error as e\n"
    "try: print('status',u.urlopen(sys.argv[1],timeout=5).status)\n"
    "except e.HTTPError as x: print('status',x.code)\n"
    "except h.BadStatusLine as x: print('open',ascii(x.line[:60]))\n"
    "except h.HTTPException: print('open it said something else')"
)
_NODE = (
    "require('http').get(process.argv[1],{timeout:5000},r=>{console.log('status',r.statusCode);process.exit()})"
    ".on('error',x=>{console.log(/^HPE_/.test(x.code)?'open it said something else':'closed '+x.code);process.exit(1)})"
)
_PATH = re.compile(r"/[A-Za-z0-9._~/%-]{0,200}")
_STATUS = re.compile(r"(?:^|\n)\s*(?:status\s+|HTTP/[\d.]+\s+)(\d{3})\b")
_OPEN = re.compile(r"(?:^|\n)open(?: ([^\n]*))?\s*$")


def is_plain(path: str) -> bool:
    """Tell whether a URL path is made of harmless characters only, so that it may stand in a command."""
    return _PATH.fullmatch(path) is not None


def by_namespace(engine: ContainerEngine, pid: int, port: int, path: str) -> tuple[str, ...]:
    """Return the whole command that asks from the machine's side; a rootless Podman lends the right to enter its networks."""
    ask = (sys.executable, "-I", "-S", "-c", _ENTER + _ASK, str(port), path, str(pid))
    return (engine.program, "unshare", *ask) if engine.rootless else ask


def by_tool(port: int, path: str) -> tuple[tuple[str, ...], ...]:
    """Return the commands to try inside the container, one a tool that images tend to have."""
    url = f"http://127.0.0.1:{port}{path}"
    return (
        ("wget", "-q", "-S", "-T", "5", "-O", "/dev/null", url),
        ("curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "status %{http_code}", url),
        ("python3", "-c", _PYTHON, url),
        ("python", "-c", _PYTHON, url),
        ("node", "-e", _NODE, url),
    )


def read_reply(said: str, how: str) -> Reply | None:
    """Return what a command learnt; None where nothing answered or the command does not exist."""
    statuses = _STATUS.findall(said)
    if statuses and statuses[-1] != "000":
        return Reply(int(statuses[-1]), how)
    opened = _OPEN.search(said)
    return Reply(None, how, opened[1] or "it said nothing") if opened else None
