"""A folder of one proof: the copy that is built, temporary files and, for Podman, an image store of its own beside the user's."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from workspace.containers.owner import Owner, parse_owner
from workspace.containers.records import ContainerEngine
from workspace.errors import EngineFailed
from workspace.processes import run

PREFIX = "omni-proof-"
_UNFINISHED_S = 3_600
_REMOVE_S = 60.0
_SEARCH = "unqualified-search-registries"


def base_folder() -> Path:
    """Return where proofs keep their folders: on disk rather than in memory, since images are large."""
    on_disk = Path("/var/tmp")  # noqa: S108 - a fresh folder of mode 0700 is made in it
    return on_disk if os.access(on_disk, os.W_OK) else Path(tempfile.gettempdir())


def make_folder(owner: Owner) -> Path:
    """Make the folder of one proof, readable by this user alone, and write down whose it is."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base_folder()))
        (folder / "owner").write_text(owner.text)
        for name in ("context", "tmp"):
            (folder / name).mkdir()
    except OSError as error:
        raise EngineFailed(f"No folder for the proof could be made in {base_folder()}: {error.strerror}.") from error
    return folder


def own_store(engine: ContainerEngine, folder: Path) -> tuple[ContainerEngine, tuple[str, ...]]:
    """Return the engine and the global arguments with which everything it makes lands below `folder`.

    Podman then reads the user's images and writes to a store of its own, so that nothing can be left behind in theirs. Docker, a
    remote Podman and one without overlay file systems have one store; there the label alone tells what is ours.
    """
    environment = {**engine.environment, "TMPDIR": str(folder / "tmp")}
    if engine.kind == "podman" and not engine.search and not engine.remote:
        environment["CONTAINERS_REGISTRIES_CONF"] = str(_search_file(engine, folder))
    if engine.kind != "podman" or engine.remote or not engine.graph_root or engine.driver != "overlay":
        return replace(engine, environment=environment), ()
    arguments = ["--root", str(folder / "graph"), "--runroot", str(folder / "run"), "--storage-driver", engine.driver]
    for option in engine.driver_options:
        arguments += ["--storage-opt", option]
    arguments += ["--storage-opt", f"additionalimagestore={engine.graph_root}"]
    return replace(engine, environment=environment, own_store=True), tuple(arguments)


async def remove_folder(engine: ContainerEngine, folder: Path) -> None:
    """Unmount and remove a proof's folder; what belongs to the ids of a rootless Podman needs its help. Raises EngineFailed."""
    unmount = shutil.which("umount", path=engine.environment["PATH"])
    for mount in sorted(_mounts_below(folder), reverse=True) if unmount else ():
        await run([str(unmount), "--lazy", mount], env=engine.environment, limit_s=_REMOVE_S)
    gone = await asyncio.to_thread(_remove_tree, folder)
    if not gone and engine.kind == "podman" and engine.rootless:
        remover = shutil.which("rm", path=engine.environment["PATH"]) or "/bin/rm"
        await run([engine.program, "unshare", remover, "-rf", "--", str(folder)], env=engine.environment, limit_s=_REMOVE_S)
        gone = await asyncio.to_thread(_remove_tree, folder)
    if not gone:
        raise EngineFailed(f"The folder {folder} of a proof could not be removed. Remove it by hand.")


def dead_folders() -> Iterator[Path]:
    """Yield the folders that proofs of this user left behind whose process is gone."""
    for path in sorted(base_folder().glob(f"{PREFIX}*")):
        with suppress(OSError):
            state = path.lstat()
            if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
                continue
            owner = parse_owner(_owner_of(path))
            if owner is None:
                if time.time() - state.st_mtime > _UNFINISHED_S:
                    yield path
            elif owner.is_gone:
                yield path


def _owner_of(folder: Path) -> str:
    try:
        return (folder / "owner").read_text()
    except OSError:
        return ""


def _search_file(engine: ContainerEngine, folder: Path) -> Path:
    """Write the user's registries file with the usual place for short names in front: without one, `FROM python` means nothing."""
    home = Path(engine.environment.get("XDG_CONFIG_HOME") or Path(engine.environment["HOME"]) / ".config")
    named = engine.environment.get("CONTAINERS_REGISTRIES_CONF")
    places = [Path(named)] if named else [home / "containers/registries.conf", Path("/etc/containers/registries.conf")]
    text = ""
    for place in places:
        with suppress(OSError):
            text = place.read_text()
            break
    kept = [line for line in text.splitlines() if not line.lstrip().startswith(_SEARCH)]
    path = folder / "registries.conf"
    path.write_text("\n".join([f'{_SEARCH} = ["docker.io"]', *kept, ""]))
    return path


def _mounts_below(folder: Path) -> list[str]:
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return []
    points = [line.split(" ")[4] for line in lines if line.count(" ") > 4]
    return [point for point in points if point.startswith(f"{folder}/")]


def _remove_tree(folder: Path) -> bool:
    """Remove a folder without following links and tell whether it is gone; folders that deny entry are opened first."""
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return True
        for root, names, _files in os.walk(folder, followlinks=False):
            for name in names:
                with suppress(OSError):
                    path = os.path.join(root, name)
                    if not os.path.islink(path):
                        os.chmod(path, 0o700)
    return False
