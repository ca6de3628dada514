"""The steps of a GitHub job that build an image, scan it and push it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from architect.blueprints.ci.actions import uses
from architect.blueprints.ci.parts import Part
from architect.request import Style
from architect.syntax.yaml import Because, Block, Words

PUSHES = "github.event_name == 'push' && (github.ref_type == 'tag' || github.ref_name == github.event.repository.default_branch)"
"""When an image is pushed: from the default branch and from tags, never from a proposal."""
SEVERITY = "CRITICAL,HIGH"


@dataclass(frozen=True, slots=True)
class Build:
    """One component's image."""

    part: Part
    style: Style
    several: bool
    secrets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the image's name in the registry, which is the repository's, with the component's where there are several."""
        return "ghcr.io/${{ github.repository }}" + (f"/{self.part.id}" if self.several else "")

    def steps(self, push: str = "") -> list[dict[str, Any]]:
        """Return the steps. `push` is "" for never, `always` where the job itself is conditional, else a step's condition."""
        local = f"{self.part.id}:ci"
        found = [
            {"name": "Set up BuildKit", "uses": uses("docker/setup-buildx-action", self.style)},
            self._build("Build", {"load": Because(True, "kept on the runner until it is scanned"), "tags": local}),
            self._scan(local),
        ]
        if not push:
            return found
        guard = {} if push == "always" else {"if": Because(Words(push), "from the default branch and tags only")}
        found.append(
            {"name": "Name the image", "id": "meta", **guard, "uses": uses("docker/metadata-action", self.style), "with": self._names()}
        )
        found.append(
            {
                "name": "Sign in to the registry",
                **guard,
                "uses": uses("docker/login-action", self.style),
                "with": {
                    "registry": "ghcr.io",
                    "username": Words("${{ github.actor }}"),
                    "password": Because(Words("${{ secrets.GITHUB_TOKEN }}"), "made for this run, gone after it"),
                },
            }
        )
        values: dict[str, Any] = {
            "push": True,
            "tags": Words("${{ steps.meta.outputs.tags }}"),
            "labels": Words("${{ steps.meta.outputs.labels }}"),
            "provenance": Because(True if self.style is Style.LEAN else "mode=max", "says how the image was made"),
            "sbom": Because(True, "says what the image holds"),
        }
        pushed = self._build("Push", values)
        found.append({"name": pushed.pop("name"), **guard, **pushed})
        return found

    def _build(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        component = self.part.component
        given: dict[str, Any] = {
            "context": component.build_context or ".",
            "file": Because(component.dockerfile_path, "the component's own"),
            **values,
        }
        if self.style is Style.CACHED:
            scope = f",scope={self.part.id}" if self.several else ""
            given["cache-from"] = Because(f"type=gha{scope}", "layers of earlier runs")
            given["cache-to"] = f"type=gha,mode=max{scope}"
        if self.style is Style.HARDENED and "load" in values:
            given["pull"] = Because(True, "the newest fixes of the base image")
        if self.secrets:
            lines = "\n".join(f"{secret}=${{{{ secrets.{variable(secret)} }}}}" for secret in self.secrets)
            given["secrets"] = Because(Block(lines), "mounted while building, never kept in a layer")
        return {"name": name, "uses": uses("docker/build-push-action", self.style), "with": given}

    def _names(self) -> dict[str, Any]:
        kinds = ["type=ref,event=branch", "type=semver,pattern={{version}}"]
        kinds += ["type=sha,format=long"] if self.style is Style.HARDENED else ["type=sha"]
        return {"images": Words(self.name), "tags": Because(Block("\n".join(kinds)), "the branch, the release, the commit")}

    def _scan(self, image: str) -> dict[str, Any]:
        return {
            "name": "Scan the image",
            "uses": uses("aquasecurity/trivy-action", self.style),
            "with": {
                "image-ref": image,
                "severity": SEVERITY,
                "ignore-unfixed": Because(True, "only what an update would mend"),
                "exit-code": Because("1", "a serious weakness stops the push"),
                **({"scanners": "vuln,secret"} if self.style is Style.HARDENED else {}),
            },
        }


def scan_files(style: Style) -> dict[str, Any]:
    """Return the step that scans the repository's own files: dependencies, secrets, configuration."""
    return {
        "name": "Scan dependencies, secrets and configuration",
        "uses": uses("aquasecurity/trivy-action", style),
        "with": {
            "scan-type": "fs",
            "scan-ref": ".",
            "scanners": "vuln,secret,misconfig",
            "severity": SEVERITY,
            "ignore-unfixed": True,
            "exit-code": "1",
        },
    }


def variable(secret: str) -> str:
    """Return the name of the platform's secret for one of the build's."""
    return re.sub(r"\W", "_", secret).upper()


def quoted(argv: Sequence[str]) -> str:
    """Return a command for a shell, as it must stand between double quotes of the runner's options."""
    return shlex.join(argv).replace("\\", "\\\\").replace('"', '\\"')
