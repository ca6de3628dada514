"""Proofs of what needs neighbours: its services are started with it, and where they cannot be had nothing is held against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from architect import render
from architect.profile import Profile
from architect.request import Request, Style, Target
from artifacts.records import Artifact, Kind
from engine.generate import read_profile
from engine.proof_report import proof_text
from engine.prove import prove
from engine.proving.records import Outcome, Step
from tests.engine.proving.conftest import NOTHING, outcome, rules
from tests.support.fake_engine import FakeEngine
from workspace.files import Workspace

SHOP = {
    "requirements.txt": "flask==3.1.0\nredis==5.2.0\ngunicorn==23.0.0\n",
    "app.py": (
        "import os\nimport redis\nfrom flask import Flask\n\napp = Flask(__name__)\n"
        'store = redis.from_url(os.environ["REDIS_URL"])\nKEY = os.environ["SECRET_KEY"]\n\n\n'
        '@app.get("/health")\ndef health():\n    return "ok"\n\n\nif __name__ == "__main__":\n    app.run(port=8000)\n'
    ),
}


@pytest.fixture
def shop(workspace: Workspace) -> tuple[Workspace, Profile, tuple[Artifact, ...], list[str]]:
    """A repository that needs Redis and a key, its profile, its files, and the images they are made from."""
    for name, text in SHOP.items():
        (Path(workspace.location) / name).write_text(text)
    profile = read_profile(workspace)
    artifacts = render(Request(profile=profile, targets=(Target("dockerfile"), Target("compose"))), Style.LEAN).artifacts
    text = next(artifact.content for artifact in artifacts if artifact.kind is Kind.COMPOSE)
    redis = next(line.split()[1] for line in text.splitlines() if line.strip().startswith("image: "))
    bases = sorted({line.split()[1] for artifact in artifacts for line in artifact.content.splitlines() if line.startswith("FROM ")})
    return workspace, profile, artifacts, [redis, *bases]


Shop = tuple[Workspace, Profile, tuple[Artifact, ...], list[str]]


async def test_services_are_started_first_on_a_network_without_a_way_out(shop: Shop, engine: FakeEngine) -> None:
    workspace, profile, artifacts, images = shop
    engine.play(images=images, tools=["redis-cli", "ready"])
    proof = await prove(workspace, artifacts, profile, engine=await engine.found())
    (found,) = proof.images
    assert found.services == ("redis",)
    assert found.ok
    (network,) = engine.calls_of("network", "create")
    assert "--internal" in network
    redis, app, _ = engine.calls_of("create")
    assert [call[call.index("--network") + 1] for call in (redis, app)] == [network[-1]] * 2
    assert "redis:10.9.8.7" in app
    assert engine.left() == NOTHING


async def test_values_nobody_gave_are_made_up_and_named(shop: Shop, engine: FakeEngine) -> None:
    workspace, profile, artifacts, images = shop
    engine.play(images=images, tools=["redis-cli"])
    proof = await prove(workspace, artifacts, profile, engine=await engine.found())
    assert "SECRET_KEY" in proof.images[0].made_up
    assert "made-up values for" in next(fact.text for fact in proof.images[0].facts if fact.step is Step.START)
    app = engine.calls_of("create")[1]
    assert any(word.startswith("SECRET_KEY=proof") for word in app)


async def test_without_its_services_a_crash_is_not_held_against_it(shop: Shop, engine: FakeEngine) -> None:
    workspace, profile, artifacts, images = shop
    engine.play(images=images[1:], pull="Error: dial tcp: no such host", dies=True, logs=["redis.exceptions.ConnectionError"])
    proof = await prove(workspace, artifacts, profile, engine=await engine.found())
    assert proof.findings == ()
    assert outcome(proof, Step.SERVICES) is Outcome.NOT_CHECKED
    said = next(fact.text for fact in proof.images[0].facts if fact.step is Step.START)
    assert said.startswith("did not become ready without its services (redis)")
    assert not proof.ok


async def test_what_did_not_become_ready_without_its_services_is_never_called_proved(shop: Shop, engine: FakeEngine) -> None:
    workspace, profile, artifacts, images = shop
    engine.play(images=images[1:], pull="Error: no such host", listen=[])
    proof = await prove(workspace, artifacts, profile, engine=await engine.found())
    assert proof.findings == ()
    assert not proof.ok
    assert proof_text(proof).split("\n")[3].endswith("not checked")


async def test_what_the_image_lacks_is_its_own_fault_whatever_services_are_missing(shop: Shop, engine: FakeEngine) -> None:
    workspace, profile, artifacts, images = shop
    engine.play(images=images[1:], pull="Error: no such host", dies=True, logs=["ModuleNotFoundError: No module named 'redis'"])
    proof = await prove(workspace, artifacts, profile, engine=await engine.found())
    assert rules(proof) == {"proof_start"}


async def test_the_architects_own_compose_file_says_what_is_needed_where_none_was_generated(shop: Shop, engine: FakeEngine) -> None:
    workspace, profile, artifacts, images = shop
    engine.play(images=images, tools=["redis-cli"])
    alone = tuple(artifact for artifact in artifacts if artifact.kind is not Kind.COMPOSE)
    proof = await prove(workspace, alone, profile, engine=await engine.found())
    assert proof.images[0].services == ("redis",)
