"""What the tests of proofs share: a workspace, a scripted engine, short waits, and how to read a proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from architect.profile import Profile
from artifacts.records import Artifact, Kind
from engine.prove import prove
from engine.proving import image
from engine.proving.records import Outcome, Proof, Step
from tests.support.fake_engine import FakeEngine
from workspace.containers import store
from workspace.files import Workspace, open_workspace
from workspace.trust import OPEN

DOCKERFILE = """FROM base:1 AS build
RUN make
FROM base:1
COPY --from=build /app /app
EXPOSE 8000
USER 10001
HEALTHCHECK CMD ["true"]
CMD ["serve"]
"""
NOTHING = {"container": 0, "image": 0, "network": 0}


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    base = tmp_path / "var"
    base.mkdir()
    monkeypatch.setattr(store, "base_folder", lambda: base)
    monkeypatch.setattr(image, "READY_S", 2.0)
    monkeypatch.setattr(image, "SETTLE_S", 0.2)
    monkeypatch.setattr(image, "HEALTH_LEAST_S", 0.2)
    monkeypatch.setattr(image, "STAY_S", 0.1)
    return base


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text("print('hello')\n")
    return open_workspace(str(folder), gate=OPEN)


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path / "engine")


def dockerfile(content: str = DOCKERFILE, path: str = "Dockerfile") -> Artifact:
    return Artifact(path, content, Kind.DOCKERFILE)


async def proof_of(workspace: Workspace, engine: FakeEngine, *artifacts: Artifact, profile: Profile | None = None, **more: Any) -> Proof:
    return await prove(workspace, artifacts or (dockerfile(),), profile, engine=await engine.found(), **more)


def outcome(proof: Proof, step: Step) -> Outcome:
    return next(fact.outcome for fact in proof.images[0].facts if fact.step is step)


def rules(proof: Proof) -> set[str]:
    return {finding.rule for finding in proof.findings}
