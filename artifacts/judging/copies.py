"""Whether what a Dockerfile copies from the build context exists in the repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from artifacts.compose import read_compose
from artifacts.dockerfile import Dockerfile
from artifacts.records import Artifact, Finding, Kind, Severity

RULE = "evidence_copy"


def missing_copies(path: str, dockerfile: Dockerfile, artifacts: Sequence[Artifact], known: frozenset[str] | None) -> Iterator[Finding]:
    """Yield a finding for every COPY or ADD whose source is in no possible build context.

    Patterns, variables, URLs and here-documents are left alone; files of the answer itself count as present.
    """
    if known is None:
        return
    present = known | {artifact.path for artifact in artifacts}
    contexts = build_contexts(path, artifacts)
    folders = _folders(present)
    for stage in dockerfile.stages:
        for copy in stage.of("COPY", "ADD"):
            if copy.flag("from") is not None:
                continue
            for source in copy.sources()[:50]:
                if any(char in source for char in "*?[$") or "://" in source or source.startswith("git@"):
                    continue
                if not any(_exists(source, context, present, folders) for context in contexts):
                    where = f" in {contexts[0]}/" if len(contexts) == 1 and contexts[0] else ""
                    message = f"{path} copies {source}, which is not in the repository{where}"
                    yield Finding(RULE, Severity.ERROR, message, path, copy.line, source="evidence")


def build_contexts(path: str, artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """Return the folders a Dockerfile may be built in: those Compose files of the answer name, else its own and the root."""
    found: list[str] = []
    for artifact in artifacts:
        if artifact.kind is not Kind.COMPOSE:
            continue
        folder = PurePosixPath(artifact.path).parent
        for service in read_compose(artifact.content).services:
            built = service.build.dockerfile_path() if service.build is not None else None
            if service.build is not None and built is not None and str(folder / built) == path:
                context = "/".join(part for part in str(folder / service.build.context).split("/") if part != ".")
                if ".." not in context and context not in found:
                    found.append(context)
    if found:
        return tuple(found)
    own = str(PurePosixPath(path).parent)
    return ("",) if own == "." else (own, "")


def _folders(paths: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return frozenset(found)


def _exists(source: str, context: str, paths: frozenset[str], folders: frozenset[str]) -> bool:
    parts: list[str] = []
    for part in source.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    relative = "/".join(parts)
    if not relative:
        return True
    whole = f"{context}/{relative}" if context else relative
    return whole in paths or whole in folders
