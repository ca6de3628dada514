"""`--prove` on the command line: the proof is in the output, in the evidence and in the exit status."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import config
from engine.__main__ import main
from tests.prove.__main__ import main as prove_folders
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
    assert "NOT proved: tried with Podman 9.9" in told.out
    assert "nginx: [emerg] no such directive" in told.out
    assert "Start: NO." in told.err


def test_proving_folders_takes_a_limit_and_what_it_cuts_off_is_no_failure(
    engine: FakeEngine, pages: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bases = ["alpine:3.22", "nginxinc/nginx-unprivileged:1.29-alpine3.22-slim"]
    engine.play(images=bases, build={"sleep": 60})
    monkeypatch.setattr(sys, "argv", ["prove", pages, "--style", "cached", "--limit", "2"])
    assert prove_folders() == 0
    told = capsys.readouterr().out
    assert "the build was not done when the time was up" in told
    assert "NOT PROVED: the time or this machine did not suffice for pages cached." in told
    engine.play(images=bases, build={"says": ["Error: no"], "status": 1})
    assert prove_folders() == 1
    assert "FAILED: pages cached" in capsys.readouterr().out


@pytest.mark.parametrize("limit", ["0", "-3", "soon", "nan", "inf"])
def test_a_limit_that_is_no_time_is_refused(limit: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["prove", f"--limit={limit}"])
    with pytest.raises(SystemExit):
        prove_folders()
    assert "is not a number of seconds above 0" in capsys.readouterr().err
