"""The program's own container and manifests stand the rules that it judges others by, and say what several replicas need."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from artifacts.judge import assess_artifacts
from artifacts.kinds import kind_of
from artifacts.records import Artifact, CheckStatus, Kind
from config import Settings

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "deploy" / "kubernetes").glob("*.yaml"))
EXPLAINED: dict[str, str] = {}
"""Findings that stay, by rule: why."""


def artifact(path: str, at: str = "") -> Artifact:
    text = (ROOT / path).read_text()
    return Artifact(at or path, text, kind_of(path, text))


@pytest.mark.parametrize(
    "paths", [["Dockerfile", ".dockerignore"], ["deploy/compose.yaml"], MANIFESTS], ids=["container", "compose", "kubernetes"]
)
async def test_our_own_files_have_no_finding(paths: list[str]) -> None:
    """No error and no warning that is not explained, from our rules, hadolint and the schemas; each validator that is here has run."""
    assert len(paths) >= 1
    assessment = await assess_artifacts([artifact(path) for path in paths], None, timeout_s=60.0)
    assert [kind.kind for kind in assessment.artifacts if kind.kind is Kind.OTHER] == []
    found = [finding for finding in assessment.findings if finding.severity != "hint" and finding.rule not in EXPLAINED]
    assert [f"{entry.path}:{entry.line} {entry.rule} {entry.message}" for entry in found] == []
    assert assessment.problems == ()
    unchecked = {check.validator for check in assessment.checks if check.status is CheckStatus.NOT_CHECKED}
    assert unchecked <= {"compose_config"}
    if "Dockerfile" in paths:
        assert any(check.validator == "hadolint" and check.status is CheckStatus.PASSED for check in assessment.checks)


def test_the_image_is_what_the_documents_say() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for needed in (
        "pip install --require-hashes --no-deps -r requirements.txt",
        "USER 10001:10001",
        "EXPOSE 8501 8502",
        "OMNI_HOST=0.0.0.0",
        'VOLUME ["/data"]',
        "/healthz",
        'CMD ["python", "app.py"]',
        " git=",
    ):
        assert needed in text, needed
    composed = (ROOT / "deploy" / "compose.yaml").read_text()
    assert "docker.sock" not in text + composed
    assert all(service.get("read_only") for service in yaml.safe_load(composed)["services"].values())


def test_nothing_the_program_needs_is_kept_out_of_the_image_and_no_secret_gets_in() -> None:
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]

    def ignored(path: str) -> bool:
        parts = path.split("/")
        heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        out = False
        for pattern in patterns:
            wanted = pattern.removeprefix("!")
            anywhere = wanted.removeprefix("**/")
            hit = any(
                fnmatch.fnmatchcase(head, wanted) or (wanted.startswith("**/") and fnmatch.fnmatchcase(head.rpartition("/")[2], anywhere))
                for head in heads
                if "/" not in head or wanted.startswith("**/") or "/" in wanted
            )
            out = (not pattern.startswith("!")) if hit else out
        return out

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    rooms = ("app.py", "config.py", "requirements.txt", ".streamlit/", "ui/", "pages/", "engine/", "providers/", "architect/", "artifacts/")
    needed = [path for path in listed if path.startswith((*rooms, "workspace/", "collaboration/", "telemetry/", "utils/", "examples/"))]
    fixtures = re.compile(r"examples/.*(?:Dockerfile|compose|\.dockerignore|\.github|\.gitlab)")
    assert [path for path in needed if ignored(path) and not fixtures.match(path)] == []
    assert all(ignored(path) for path in (".env", ".git/config", "deploy/certificates/omni.key", "tests/conftest.py", "x/server.pem"))


def test_replicas_share_what_they_must_and_every_name_is_a_setting() -> None:
    """Compose file and manifests set the same names, all of which the program reads."""
    composed = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    shared = {"REDIS_URL", "OMNI_ALLOWED_HOSTS", "WEBSOCKET_PUBLIC_URL", "OMNI_LOGIN_TOKEN", "WEBSOCKET_SECRET"}
    one, other = composed["app-1"], composed["app-2"]
    assert one["environment"] == other["environment"]
    assert one["volumes"][0] != other["volumes"][0]
    documents = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes" / "omni-architect.yaml").read_text()))
    config = next(entry for entry in documents if entry["kind"] == "ConfigMap")["data"]
    pod = next(entry for entry in documents if entry["kind"] == "StatefulSet")["spec"]["template"]["spec"]
    secret = {entry["name"] for entry in pod["containers"][0]["env"]}
    known = {name.upper() for name in Settings.model_fields}
    for names in (set(one["environment"]), set(config) | secret):
        assert shared <= names <= known


def test_the_proxy_passes_on_websockets_and_the_hosts_name_and_keeps_a_browser_at_its_replica() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    from ui.gate import cookie_name

    for needed in (
        f"$cookie_{cookie_name(8501)}",
        "hash $who consistent",
        "proxy_set_header Host $http_host;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_http_version 1.1;",
        "proxy_pass http://sidecars/;",
    ):
        assert needed in text, needed
    assert text.count("{") == text.count("}")
