"""Prometheus' own promtool, as a separate bounded program where it is installed."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from artifacts.child import find_program, run_program
from artifacts.prometheus import read_prometheus
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked

_MISSING = "promtool is not installed here; the package `prometheus` of most systems brings it"
_LINE = re.compile(r"(?:line |:)(\d+)(?::|\b)")


class Promtool:
    """Checks rules with `promtool check rules`, a configuration with `promtool check config --syntax-only`."""

    id = "promtool"
    label = "promtool"
    kinds = frozenset({Kind.PROMETHEUS})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return its refusals. The file lies alone in an empty folder, so that no other file is read."""
        program = find_program("promtool")
        if program is None:
            raise NotChecked(_MISSING)
        file = await asyncio.to_thread(read_prometheus, artifact.content)
        if file.faults:
            raise NotChecked("the file does not parse")
        with tempfile.TemporaryDirectory(prefix="omni-promtool-") as folder:
            await asyncio.to_thread(Path(folder, "file.yaml").write_text, artifact.content, "utf-8", "replace")
            argv = [program, "check", "rules", "file.yaml"] if file.groups else [program, "check", "config", "--syntax-only", "file.yaml"]
            ended = await run_program(argv, text="", limit_s=limit_s, cwd=folder)
        if ended.status == 0:
            return ()
        said = [line.strip() for line in ended.errors.splitlines() + ended.output.splitlines() if line.strip() and "SUCCESS" not in line]
        reasons = [line for line in said if not line.startswith(("Checking", "FAILED"))] or said
        if not reasons:
            raise NotChecked(f"promtool gave no reason (status {ended.status})")
        return tuple(self._finding(artifact, reason) for reason in reasons[:20])

    def _finding(self, artifact: Artifact, reason: str) -> Finding:
        line = _LINE.search(reason)
        where = int(line[1]) if line and len(line[1]) < 7 else None
        return Finding(self.id, Severity.ERROR, reason[:400], artifact.path, where, source=self.id)
