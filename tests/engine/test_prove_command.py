"""`--prove` on the command line: the proof is in the output, in the evidence and in the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import config
from engine.__main__ import main
from tests.support.fake_engine import FakeEngine
from workspace.containers import finding, store


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A scripted Podman as the only engine, and none of the developer's settings."""
    made = FakeEngine(tmp_path / "engine")
    base = tmp_path / "var"
    base.mkdir()
    monkeypatch.setattr(store, "base_folder", lambda: base)
    monkeypatch.setattr(finding, "_PLACES", "/bin")
    monkeypatch.setattr(finding, "KINDS", ("podman",))
    monkeypatch.setenv("PATH", str(made.home / "bin"))
    monkeypatch.setenv("OMNI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    config.settings.cache_clear()
    yield made
    config.settings.cache_clear()


@pytest.fixture
def pages(tmp_path: Path) -> str:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Hours</title><h1>Hours</h1>\n")
    return str(folder)


def command(pages: str, *more: str) -> list[str]:
    return [pages, "--target", "dockerfile", "--member", "architect/hardened", "--single", "--prove", *more]


def test_the_proof_is_in_the_document_and_in_the_evidence(engine: FakeEngine, pages: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine.play(images=["alpine:3.22", "nginxinc/nginx-unprivileged:1.28-bookworm"], listen=[8080], exposes=[8080], uid=101)
    status = main(command(pages, "--json"))
    document = json.loads(capsys.readouterr().out)
    assert status == 0
    assert document["proof"]["ok"]
    assert document["proof"]["images"][0]["user"] == 101
    assert "proof_build" in {check["validator"] for check in document["assessment"]["checks"]}
    assert engine.left() == {"container": 0, "image": 0, "network": 0}


def test_a_proof_that_fails_is_said_and_decides_the_exit_status(engine: FakeEngine, pages: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine.play(images=["alpine:3.22", "nginxinc/nginx-unprivileged:1.28-bookworm"], dies=True, logs=["nginx: [emerg] no such directive"])
    assert main(command(pages)) == 1
    told = capsys.readouterr()
    assert "Proved with Podman 9.9" in told.out
    assert "nginx: [emerg] no such directive" in told.out
    assert "Start: NO." in told.err
