"""The history keeps whole verdicts, for their owner only."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from artifacts.records import (
    Artifact,
    Assessment,
    Check,
    CheckStatus,
    Decision,
    Expectation,
    Expectations,
    Finding,
    Kind,
    ScorePart,
    Severity,
)
from engine import runs
from engine.runs import HistoryProblem, RunStore
from providers.base import Answer, Usage
from providers.records import Candidate, Member, MemberError, Status, Verdict, Vote


def verdict(run_id: str = "run-1") -> Verdict:
    artifact = Artifact("Dockerfile", "FROM scratch\n", Kind.DOCKERFILE)
    assessment = Assessment(
        artifacts=(artifact,),
        decisions=(Decision("Dockerfile", "base_image", "scratch", 1, True),),
        checks=(Check("hadolint", "hadolint", CheckStatus.PASSED, ("Dockerfile",), "", 31.5),),
        findings=(Finding("DL3006", Severity.WARNING, "Tag the version", "Dockerfile", 1, "https://example.com", "hadolint"),),
        parts=(ScorePart("findings", 0.9, 0.4, "one warning"),),
        score=0.91,
        clean=True,
        problems=("prose after the last file",),
    )
    member = Member(index=0, id="architect/lean", vendor="architect", label="Architect", model="lean")
    failed = Member(index=1, id="openai/gpt-4o", vendor="openai", label="OpenAI", model="gpt-4o", weight=0.5)
    return Verdict(
        run_id=run_id,
        text="answer",
        artifacts=(artifact,),
        assessment=assessment,
        winner="architect/lean",
        strategy="best_of_n",
        execution="parallel",
        consensus=0.75,
        votes=(Vote("Dockerfile#port", "8000", ("architect/lean",), 1.0, True, True),),
        reasons=("the only candidate with a health check",),
        candidates=(
            Candidate(
                member=member,
                status=Status.SUCCESS,
                answer=Answer(text="answer", model="lean", usage=Usage(10, 20), mean_logprob=-0.1),
                assessment=assessment,
                score=0.91,
                cluster=0,
            ),
            Candidate(member=failed, status=Status.ERROR, error=MemberError("RateLimited", "Too many requests.", "Wait.")),
        ),
        similarity=((1.0, 0.0), (0.0, 1.0)),
        latency_ms=12.5,
        cost_usd=None,
        warnings=("one member failed",),
    )


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "data" / "history.sqlite3")


def save(store: RunStore, run_id: str = "run-1", owner: str = "me", workspace: str = "/code/shop") -> None:
    store.save(
        verdict(run_id),
        owner=owner,
        workspace=workspace,
        targets=("dockerfile",),
        preset="balanced",
        instruction="use Alpine",
        prompt="the prompt",
    )


def test_a_reopened_run_is_equal_to_the_one_that_was_kept(store: RunStore) -> None:
    save(store)
    record = store.load("me", "run-1")
    assert record.verdict == verdict()
    assert record.prompt == "the prompt"
    assert record.summary.score == 0.91
    assert record.summary.targets == ("dockerfile",)


def test_another_owner_sees_nothing(store: RunStore) -> None:
    save(store)
    assert store.recent("you") == ()
    with pytest.raises(KeyError):
        store.load("you", "run-1")
    store.delete("you", "run-1")
    assert store.load("me", "run-1").summary.id == "run-1"


def test_runs_are_listed_newest_first_and_by_workspace(store: RunStore) -> None:
    for number in range(3):
        save(store, f"run-{number}", workspace=f"/code/{number % 2}")
    assert [run.id for run in store.recent("me")] == ["run-2", "run-1", "run-0"]
    assert [run.id for run in store.recent("me", workspace="/code/0")] == ["run-2", "run-0"]


def test_the_newest_verdicts_come_whole_and_those_of_another_version_are_left_out(store: RunStore, tmp_path: Path) -> None:
    for number in range(3):
        save(store, f"run-{number}")
    with closing(sqlite3.connect(tmp_path / "data" / "history.sqlite3")) as db, db:
        db.execute("UPDATE runs SET verdict = '{}' WHERE id = 'run-1'")
    assert [kept.run_id for kept in store.verdicts("me")] == ["run-2", "run-0"]
    assert store.verdicts("you") == ()


def test_the_oldest_runs_beyond_the_limit_are_forgotten(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_RUNS", 3)
    for number in range(5):
        save(store, f"run-{number}")
    assert [run.id for run in store.recent("me")] == ["run-4", "run-3", "run-2"]


def test_the_history_is_readable_by_its_owner_alone(store: RunStore, tmp_path: Path) -> None:
    save(store)
    mode = (tmp_path / "data" / "history.sqlite3").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_deleted_run_is_gone(store: RunStore) -> None:
    save(store)
    store.delete("me", "run-1")
    assert store.recent("me") == ()


def test_a_reopened_run_is_judged_by_what_it_was_judged_by(store: RunStore) -> None:
    expected = Expectations(("Dockerfile",), (Expectation("port", ("8000",), "app.py:3", "Dockerfile"),), frozenset({"app.py"}))
    store.save(
        verdict(), owner="me", workspace="/w", targets=("dockerfile",), preset="fast", instruction="", prompt="p", expectations=expected
    )
    assert store.load("me", "run-1").expectations == expected


def test_a_verdict_that_the_user_changed_is_kept_as_changed(store: RunStore) -> None:
    save(store)
    store.update("you", replace(verdict(), winner="openai/gpt-4o"))
    assert store.load("me", "run-1").verdict.winner == "architect/lean"
    store.update("me", replace(verdict(), winner=None, reasons=("You took port 9000.",)))
    record = store.load("me", "run-1")
    assert record.verdict.winner is None
    assert record.summary.winner is None
    assert record.prompt == "the prompt"


def test_one_line_of_the_history_is_found_for_its_owner_alone(store: RunStore) -> None:
    save(store)
    assert store.find("me", "run-1") == store.recent("me")[0]
    assert store.find("another", "run-1") is None
    assert store.find("me", "run-2") is None


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.recent("me"),
        lambda store: store.find("me", "run-1"),
        lambda store: store.load("me", "run-1"),
        lambda store: store.update("me", verdict()),
        lambda store: store.delete("me", "run-1"),
        save,
    ],
)
def test_a_damaged_history_is_one_problem_with_a_next_step(tmp_path: Path, use: Callable[[RunStore], object]) -> None:
    (tmp_path / "h.sqlite3").write_bytes(b"not a database " * 999)
    with pytest.raises(HistoryProblem, match=r"is damaged\. Move that file away"):
        use(RunStore(tmp_path / "h.sqlite3"))


def test_a_history_in_use_by_another_program_is_waited_for_and_then_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BUSY_S", 0.05)
    store = RunStore(tmp_path / "h.sqlite3")
    save(store)
    with closing(sqlite3.connect(tmp_path / "h.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryProblem, match="in use by another program"):
            save(store, "run-2")


def test_a_data_folder_that_is_a_file_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(HistoryProblem, match="set OMNI_DATA_DIR to a folder you own"):
        RunStore(tmp_path / "data" / "h.sqlite3").recent("o")


def test_a_verdict_of_another_version_is_a_sentence(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "h.sqlite3")
    save(store)
    with sqlite3.connect(tmp_path / "h.sqlite3") as db:
        db.execute("UPDATE runs SET verdict = '{}'")
    with pytest.raises(HistoryProblem, match="another version"):
        store.load("me", "run-1")
