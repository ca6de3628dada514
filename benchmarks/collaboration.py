"""The sidecar next to socket.io, y-websocket and hocuspocus: the same rooms, the same generator, one interleaved run.

Ours speaks its full protocol (token, validation, sequence, acknowledgement, ring, roles); the peers relay. The generator is C
(support/wsload.c, built with gcc). The server runs on one core, the generator on another, where the machine has two. The peers are
no part of this project; install them into a folder of your own and name it:

    npm install --prefix /tmp/peers socket.io y-websocket@2 yjs @hocuspocus/server
    python benchmarks/collaboration.py --peers /tmp/peers

Figures are deliveries per second of the server's CPU time, latency from the intended time of sending, and memory.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.support.history_world import World  # noqa: E402
from collaboration import tokens  # noqa: E402

SUPPORT = Path(__file__).resolve().parent / "support"
SECRET = b"benchmark" * 4
UNBOUND = {"ops_per_s": 1e9, "ops_burst": 10**9, "frames_per_s": 1e9, "frames_burst": 10**9}
ROOMS, EACH = 20, 10

# name, what it is, the generator's arguments, the figure, which way is better, the target
ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("200 B, deliveries / CPU s", "-m closed -s 200 -W 2 -w 0.5 -d {d}", "del_per_cpu_s", "more", ">= 150k"),
    ("50 KB plain, deliveries / CPU s", "-m closed -s 50000 -W 1 -w 0.5 -d {d}", "del_per_cpu_s", "more", ">= 80k"),
    ("50 KB compressed, deliveries / CPU s", "-z -m closed -s 50000 -W 1 -w 0.5 -d {d}", "del_per_cpu_s", "more", ">= 35k"),
    ("1k deliveries/s, p99 ms", "-m open -s 200 -R 111.1 -w 0.5 -d {d}", "p99_ms", "less", "0.7"),
    ("10k deliveries/s, p99 ms", "-m open -s 200 -R 1111.1 -w 0.5 -d {d}", "p99_ms", "less", "0.4"),
    ("50 KB at 1k/s, p99 ms", "-m open -s 50000 -R 111.1 -w 0.5 -d {d}", "p99_ms", "less", "0.8"),
    ("1,000 joins, s", "-m join -r 100", "join_s", "less", "<= 0.25"),
    ("2,000 idle, KiB each", "-m idle -r 200 -d 1", "kb_per_conn", "less", "<= 16"),
)
PEERS = {"socket.io": "sio", "y-websocket": "yws", "hocuspocus": "hp"}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def on_core(number: int) -> list[str]:
    cores = os.cpu_count() or 1
    return ["taskset", "-c", str(number % cores)] if shutil.which("taskset") and cores > 1 else []


@contextmanager
def ours(redis_url: str | None = None) -> Iterator[tuple[int, int]]:
    """Start our sidecar as the app does; yield its port and process id."""
    command = [*on_core(0), sys.executable, "-m", "collaboration", "--child"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    told = {"secret": SECRET.decode(), "origins": ["http://127.0.0.1:8501"], "port": 0, "limits": UNBOUND, "redis_url": redis_url}
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    try:
        yield int(json.loads(process.stdout.readline())["port"]), process.pid
    finally:
        process.stdin.close()
        process.wait(10)


@contextmanager
def peer(name: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Start a peer from the folder its packages are in."""
    port = free_port()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    if name == "y-websocket":
        script = folder / "node_modules" / "y-websocket" / "bin" / "server.cjs"
    else:
        script = folder / f"{name.replace('.', '')}.mjs"
        shutil.copy(SUPPORT / "peers" / script.name, script)
    process = subprocess.Popen(
        [*on_core(0), "node", str(script), str(port)], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            if process.poll() is not None:
                raise OSError(f"{name} ended with status {process.returncode}")
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def mint(folder: Path, rooms: int) -> Path:
    """Write a token for every connection the generator will open."""
    file = folder / "tokens"
    run, lines = secrets.token_hex(4), []
    for number in range(rooms * EACH):
        room, slot = divmod(number, EACH)
        granted = tokens.Pass(f"benchmark-{run}-room-{room:06d}", f"p{slot}", f"P{slot}", "editor" if slot else "owner", "", True)
        lines.append(tokens.mint(SECRET, granted, time.time(), f"{run}{number}"))
    file.write_text("\n".join(lines) + "\n")
    return file


def load(generator: Path, folder: Path, ports: str, pids: str, proto: str, arguments: str) -> dict[str, Any]:
    """Run the generator once; returns what it measured, or {"error": why}."""
    words = arguments.split()
    rooms = int(words[words.index("-r") + 1]) if "-r" in words else ROOMS
    command = [*on_core(1), str(generator), "-p", ports, "-k", pids, "-P", proto, "-r", str(rooms), "-n", str(EACH), *words]
    if proto == "omni":
        command += ["-t", str(mint(folder, rooms))]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=180)
        return dict(json.loads(run.stdout.strip().splitlines()[-1]))
    except (subprocess.TimeoutExpired, IndexError, json.JSONDecodeError) as problem:
        return {"error": type(problem).__name__}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="the folder that npm installed the peers into")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each cell is measured")
    parser.add_argument("--slow", type=float, default=15.0, help="seconds of the reader that stops reading (110 for the claim)")
    parser.add_argument("--history", type=int, default=100_000, help="changes for the history checker (1000000 for the claim)")
    chosen = parser.parse_args()
    if shutil.which("gcc") is None:
        print("not measured: the generator needs gcc and zlib's header")
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        generator = folder / "wsload"
        subprocess.run(["gcc", "-O2", "-w", "-o", str(generator), str(SUPPORT / "wsload.c"), "-lz"], check=True)
        compare(generator, folder, chosen)
        slow_reader(generator, folder, chosen.slow)
        over_redis(generator, folder, chosen.seconds)
    history(chosen.history)
    return 0


def compare(generator: Path, folder: Path, chosen: argparse.Namespace) -> None:
    measured: dict[tuple[str, str], list[float]] = {}
    missing: dict[str, str] = {}
    names = ["ours"]
    for name in PEERS:
        package = "@hocuspocus/server" if name == "hocuspocus" else name
        if shutil.which("node") is None:
            missing[name] = "node is not installed"
        elif chosen.peers is None or not (chosen.peers / "node_modules" / package).is_dir():
            missing[name] = f"npm install --prefix FOLDER {package}, then --peers FOLDER"
        else:
            names.append(name)
    for _ in range(chosen.rounds):
        for title, arguments, figure, _better, _target in ROWS:
            for name in names:
                try:
                    with ours() if name == "ours" else peer(name, chosen.peers) as (port, pid):
                        proto = "omni" if name == "ours" else PEERS[name]
                        found = load(generator, folder, str(port), str(pid), proto, arguments.format(d=chosen.seconds))
                except OSError as problem:
                    missing[name] = str(problem)
                    continue
                if figure in found and not found.get("join_dead"):
                    measured.setdefault((title, name), []).append(float(found[figure]))
    print(f"{ROOMS} rooms of {EACH}; {chosen.rounds} interleaved rounds, medians; a ratio above 1 means ours is better\n")
    print(f"{'':<38}{'target':>9}" + "".join(f"{name:>22}" for name in ("ours", *PEERS)))
    for title, _arguments, _figure, better, target in ROWS:
        own = measured.get((title, "ours"))
        cells = [f"{median(own):>22,.2f}" if own else f"{'failed':>22}"]
        for name in PEERS:
            theirs = measured.get((title, name))
            if not theirs or not own:
                cells.append(f"{'not measured':>22}")
                continue
            ratio = median(own) / median(theirs) if better == "more" else median(theirs) / median(own)
            cells.append(f"{f'{median(theirs):,.2f} ({ratio:.2f}x)':>22}")
        print(f"{title:<38}{target:>9}{''.join(cells)}")
    for name, why in missing.items():
        print(f"{name} was not measured: {why}")


def slow_reader(generator: Path, folder: Path, seconds: float) -> None:
    """One of ten reads nothing while 5 MB/s go past it: how far the server's memory grows."""
    with ours() as (port, pid):
        found = load(generator, folder, str(port), str(pid), "omni", f"-m slow -r 1 -s 50000 -R 100 -w 0 -d {seconds}")
    if "rss_max_kb" in found:
        grown = (found["rss_max_kb"] - found["rss_joined_kb"]) / 1024
        closed = f"closed after {found['first_close_s']:g} s" if found["first_close_s"] > 0 else "not closed yet"
        print(f"\nA reader that stops, {seconds:g} s at 5 MB/s: +{grown:.1f} MB (target <= 5), {closed}")
    else:
        print(f"\nA reader that stops: not measured ({found})")


def over_redis(generator: Path, folder: Path, seconds: float) -> None:
    """The same rooms on two sidecars over one Redis, next to one sidecar alone."""
    program = shutil.which("redis-server")
    if program is None:
        print("Two sidecars over Redis: not measured, redis-server is not installed")
        return
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    store = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    arguments = f"-m open -s 200 -R 111.1 -w 0.5 -d {seconds}"
    try:
        time.sleep(0.5)
        with ours() as (alone, pid):
            one = load(generator, folder, str(alone), str(pid), "omni", arguments)
        url = f"redis://127.0.0.1:{port}/0"
        with ours(url) as (first, pid), ours(url) as (second, other):
            two = load(generator, folder, f"{first},{second}", f"{pid},{other}", "omni", arguments)
    finally:
        store.terminate()
        store.wait(10)
    if "p50_ms" in one and "p50_ms" in two:
        lost = two["expected"] - two["deliveries"]
        print(
            f"Two sidecars over Redis, 1k/s: p50 {two['p50_ms']:.2f} ms, alone {one['p50_ms']:.2f} ms "
            f"(+{two['p50_ms'] - one['p50_ms']:.2f}, target <= 0.2); under way at the end: {lost}"
        )
    else:
        print(f"Two sidecars over Redis: not measured ({one.get('error')}, {two.get('error')})")


def history(changes: int) -> None:
    """Run the history checker under cuts, stalls, slow readers and restarts."""
    began, done = time.process_time(), 0
    ops = acked = conflicts = faults = epochs = seed = 0
    while done < changes:
        part = min(20_000, changes - done)
        verdict = World(seed, clients=4, restarts=seed % 2 == 1).run(part)
        done, seed = done + part, seed + 1
        ops, acked, conflicts = ops + verdict.ops, acked + verdict.acked, conflicts + verdict.conflicts
        faults, epochs = faults + verdict.lost + verdict.doubled + verdict.reordered + verdict.torn, epochs + verdict.epochs
        for fault in verdict.faults:
            print(f"  seed {seed - 1}: {fault}")
    print(
        f"History: {changes:,} changes, {ops:,} committed, {conflicts:,} conflicts, {epochs} incarnations: "
        f"{faults} lost, doubled, reordered or torn ({time.process_time() - began:.0f} s)"
    )


if __name__ == "__main__":
    sys.exit(main())
