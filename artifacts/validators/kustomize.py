"""Kubernetes' own kustomize as a separate bounded program: whether the manifests of an answer come together."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path, PurePosixPath

from artifacts.child import find_program, run_program
from artifacts.kubernetes import read_manifest
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked

_MISSING = "neither kubectl nor kustomize is installed here; Kubernetes' own site brings them"
_ABSENT = ("no such file", "doesn't exist", "not a valid directory")
"""The repository may have them; whether it does is the concern of a rule of ours."""
_LOGGED = re.compile(r'^[EW]\d{4} [^\]]*\] "command failed" err=')
_REMOTE = ("://", "git@", "github.com/", "?ref=")


class Kustomize:
    """Runs `kubectl kustomize` (or `kustomize build`) on a copy of the answer's manifests; it asks no cluster and no network."""

    id = "kustomize"
    label = "kustomize build"
    kinds = frozenset({Kind.KUBERNETES})
    needs_answer = True

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return why a kustomization cannot be built; nothing for other manifests."""
        kustomization = await asyncio.to_thread(lambda: read_manifest(artifact.content).kustomization)
        if kustomization is None or not PurePosixPath(artifact.path).name.startswith("kustomization."):
            return ()
        kubectl, alone = find_program("kubectl"), find_program("kustomize")
        if kubectl is None and alone is None:
            raise NotChecked(_MISSING)
        if any(mark in artifact.content for mark in _REMOTE) or "helmCharts" in artifact.content:
            raise NotChecked("the kustomization takes something from elsewhere, and nothing is fetched")
        with tempfile.TemporaryDirectory(prefix="omni-kustomize-") as place:
            await asyncio.to_thread(_write, Path(place), artifacts)
            folder = str(Path(place) / PurePosixPath(artifact.path).parent)
            argv = [kubectl, "kustomize", folder] if kubectl is not None else [str(alone), "build", folder]
            ended = await run_program(argv, text="", limit_s=limit_s, cwd=place, extra_env={"KUBECONFIG": "/dev/null"})
            reason = ended.errors.replace(f"{place}/", "").strip().splitlines()
        if ended.status == 0:
            return ()
        if not reason:
            raise NotChecked(f"kustomize gave no reason (status {ended.status})")
        if any(words in reason[-1] for words in _ABSENT):
            raise NotChecked("the kustomization names files that are no part of the answer")
        message = _LOGGED.sub("", reason[-1]).strip('"')
        return (Finding(self.id, Severity.ERROR, message[:400], artifact.path, source=self.id),)


def _write(place: Path, artifacts: tuple[Artifact, ...]) -> None:
    for item in artifacts:
        if item.kind is Kind.KUBERNETES:
            path = place / item.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(item.content, "utf-8", "replace")
