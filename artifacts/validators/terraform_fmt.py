"""Terraform's own formatter as a checker, as a separate bounded program where it is installed."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from artifacts.child import find_program, run_program
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.terraform.module import folder_of
from artifacts.validator import NotChecked

PROGRAMS = ("terraform", "tofu")
MISSING = "neither terraform nor tofu is installed here; either's own site brings it"
ALONE = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": "/dev/null", "TF_INPUT": "0"}
"""No call home, no settings of the user."""
_ERROR = re.compile(r"Error: (.+?)\n.*?on (\S+) line (\d+)", re.S)


def program() -> str:
    """Return the path of Terraform or of OpenTofu. Raises NotChecked where neither is installed."""
    found = next((path for name in PROGRAMS if (path := find_program(name)) is not None), None)
    if found is None:
        raise NotChecked(MISSING)
    return found


def module_of(artifact: Artifact, artifacts: Sequence[Artifact]) -> list[Artifact]:
    """Return the files of an artifact's module where it is the first of them, else nothing: a module is checked once."""
    folder = folder_of(artifact.path)
    files = [item for item in artifacts if item.kind is Kind.TERRAFORM and item.path.endswith(".tf") and folder_of(item.path) == folder]
    return files if files and min(item.path for item in files) == artifact.path else []


def lay_out(place: Path, module: Sequence[Artifact]) -> None:
    """Write the files of a module, and nothing else, into an empty folder."""
    place.mkdir()
    for item in module:
        (place / PurePosixPath(item.path).name).write_text(item.content, "utf-8", "replace")


class TerraformFmt:
    """Runs `terraform fmt -check` on a copy of a module; it reads nothing else and needs no provider."""

    id = "terraform_fmt"
    label = "terraform fmt"
    kinds = frozenset({Kind.TERRAFORM})
    needs_answer = True

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return a hint for each file it would write otherwise, an error for what it cannot read."""
        found, module = program(), module_of(artifact, artifacts)
        if not module:
            return ()
        with tempfile.TemporaryDirectory(prefix="omni-terraform-") as folder:
            place = f"{folder}/module"
            await asyncio.to_thread(lay_out, Path(place), module)
            ended = await run_program([found, "fmt", "-check", "-no-color"], text="", limit_s=limit_s, cwd=place, extra_env=ALONE)
        if ended.status == 0:
            return ()
        paths = {PurePosixPath(item.path).name: item.path for item in module}
        said = re.sub(r"[│╷╵]", "", ended.errors)
        errors = [
            Finding(self.id, Severity.ERROR, " ".join(reason.split())[:300], paths[name], int(line), source=self.id)
            for reason, name, line in _ERROR.findall(said)[:20]
            if name in paths and len(line) < 7
        ]
        if errors:
            return tuple(errors)
        named = [name for name in ended.output.split() if name in paths]
        if not named:
            raise NotChecked(f"terraform gave no reason (status {ended.status})")
        message = "terraform fmt would lay the file out otherwise"
        return tuple(Finding(self.id, Severity.HINT, message, paths[name], source=self.id) for name in named)
