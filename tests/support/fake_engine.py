"""A container engine for tests: a small program that speaks the part of Docker's and Podman's command line the sandbox uses.

What it makes are files in a folder, so a test can see what is left; how its images behave is a scenario the test writes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from workspace.containers import ContainerEngine, find_engine

PROGRAM = r"""
import json, os, sys
home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
def read(path):
    with open(path) as file:
        return file.read()
def write(path, text):
    with open(path, "w") as file:
        file.write(text)
scene = json.loads(read(home + "/scene.json"))
words = sys.argv[1:]
with open(home + "/calls.jsonl", "a") as log:
    log.write(json.dumps({"argv": words, "env": sorted(os.environ)}) + "\n")
while words and words[0] in ("--root", "--runroot", "--storage-driver", "--storage-opt"):
    words = words[2:]
made = home + "/made"
def option(name):
    return [words[i + 1] for i, word in enumerate(words[:-1]) if word == name]
def labels():
    return dict(text.partition("=")[::2] for text in option("--label"))
def put(what, name, data):
    identity = os.urandom(32).hex()
    os.makedirs(f"{made}/{what}", exist_ok=True)
    write(f"{made}/{what}/{identity}", json.dumps({"Name": name, **data}))
    return identity
def all_of(what):
    names = sorted(os.listdir(f"{made}/{what}")) if os.path.isdir(f"{made}/{what}") else []
    return {name: json.loads(read(f"{made}/{what}/{name}")) for name in names}
def find(what, name):
    for identity, data in all_of(what).items():
        if name in (identity, data["Name"]):
            return identity, data
    return None, None
def fail(text, status=1):
    print(text, file=sys.stderr)
    sys.exit(status)
def table():
    rows = ["  sl  local_address rem_address   st"]
    for port in scene.get("listen", [8000]):
        rows.append(f"   0: {'0100007F' if scene.get('loopback') else '00000000'}:{port:04X} 00000000:0000 0A 0 0 0")
    return "\n".join(rows)
verb = words[0] if words else ""
if verb == "version":
    server = {"Version": "99.1", "Components": [{"Name": "Engine"}], "Platform": {"Name": ""}}
    print(json.dumps({"Client": {}, "Server": scene.get("server", server)}))
    sys.exit(0 if scene.get("server", True) else 1)
elif verb == "info":
    if scene.get("broken"):
        fail("Error: " + scene["broken"])
    print(json.dumps({"host": {"cgroupVersion": "v2", "security": {"rootless": False}}, "version": {"Version": "9.9"},
        "store": {"graphRoot": home + "/store", "graphDriverName": "overlay", "graphOptions": {}}, "registries": {}}))
elif verb == "pull":
    if scene.get("pull"):
        fail(scene["pull"])
elif words[:2] == ["image", "inspect"]:
    wanted = words[-1]
    identity, data = find("image", wanted)
    if data is None and wanted not in scene.get("images", []):
        fail("Error: no such image " + wanted)
    if "--format" in words:
        print("sha256:base")
    elif data is None:
        print("[{}]")
    else:
        ports = {f"{port}/tcp": {} for port in scene.get("exposes", [8000])}
        health = {"Test": ["CMD", "true"]} if scene.get("has_health", True) else None
        print(json.dumps([{"Id": identity, "Size": 123_000_000, "RootFS": {"Layers": ["a", "b", "c"]}, "Labels": data["Labels"],
            "Config": {"User": "10001", "ExposedPorts": ports, "Healthcheck": health, "Labels": data["Labels"], "Cmd": ["run"]}}]))
elif verb == "build":
    assert os.path.isdir(words[-1]) and os.path.isfile(option("--file")[0]), words
    given = [os.path.relpath(f"{folder}/{name}", words[-1]) for folder, _, names in os.walk(words[-1]) for name in names]
    write(home + "/context.json", json.dumps(sorted(given)))
    plan = scene.get("build", {})
    for line in plan.get("says", ["STEP 1/1: FROM base"]):
        print(line, flush=True)
    if plan.get("child"):
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        write(home + "/child", str(child.pid))
        sys.exit(child.wait())
    if plan.get("sleep"):
        import time
        time.sleep(plan["sleep"])
    if plan.get("status"):
        sys.exit(plan["status"])
    put("image", option("--tag")[0], {"Labels": labels()})
elif verb == "create":
    if scene.get("create"):
        fail("Error: " + scene["create"])
    named = ("--name", "--network")
    ours = [i for i, word in enumerate(words) if word.startswith(("localhost/", "omni-proof")) and words[i - 1] not in named]
    at = next(i for i, word in enumerate(words) if i in ours or word in scene.get("images", []))
    print(put("container", option("--name")[0], {"Labels": labels(), "image": words[at], "read_only": "--read-only" in words, "on": False,
        "env": option("--env"), "hosts": option("--add-host"), "command": words[at + 1:], "network": option("--network")[0]}))
elif verb == "start":
    identity, data = find("container", words[-1])
    if scene.get("start"):
        fail("Error: " + scene["start"])
    data["on"] = not scene.get("dies") and not (data["read_only"] and scene.get("needs_writing"))
    write(f"{made}/container/{identity}", json.dumps(data))
elif words[:2] == ["container", "inspect"]:
    found = []
    for word in words[2:]:
        identity, data = find("container", word)
        if data is None:
            fail("Error: no such container")
        exit_code = data.get("exit", scene.get("exit", 0 if data["on"] else 1))
        health = "healthy" if data["on"] and not scene.get("sick") else "starting"
        address = "10.9.8.7" if data["network"] != "none" else ""
        found.append({"Config": {"Labels": data["Labels"]}, "NetworkSettings": {"Networks": {"n": {"IPAddress": address}}},
            "State": {"Running": data["on"], "ExitCode": exit_code, "Pid": 0, "Health": {"Status": health}}})
    print(json.dumps(found))
elif words[:2] == ["network", "inspect"]:
    print(json.dumps([{"Name": find("network", word)[1]["Name"], "Labels": find("network", word)[1]["Labels"]} for word in words[2:]]))
elif words[:2] == ["healthcheck", "run"]:
    sys.exit(1 if scene.get("sick") else 0)
elif verb == "exec":
    identity, data = find("container", words[1])
    if data is None or not data["on"]:
        fail("Error: container is not running", 125)
    rest = words[2:]
    if rest == ["cat", "/proc/net/tcp", "/proc/net/tcp6"]:
        print(table())
    elif rest == ["cat", "/proc/1/status"]:
        data["on"] = not scene.get("dies_late")
        write(f"{made}/container/{identity}", json.dumps(data))
        uid = scene.get("uid", 10001)
        print(f"Name: run\nUid:\t{uid}\t{uid}\t{uid}\t{uid}")
    elif rest[0] == "wget" and scene.get("speaks"):
        fail("exec failed: no such file", 127)
    elif rest[0] == "python3" and scene.get("speaks"):
        print("open " + scene["speaks"])
    elif rest[0] == "wget":
        data["asked"] = data.get("asked", 0) + 1
        data["on"] = not scene.get("dies_when_asked")
        write(f"{made}/container/{identity}", json.dumps(data))
        answers = scene.get("answers", 200)
        if isinstance(answers, list):
            answers = answers[min(data["asked"], len(answers)) - 1]
        print(f"  HTTP/1.1 {answers} OK")
    elif rest[0] in scene.get("tools", ["ready"]):
        sys.exit(0)
    else:
        fail("exec failed: no such file", 127)
elif verb == "logs":
    print("\n".join(scene.get("logs", ["started"])))
elif verb == "diff":
    print("C /app\nA /app/data.db")
elif verb == "stop":
    identity, data = find("container", words[-1])
    data["on"], data["exit"] = False, scene.get("stop_exit", 0)
    write(f"{made}/container/{identity}", json.dumps(data))
elif verb in ("ps", "images") or words[1:2] == ["ls"]:
    what = {"ps": "container", "images": "image"}.get(verb, verb)
    key, _, value = (option("--filter") or ["label="])[0].removeprefix("label=").partition("=")
    for identity, data in all_of(what).items():
        if not key or (data["Labels"].get(key) == value if value else key in data["Labels"]):
            print(identity)
elif verb == "rm" or words[1:2] == ["rm"]:
    what = "container" if verb == "rm" else verb
    for word in words:
        identity, _ = find(what, word)
        if identity:
            os.unlink(f"{made}/{what}/{identity}")
elif words[:2] == ["network", "create"]:
    if scene.get("network"):
        fail("Error: " + scene["network"])
    put("network", words[-1], {"Labels": labels()})
else:
    fail("the fake engine does not know " + " ".join(words), 125)
"""


class FakeEngine:
    """A folder with the program in it. `scene` decides how it behaves; `calls` is what it was asked."""

    def __init__(self, home: Path, kind: str = "podman", **scene: Any) -> None:
        self.home = home
        self.kind = kind
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / kind
        program.write_text(f"#!{sys.executable} -IS\n{PROGRAM}")
        program.chmod(0o755)
        self.play(**scene)

    def play(self, **scene: Any) -> None:
        """Change how it behaves from now on."""
        (self.home / "scene.json").write_text(json.dumps({"images": ["base:1"], **scene}))

    async def found(self) -> ContainerEngine:
        """Return it as the program finds it."""
        return await find_engine({"PATH": str(self.home / "bin")}, (self.kind,))

    @property
    def calls(self) -> list[list[str]]:
        """Return every command line it was given, without the options that choose a store."""
        return [self._plain(json.loads(line)["argv"]) for line in self._log()]

    @property
    def environment_names(self) -> set[str]:
        """Return the names of all variables it was ever given."""
        return {name for line in self._log() for name in json.loads(line)["env"]}

    def left(self) -> dict[str, int]:
        """Return how many containers, images and networks there are still."""
        return {kind: len(list((self.home / "made" / kind).glob("*"))) for kind in ("container", "image", "network")}

    def calls_of(self, *verb: str) -> list[list[str]]:
        """Return the command lines that begin with these words."""
        return [call for call in self.calls if tuple(call[: len(verb)]) == verb]

    def context(self) -> list[str]:
        """Return the files the last build was given."""
        found: list[str] = json.loads((self.home / "context.json").read_text())
        return found

    def child_runs(self) -> bool:
        """Tell whether the build step it started in a session of its own still runs."""
        try:
            pid = int((self.home / "child").read_text())
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (OSError, ValueError):
            return False

    def has_child(self) -> bool:
        """Tell whether a build step was started."""
        return (self.home / "child").exists() and bool((self.home / "child").read_text())

    def _log(self) -> list[str]:
        path = self.home / "calls.jsonl"
        return path.read_text().splitlines() if path.exists() else []

    @staticmethod
    def _plain(argv: list[str]) -> list[str]:
        while argv and argv[0] in ("--root", "--runroot", "--storage-driver", "--storage-opt"):
            argv = argv[2:]
        return argv


def nobody() -> int:
    """Return the id of a process that has just ended."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid
