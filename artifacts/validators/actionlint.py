"""Actionlint, the linter of GitHub workflows, as a separate bounded program where it is installed."""

from __future__ import annotations

import json

from artifacts.child import find_program, run_program
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked

_MISSING = "actionlint is not installed here; its releases and most package managers of a workstation bring it"
# What cannot run is an error; what the tool merely does not know (new keys, labels of runners, inputs) is its view.
_BREAKS = frozenset({"syntax-check", "expression", "job-needs", "id", "matrix"})


class Actionlint:
    """Runs `actionlint` without the programs it would start itself: scripts are checked by shellcheck beside it."""

    id = "actionlint"
    label = "actionlint"
    kinds = frozenset({Kind.GITHUB_ACTIONS})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return its remarks as warnings and hints: the schema and our rules decide what is an error."""
        program = find_program("actionlint")
        if program is None:
            raise NotChecked(_MISSING)
        argv = [program, "-no-color", "-shellcheck=", "-pyflakes=", "-format", "{{json .}}", "-stdin-filename", "ci.yaml", "-"]
        ended = await run_program(argv, text=artifact.content, limit_s=limit_s)
        try:
            remarks = json.loads(ended.output or "null")
        except ValueError:
            remarks = None
        if not isinstance(remarks, list):
            raise NotChecked(f"actionlint gave no result (status {ended.status})")
        return tuple(self._finding(artifact, remark) for remark in remarks[:100] if isinstance(remark, dict))

    def _finding(self, artifact: Artifact, remark: dict[str, object]) -> Finding:
        kind = str(remark.get("kind", ""))[:30]
        line = remark.get("line")
        severity = Severity.WARNING if kind in _BREAKS else Severity.HINT
        message = str(remark.get("message", ""))[:500]
        where = line if isinstance(line, int) else None
        return Finding(f"actionlint_{kind}", severity, message, artifact.path, where, "https://rhysd.github.io/actionlint/", self.id)
