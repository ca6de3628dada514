"""What is set: vendors and their keys, ports, and where the program may write. No value of a key is ever read out."""

from __future__ import annotations

import errno
import os
import socket
import stat
import tempfile
from pathlib import Path

from config import Settings
from engine.assemble import known_presets
from engine.doctoring.records import Result, Standing
from providers import presets, vendors
from providers.errors import ConfigurationError

OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH


def keys(settings: Settings) -> list[Result]:
    """Say of every vendor whether it can take part; the built-in architect always can."""
    results = []
    for entry in vendors.availability(settings):
        standing = Standing.OK if entry.ready else Standing.NOTE
        said, _, todo = entry.sentence.partition(": set ")
        results.append(Result(entry.label, standing, said, f"Set {todo}" if todo else ""))
    return results


def preset(settings: Settings) -> Result:
    """Say whether the presets can be read and the default one is among them."""
    try:
        known = known_presets(settings)
        found = presets.find(settings.ensemble_default_preset, known)
    except ConfigurationError as error:
        return Result("Presets", Standing.PROBLEM, error.message, "Mend the file, or set ENSEMBLE_DEFAULT_PRESET to one that exists.")
    return Result("Presets", Standing.OK, f"{len(known)} known, {found.title} is the default")


def ports(settings: Settings) -> list[Result]:
    """Say whether the page's port and the sidecar's can be had."""
    results = [_port("Page's port", settings.omni_host, settings.omni_port, "OMNI_PORT", Standing.PROBLEM)]
    if settings.websocket_enabled:
        results.append(_port("Sidecar's port", settings.omni_host, settings.websocket_port, "WEBSOCKET_PORT", Standing.NOTE))
    return results


def places(settings: Settings, folder: Path) -> list[Result]:
    """Say whether the data folder and the log can be written, and whether others may read the file of keys."""
    return [_writable("Data folder", settings.omni_data_dir.expanduser()), _log(settings.omni_log_file), _env(folder / ".env")]


def _port(subject: str, host: str, port: int, variable: str, standing: Standing) -> Result:
    if port == 0:
        return Result(subject, Standing.OK, "any free one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                todo = f"Stop what listens there (this program itself, perhaps), or set {variable} to another port."
                return Result(subject, standing, f"{host}:{port} is in use", todo)
            return Result(subject, standing, f"{host}:{port} cannot be had: {(error.strerror or str(error)).lower()}", f"Set {variable}.")
    return Result(subject, Standing.OK, f"{host}:{port} is free")


def _writable(subject: str, folder: Path) -> Result:
    nearest = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    todo = "Set OMNI_DATA_DIR to a folder that this user may write."
    if not nearest.is_dir():
        return Result(subject, Standing.PROBLEM, f"{nearest} is no folder", todo)
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        return Result(subject, Standing.PROBLEM, f"{nearest} cannot be written: {(error.strerror or str(error)).lower()}", todo)
    return Result(subject, Standing.OK, f"{folder} can be written")


def _log(path: Path) -> Result:
    path = path.expanduser().absolute()
    todo = "Set OMNI_LOG_FILE to a file that this user may write."
    place = path if path.exists() else path.parent
    if path.is_symlink() or not os.access(place, os.W_OK):
        return Result("Log", Standing.PROBLEM, f"{path} cannot be written" if not path.is_symlink() else f"{path} is a link", todo)
    if path.exists() and path.stat().st_mode & OTHERS_MAY_READ:
        return Result("Log", Standing.NOTE, f"{path} can be read by others; the next start takes that from them")
    return Result("Log", Standing.OK, f"{path} can be written")


def _env(path: Path) -> Result:
    try:
        mode = path.stat().st_mode
    except OSError:
        return Result(".env", Standing.OK, "there is none; .env.example shows what it can hold")
    if mode & OTHERS_MAY_READ:
        return Result(".env", Standing.NOTE, "holds keys and can be read by other users of this machine", "Run chmod 600 .env")
    return Result(".env", Standing.OK, "readable by its owner alone")
