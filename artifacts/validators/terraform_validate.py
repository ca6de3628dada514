"""Terraform's own validation of a module, as a separate bounded program where it and the providers are on the machine."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path, PurePosixPath

from artifacts.child import run_program
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.terraform.module import folder_of
from artifacts.validator import NotChecked
from artifacts.validators.terraform_fmt import ALONE, lay_out, module_of, program

_READS = re.compile(r"\b(?:file\w*|templatefile|pathexpand)\s*\(")
"""Functions that are evaluated while validating; what they read could stand in a message."""
_MIRRORS = ("/usr/share/terraform/providers", "/usr/local/share/terraform/plugins", "/usr/local/share/terraform/providers")
"""Where a machine keeps providers for use without a network."""


class TerraformValidate:
    """Runs `terraform init` from a local mirror alone, then `terraform validate`; nothing is ever fetched.

    The files lie alone in an empty folder. A module without providers needs no mirror.
    """

    id = "terraform_validate"
    label = "terraform validate"
    kinds = frozenset({Kind.TERRAFORM})
    needs_answer = True

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what it refuses of the module's files, once for the module: with its first file."""
        found, module = program(), module_of(artifact, artifacts)
        if not module:
            return ()
        if any(_READS.search(item.content) for item in module):
            raise NotChecked("the module reads files of the machine by a function")
        with tempfile.TemporaryDirectory(prefix="omni-terraform-") as place:
            await asyncio.to_thread(_write, Path(place), module)
            env = {**ALONE, "TF_CLI_CONFIG_FILE": f"{place}/terraform.rc", "TF_DATA_DIR": f"{place}/.data"}
            begun = [found, "init", "-backend=false", "-input=false", "-no-color", "-get=false"]
            ended = await run_program(begun, text="", limit_s=limit_s / 2, cwd=f"{place}/module", extra_env=env)
            if ended.status != 0:
                raise NotChecked("its providers are not on this machine, and none is fetched")
            checked = [found, "validate", "-json", "-no-color"]
            ended = await run_program(checked, text="", limit_s=limit_s / 2, cwd=f"{place}/module", extra_env=env)
        return tuple(self._findings(ended.output, folder_of(artifact.path)))

    def _findings(self, output: str, folder: str) -> list[Finding]:
        try:
            remarks = json.loads(output).get("diagnostics", [])
        except (ValueError, AttributeError):
            raise NotChecked("terraform gave no result") from None
        found = []
        for remark in remarks[:50]:
            if not isinstance(remark, dict):
                continue
            place = remark.get("range") or {}
            severity = Severity.ERROR if remark.get("severity") == "error" else Severity.WARNING
            message = f"{remark.get('summary', '')}: {remark.get('detail', '')}".strip(": ")[:400]
            name = str(PurePosixPath(folder) / PurePosixPath(str(place.get("filename") or "main.tf")).name)
            line = (place.get("start") or {}).get("line")
            found.append(Finding(self.id, severity, message, name, line if isinstance(line, int) else None, source=self.id))
        return found


def _write(place: Path, module: list[Artifact]) -> None:
    """Lay the module out, with settings that know the machine's own providers and nothing else."""
    mirror = next((path for path in _MIRRORS if Path(path).is_dir()), place / "empty")
    (place / "empty").mkdir()
    lay_out(place / "module", module)
    settings = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    (place / "terraform.rc").write_text(settings, "utf-8")
