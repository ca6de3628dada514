"""Experiments: the figures of recorded answers, resume, cancel, the budget, and question files that mean harm."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from config import Settings
from engine import experiment as use_case
from engine.experiment import conduct, forecast
from engine.experiments import export, figures, reading
from engine.experiments.grading import is_right
from engine.experiments.keeping import Answers
from engine.experiments.planning import Experiment, plan
from engine.experiments.records import Configuration, ExperimentProblem, Outcome, Question, Recorded, Results
from engine.samples import SHIPPED
from providers import presets
from providers.base import Usage
from providers.errors import AuthenticationFailed
from providers.presets import Preset, PresetMember, Resolved
from tests.support.ensembles import SETTINGS, ensemble
from tests.support.providers import FakeProvider
from workspace.files import open_workspace

CAPITAL = Question(id="capital", ask="The capital of France?", expect=("Paris",))
SUM = Question(id="sum", ask="2 and 2?", expect=("4",), normalization="numeric")
NO = Question(id="no", ask="Is 21 prime?", expect=("no",), normalization="boolean")
TEXTS = (CAPITAL, SUM, NO)
WISE = {"The capital of France?": "Paris.", "2 and 2?": "The answer is 4", "Is 21 prime?": "No"}
LOST = {"The capital of France?": "Lyon", "2 and 2?": "5", "Is 21 prime?": "Yes"}


def member(answers: dict[str, str], **script: object) -> FakeProvider:
    return FakeProvider(reply=lambda prompt: answers[prompt.text], **script)


def made(
    monkeypatch: pytest.MonkeyPatch,
    teams: dict[str, tuple[list[FakeProvider], str]],
    questions: tuple[Question, ...] = TEXTS,
) -> Experiment:
    """Return an experiment of which each configuration asks these members with this strategy."""

    def assemble(preset: Preset, settings: Settings, configs: object, tuning: object):  # type: ignore[no-untyped-def]
        members, strategy = teams[preset.label]
        group = ensemble(members, strategy=strategy, normalization=preset.normalization, min_responses=1)
        return group, None

    def resolve(preset: Preset, settings: Settings, configs: object = None) -> Resolved:
        return Resolved(preset=preset, members=preset.members, left_out=(), stands_in=False, sentence="")

    monkeypatch.setattr(use_case, "assemble", assemble)
    monkeypatch.setattr("engine.experiments.planning.resolve", resolve)
    known = {
        f"p{at}": Preset(
            id=f"p{at}", label=name, strategy=strategy, members=tuple(PresetMember(vendor="openai", model=fake.model) for fake in members)
        )
        for at, (name, (members, strategy)) in enumerate(teams.items())
    }
    configurations = [Configuration(name=preset.label, preset=name, strategy=preset.strategy) for name, preset in known.items()]
    return plan("Test", questions, configurations, presets_known=known, settings=SETTINGS, open_repository=nowhere)


def nowhere(name: str):  # type: ignore[no-untyped-def]
    raise AssertionError("no repository is asked about")


def cell(results: Results, question: str, configuration: str) -> Recorded:
    return next(entry for entry in results.recorded if (entry.question, entry.configuration) == (question, configuration))


async def test_it_grades_counts_replays_and_names_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    teams = {
        "Vote": ([member(LOST), member(WISE), member(WISE)], "voting"),
        "Lost alone": ([member(LOST)], "best_of_n"),
    }
    results = await conduct(made(monkeypatch, teams))
    vote, lost = results.rows
    assert (vote.accuracy.right, vote.accuracy.of, lost.accuracy.right) == (3, 3, 0)
    assert results.finished
    assert cell(results, "sum", "Vote").outcome is Outcome.RIGHT
    assert vote.consensus == pytest.approx(2 / 3)
    assert lost.consensus is None  # nobody to agree with
    assert vote.cost_usd is None  # nobody knows a fake's price
    assert vote.unpriced == 3
    assert [point.value for point in vote.curve] == pytest.approx([2 / 3, 1 / 3, 1.0])  # of two that differ the first one counts
    assert {entry.strategy: entry.share.value for entry in vote.ablation}["voting"] == 1.0
    assert {entry.strategy: entry.none for entry in vote.ablation}["unanimous"] == 3
    assert [entry.share.value for entry in vote.alone] == [0.0, 1.0, 1.0]
    best = {entry.word: entry for entry in results.best}
    assert best["Most reliable"].configuration == "Vote"
    assert best["Cheapest"].configuration == ""
    assert "known price" in best["Cheapest"].how


async def test_the_same_recorded_answers_give_the_same_figures_and_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [member(WISE), member(LOST), member(WISE)]
    experiment = made(monkeypatch, {"Vote": (members, "voting"), "Best": (members, "best_of_n")})
    first = await conduct(experiment)
    calls = [fake.calls for fake in members]
    again = await use_case.results(experiment, first.recorded)
    assert again == await use_case.results(experiment, list(first.recorded))
    assert [fake.calls for fake in members] == calls
    assert export.figures_csv(again) == export.figures_csv(first)


async def test_a_restart_asks_only_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = Answers(tmp_path / "answers.jsonl")
    members = [member(WISE), member(LOST)]
    await conduct(made(monkeypatch, {"Vote": (members, "voting")}, (CAPITAL,)), answers=answers)
    with (tmp_path / "answers.jsonl").open("ab") as file:
        file.write(b'{"key": "cut off by a cr')  # as a process leaves it that was killed while it wrote
    experiment = made(monkeypatch, {"Vote": (members, "voting")})
    assert (await forecast(experiment, answers)).kept == 1
    results = await conduct(experiment, answers=answers)
    assert [fake.calls for fake in members] == [3, 3]
    assert len(results.recorded) == 3
    whole = await conduct(experiment, answers=answers)
    assert [fake.calls for fake in members] == [3, 3]
    assert [entry.outcome for entry in whole.recorded] == [entry.outcome for entry in results.recorded]
    assert (tmp_path / "answers.jsonl").stat().st_mode & 0o077 == 0


async def test_a_question_that_is_put_several_times_is_asked_counted_and_kept_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    again = tuple(replace(SUM, id=f"sum{number}") for number in range(4))
    one, other = member(WISE), member(WISE)
    experiment = made(monkeypatch, {"One": ([one], "voting"), "Other": ([other], "voting")}, again)
    found = await conduct(experiment, answers=Answers(tmp_path / "answers.jsonl"))
    assert found.finished
    assert (one.calls, other.calls) == (4, 4)
    assert [row.accuracy.of for row in found.rows] == [4, 4]
    assert len(found.recorded) == 8
    await conduct(experiment, answers=Answers(tmp_path / "answers.jsonl"))
    assert (one.calls, other.calls) == (4, 4), "nothing was missing"


async def test_another_expected_answer_regrades_and_another_question_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers, fake = Answers(tmp_path / "a.jsonl"), member(WISE | {"And of Italy?": "Rome"})
    await conduct(made(monkeypatch, {"One": ([fake], "best_of_n")}, (CAPITAL,)), answers=answers)
    lyon = replace(CAPITAL, expect=("Lyon",))
    results = await conduct(made(monkeypatch, {"One": ([fake], "best_of_n")}, (lyon,)), answers=answers)
    assert (results.rows[0].accuracy.right, fake.calls) == (0, 1)
    await conduct(made(monkeypatch, {"One": ([fake], "best_of_n")}, (replace(CAPITAL, ask="And of Italy?"),)), answers=answers)
    assert fake.calls == 2


async def test_what_failed_is_told_and_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = Answers(tmp_path / "a.jsonl")
    broken = FakeProvider(error=AuthenticationFailed("refused"))
    results = await conduct(made(monkeypatch, {"One": ([broken], "best_of_n")}, (CAPITAL,)), answers=answers)
    (entry,) = results.recorded
    assert entry.outcome is Outcome.FAILED
    assert "refused" in entry.problem
    assert not results.finished
    assert answers.read() == {}


async def test_no_consensus_is_an_answer_that_is_not_right(monkeypatch: pytest.MonkeyPatch) -> None:
    results = await conduct(made(monkeypatch, {"All": ([member(WISE), member(LOST)], "consensus")}, (CAPITAL,)))
    (entry,) = results.recorded
    assert entry.outcome is Outcome.WRONG
    assert len(entry.candidates) == 2
    assert results.finished


async def test_cancelling_closes_every_call_and_keeps_what_was_answered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hanging = FakeProvider(hang=True)
    answers = Answers(tmp_path / "a.jsonl")
    teams = {"Quick": ([member(WISE)], "best_of_n"), "Slow": ([hanging], "best_of_n")}
    told: list[int] = []
    experiment = made(monkeypatch, teams)
    task = asyncio.create_task(conduct(experiment, answers=answers, on_progress=lambda now: told.append(now.done)))
    async with asyncio.timeout(20):
        while hanging.open < 3 or len(answers.read()) < 3:
            await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert (hanging.open, hanging.cancelled) == (0, 3)
    assert len(answers.read()) == 3
    assert told[-1] == 3


async def test_never_more_runs_at_once_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = member(WISE, delay=0.01)
    await conduct(made(monkeypatch, {"A": ([fake], "best_of_n"), "B": ([fake], "voting")}), concurrency=2)
    assert fake.peak == 2


async def test_no_run_begins_above_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    def asks() -> FakeProvider:
        return member(WISE, vendor="openai", model="gpt-4o", usage=Usage(1_000, 1_000))

    one = made(monkeypatch, {"A": ([asks()], "best_of_n")}, (CAPITAL,))
    expected = await forecast(one)
    assert expected.cost_usd is not None
    results = await conduct(made(monkeypatch, {"A": ([asks()], "best_of_n")}), budget_usd=expected.cost_usd * 1.5, concurrency=1)
    assert len(results.recorded) == 1  # the first cost more than was thought, so no other began
    assert not results.finished
    assert any("budget" in note for note in results.notes)
    assert results.rows[0].cost_usd == pytest.approx(0.0125)


async def test_files_are_measured_by_the_judge_and_texts_are_not_asked_of_the_architect(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, omni_data_dir=tmp_path)  # type: ignore[call-arg]
    dockerfile = Question(id="d", repository="sample", targets=("dockerfile",), accept=0.9)
    names = ("architect/lean", "architect/hardened")
    experiment = plan(
        "Sample",
        (dockerfile, CAPITAL),
        [Configuration(name="Both", members=names, strategy="voting"), Configuration(name="Keyless", members=("openai/gpt-4o",))],
        presets_known=presets.builtin(),
        settings=settings,
        open_repository=lambda name: open_workspace(str(SHIPPED)),
    )
    results = await conduct(experiment)
    files = cell(results, "d", "Both")
    assert files.outcome is Outcome.RIGHT
    assert files.measure > 0.9
    assert results.rows[0].score == files.measure
    assert results.rows[0].cost_usd == 0.0
    assert len(results.rows[0].curve) == 2
    assert cell(results, "capital", "Both").outcome is Outcome.NOT_ASKED
    assert "repositories only" in cell(results, "capital", "Both").problem
    assert "OPENAI_API_KEY" in cell(results, "d", "Keyless").problem  # nobody answers in another's name
    assert results.finished


@pytest.mark.parametrize(
    ("right", "of", "low", "high"), [(8, 10, 0.490, 0.943), (10, 10, 0.722, 1.0), (0, 5, 0.0, 0.434), (0, 0, 0.0, 1.0)]
)
def test_the_interval_is_wilsons(right: int, of: int, low: float, high: float) -> None:
    found = figures.wilson(right, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.0006)


def test_few_questions_are_said_to_be_few() -> None:
    assert "so few" in figures.in_words(figures.wilson(3, 4))
    assert "so few" not in figures.in_words(figures.wilson(90, 100))


@pytest.mark.parametrize(
    ("question", "text", "right"),
    [
        (CAPITAL, "**Paris**.", True),
        (CAPITAL, "Paris, France", False),
        (SUM, "It is 4", True),
        (NO, "not true", True),
        (NO, "maybe", False),
    ],
)
def test_an_answer_is_right_when_it_means_the_same(question: Question, text: str, right: bool) -> None:
    assert is_right(question, text) is right


GOOD = b"questions:\n- {ask: 2 and 2?, expect: [4, four], normalization: numeric}\n- {repository: sample, target: [dockerfile, compose]}\n"


def test_yaml_json_and_csv_say_the_same() -> None:
    from_yaml = reading.parse(GOOD.replace(b", four", b""), "a.yaml").questions
    from_json = reading.parse(
        b'[{"ask": "2 and 2?", "expect": 4, "normalization": "numeric"}, {"repository": "sample", "target": ["dockerfile", "compose"]}]',
        "a.json",
    ).questions
    from_csv = reading.parse(
        b"ask,expect,normalization,repository,target\n2 and 2?,4,numeric,,\n,,,sample,dockerfile|compose\n", "a.csv"
    ).questions
    assert from_yaml == from_json == from_csv


BOMB = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(98, 110))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", BOMB, "not usable YAML"),
        ("a.yaml", b"[" * 5_000, "not usable YAML"),
        ("a.yaml", b"questions: [", "not usable YAML"),
        ("a.yaml", b"x" * (reading.MAX_BYTES + 1), "larger than"),
        ("a.json", b"[" * 100_000, "not valid JSON"),
        ("a.json", b'[{"ask": NaN}]', "not valid JSON"),
        ("a.json", b"7", "must hold"),
        ("a.csv", b"ask,expect\n" + b"q,a\n" * (reading.MAX_QUESTIONS + 1), "more than"),
        ("a.csv", b'ask,expect\n"open', "not valid CSV"),
        ("a.csv", b"ask,secret\nq,a\n", "columns out of"),
        ("a.csv", b"ask,expect\nq,a,b\n", "more cells"),
        ("a.csv", b"\xff\xfe", "not UTF-8"),
        ("a.exe", GOOD, "neither YAML"),
        ("a.yaml", b"questions: []", "questions"),
        ("a.yaml", b"questions: [{ask: Why?}]", "needs 'expect'"),
        ("a.yaml", b"questions: [{ask: Why?, expect: soon, normalization: numeric}]", "cannot be read as numeric"),
        ("a.yaml", b"questions: [{ask: Why?, expect: soon, normalization: vibes}]", "lowercase_trim"),
        ("a.yaml", b"questions: [{repository: sample, target: spaceship}]", "dockerfile"),
        ("a.yaml", b"questions: [{ask: a, expect: b, id: x}, {ask: c, expect: d, id: x}]", "used twice"),
        ("a.yaml", b"questions: [{ask: a, expect: b, api_key: sk-canary}]", "is not known"),
        ("a.yaml", GOOD.replace(b", four", b"") + b"configurations: [{name: a, strategy: magic}]", "best_of_n"),
        ("a.yaml", GOOD.replace(b", four", b"") + b"configurations: [{name: a, members: [nobody/x]}]", "openai"),
        ("a.yaml", GOOD.replace(b", four", b"") + b"configurations: [{name: a, options: {quorum: 99}}]", "quorum"),
    ],
)  # fmt: skip
def test_a_hostile_or_wrong_file_is_a_sentence(name: str, content: bytes, said: str) -> None:
    with pytest.raises(ExperimentProblem) as caught:
        reading.parse(content, name)
    assert said in caught.value.message
    assert "canary" not in caught.value.message
    assert len(caught.value.message) < 2_000


def test_a_pipe_in_a_files_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    with pytest.raises(ExperimentProblem, match="not a regular file"):
        reading.load(tmp_path / "a.yaml")


async def test_the_export_holds_no_formula_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    question = replace(CAPITAL, ask="=cmd|' /C calc'!A0", id="=1+1")
    fake = FakeProvider("=HYPERLINK(1)", vendor="openai", model="gpt-4o")
    results = await conduct(made(monkeypatch, {"+One": ([fake], "best_of_n")}, (question,)))
    assert "'=HYPERLINK(1)" in export.runs_csv(results)
    assert "'=1+1" in export.runs_csv(results)
    assert "'+One" in export.figures_csv(results)
    assert b"api_key" not in export.json_bytes(results, {question.id: question})


def test_every_shipped_set_can_be_read() -> None:
    for path in reading.shipped().values():
        assert reading.load(path).questions
