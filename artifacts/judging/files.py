"""Whether the files a Compose file refers to exist: Dockerfiles it builds, environment files, configuration it mounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from artifacts.compose import ComposeFile
from artifacts.records import Artifact, Finding, Severity

BUILD = "evidence_build"
ENV_FILE = "evidence_env_file"
MOUNT = "evidence_mount"


def missing_files(path: str, compose: ComposeFile, artifacts: Sequence[Artifact], known: frozenset[str] | None) -> Iterator[Finding]:
    """Yield a finding for every file that neither the repository nor the answer has.

    A missing Dockerfile stops the build. A missing environment file is a warning, since it is usually kept out of the
    repository; a mounted file that is missing becomes an empty folder.
    """
    if known is None:
        return
    present = known | {artifact.path for artifact in artifacts}
    folder = PurePosixPath(path).parent
    for service in compose.services:
        built = service.build.dockerfile_path() if service.build is not None else None
        if built is not None and service.build is not None and (where := str(folder / built)) not in present:
            message = f"{service.name} is built from {where}, which neither the repository nor the answer has"
            yield Finding(BUILD, Severity.ERROR, message, path, service.build.line, source="evidence")
        for name in service.env_files:
            relative = _relative(folder, name)
            if relative is not None and relative not in present and not _is_optional(service.value("env_file"), name):
                message = f"{service.name} reads {name}, which is not in the repository; Compose refuses to start without it"
                yield Finding(ENV_FILE, Severity.WARNING, message, path, service.line_of("env_file"), source="evidence")
        for mount in service.mounts:
            relative = _relative(folder, mount.source) if mount.kind == "bind" else None
            if relative is None or not PurePosixPath(relative).suffix or relative in present:
                continue
            if not any(other.startswith(f"{relative}/") for other in present):
                message = f"{service.name} mounts {mount.source}, which is not in the repository; an empty folder would take its place"
                yield Finding(MOUNT, Severity.WARNING, message, path, mount.line, source="evidence")


def _relative(folder: PurePosixPath, name: str) -> str | None:
    """Return a path inside the repository, None where it is absolute, climbs out or depends on variables."""
    if not name or name.startswith(("/", "~")) or "$" in name or "\\" in name:
        return None
    parts: list[str] = []
    for part in str(folder / name).split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or None


def _is_optional(value: object, name: str) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and item.get("path") == name and item.get("required") is False for item in items)
