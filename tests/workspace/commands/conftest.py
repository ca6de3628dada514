"""A workspace with something of everything, and stand-ins for the tools that say what they were given."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workspace.files import Workspace, open_workspace
from workspace.trust import OPEN

TOOLS = ("docker", "kubectl", "terraform", "helm", "hadolint", "shellcheck", "promtool")
SAYS = f"""#!{sys.executable} -IS
import json, os, sys
print(json.dumps([sys.argv, os.getcwd(), sorted(os.environ)]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "shop"
    for path in ("src/app.py", "k8s/web.yaml", "charts/shop/Chart.yaml", "charts/shop/values.yaml", "infra/main.tf", "rules.yaml"):
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text("a: 1\n")
    (made / "Dockerfile").write_text("FROM scratch\n")
    (made / "compose.yaml").write_text("services: {}\n")
    (made / "entrypoint.sh").write_text("echo hi\n")
    (made / "-o").write_text("odd\n")
    (made / ".env").write_text("SECRET=1\n")
    (made / "prod.tfvars").write_text("password = 1\n")
    (made / "out").symlink_to("/etc")
    (made / "passwd").symlink_to("/etc/passwd")
    return made


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return open_workspace(str(folder), gate=OPEN)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    places = tmp_path / "bin"
    places.mkdir()
    for name in TOOLS:
        (places / name).write_text(SAYS)
        (places / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{places}:/usr/bin:/bin")
    return places
