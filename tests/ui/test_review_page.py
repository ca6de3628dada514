"""The Review page: what a user can look at and take, also where members failed, said nothing or the run gave no verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from architect.request import Target
from engine.generate import prepare, read_profile
from engine.live import LiveRun
from engine.runs import RunStore
from providers import events
from tests.support.pages import ROOT, Frame
from tests.support.verdicts import ALPINE, SLIM, answered, failed, file, verdict
from ui.sessions import REGISTRY
from ui.widgets.review.inspect import BESIDE, DISK, FILE, RAW, VERDICT, VIEWS, WHY

HOSTILE = "<img src=x onerror=alert(1)> ![a](http://evil.example/a.png) <script>alert(1)</script>"


@pytest.fixture
def store(clean_settings) -> RunStore:
    return RunStore(clean_settings / "history.sqlite3")


@pytest.fixture
def page(store) -> Frame:
    return Frame("review")


def keep(store: RunStore, run_id: str, owner: str = "", **changes) -> None:
    kept = replace(verdict(answered(0, file(SLIM)), answered(1, file(ALPINE)), run_id=run_id), **changes)
    store.save(kept, owner=owner, workspace="/code/shop", targets=("dockerfile",), preset="balanced", instruction="use Alpine", prompt="P")


def show(page: Frame, *candidates, **options) -> None:
    page.state.verdict = verdict(*candidates, **options)
    page.run()


def look_back(page: Frame) -> None:
    """Open the list of earlier runs."""
    page.run()
    page.test.session_state["history_popover"] = True
    page.run()


def test_with_nothing_to_review_the_page_says_what_to_do(page):
    assert "no run to review yet" in page.said("info")[0]
    assert page.test.button(key="go_generate")


def test_candidates_come_ranked_with_how_they_did(page):
    show(page, failed(0), answered(1, file(ALPINE), score=0.5, errors=2), answered(2, file(SLIM)), winner=2)
    assert page.test.radio(key="candidate").options == ["Fake 2", "Fake 1", "Fake 0"]
    captions = [caption.replace("\\", "") for caption in page.test.radio(key="candidate").proto.captions]
    assert captions == ["the verdict, score 0.90, 0 errors, 1.4 s", "score 0.50, 2 errors, 1.4 s", "Too many requests."]
    assert page.codes()[0] == SLIM.rstrip()


def test_another_candidate_is_taken_and_kept(page, store):
    keep(store, "r1")
    show(page, answered(0, file(SLIM)), answered(1, file(ALPINE)))
    page.test.radio(key="candidate").set_value("fake/m1").run()
    page.click("take_candidate")
    assert page.state.verdict.winner == "fake/m1"
    assert "You took the answer of Fake 1." in page.words()
    assert store.load("", "r1").verdict.winner == "fake/m1"
    assert not [button for button in page.test.button if button.key == "take_candidate"]


def test_every_view_shows_what_it_says(page, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "Dockerfile").write_text(SLIM.replace("8000", "7000"))
    page.open(folder)
    show(page, answered(0, file(SLIM)), answered(1, file(ALPINE)))
    page.test.radio(key="candidate").set_value("fake/m1").run()
    wanted = {
        FILE: "EXPOSE 5000",
        VERDICT: "-EXPOSE 8000\n+EXPOSE 5000",
        DISK: "-EXPOSE 7000\n+EXPOSE 5000",
        BESIDE: "EXPOSE 8000",
        RAW: "EXPOSE 5000",
    }
    for view, text in wanted.items():
        page.test.segmented_control(key="review_view").set_value(view)
        page.run()
        assert any(text in code for code in page.codes()), view


def test_views_that_make_no_sense_are_not_offered(page):
    show(page, answered(0, file(SLIM)))
    assert page.test.segmented_control(key="review_view").options == [FILE, DISK, RAW]
    assert set(VIEWS) - {FILE, DISK, RAW} == {VERDICT, BESIDE, WHY}


def test_the_built_in_architect_says_why_each_line_is_as_it_is(page):
    from architect import render
    from architect.request import Style
    from artifacts.records import Kind
    from workspace.files import open_workspace
    from workspace.trust import OPEN

    workspace = open_workspace(str(ROOT / "examples" / "sample-shop"), gate=OPEN)
    sent = prepare(workspace, read_profile(workspace), [Target("dockerfile")])
    files = render(sent.request, Style.LEAN).artifacts
    lean = answered(0, *files)
    lean = replace(lean, member=replace(lean.member, id="architect/lean", vendor="architect", model="lean"))
    page.state.sent = sent
    show(page, lean)
    page.test.segmented_control(key="review_view").set_value(WHY)
    page.run()
    reasons = page.test.dataframe[0].value
    assert any("Procfile" in evidence for evidence in reasons["evidence"])
    assert [entry.kind for entry in files if entry.kind is Kind.DOCKERFILE]


def test_a_member_that_failed_shows_why_and_what_it_had_said(page):
    show(page, answered(0, file(SLIM)), failed(1, partial="FROM python"))
    page.test.radio(key="candidate").set_value("fake/m1").run()
    assert page.said("error") == ["Too many requests. Wait a little."]
    assert "FROM python" in page.codes()
    assert not [button for button in page.test.button if button.key == "take_candidate"]


def test_an_answer_without_files_offers_nothing_to_take(page):
    show(page, answered(0, file(SLIM)), answered(1))
    page.test.radio(key="candidate").set_value("fake/m1").run()
    assert "holds no file" in page.said("info")[0]
    assert "I cannot help with that." in page.codes()


def test_what_members_say_is_never_markup(page):
    show(page, answered(0, file(SLIM), errors=1, message=HOSTILE, label=HOSTILE), answered(1, file(ALPINE), label="[x](javascript:1)"))
    pieces = [html for html in page.said("html") if "omni" in html]
    assert pieces
    for html in pieces:
        assert "<img" not in html
        assert "<script" not in html
        assert "href=" not in html
    assert any("&lt;img" in html for html in pieces)


def test_decisions_where_members_differ_come_first_and_the_count_is_the_generate_pages(page):
    show(page, answered(0, file(SLIM)), answered(1, file(ALPINE)))
    rows = page.test.dataframe[0].value
    assert "port" in list(rows["decision"])
    assert "workdir" not in list(rows["decision"])
    assert "members agree on" in page.words()
    page.test.segmented_control(key="decision_scope").set_value("All")
    page.run()
    assert "workdir" in list(page.test.dataframe[0].value["decision"])


def test_one_members_decisions_are_a_plain_list(page):
    show(page, answered(0, file(SLIM)), failed(1))
    assert list(page.test.dataframe[0].value.columns) == ["file", "decision", "Fake 0"]
    assert "one member decides" in page.words()


def test_a_composed_verdict_is_the_first_thing_to_look_at(page):
    composed = replace(verdict(answered(0, file(SLIM)), answered(1, file(ALPINE))), winner=None, reasons=("You took port 5000.",))
    page.state.verdict = composed
    page.run()
    assert page.test.radio(key="candidate").options[0].replace("\\", "") == "The verdict, composed"
    assert page.test.segmented_control(key="review_view").options == [FILE, DISK, BESIDE]


def test_a_run_that_ended_without_a_verdict_can_be_reviewed_and_one_answer_taken(page, store):
    run = LiveRun("live-1")
    candidates = (answered(0, file(SLIM)), answered(1, file(ALPINE)))
    run.feed(events.RunStarted("x", 0.0, tuple(entry.member for entry in candidates), "consensus", "parallel", 60.0))
    run.feed(events.RunFailed("x", 9.0, "ConsensusNotReached", "They disagree on the port.", candidates))
    (session,) = REGISTRY._sessions.values()
    session.run = run
    workspace_folder = ROOT / "examples" / "sample-shop"
    page.open(workspace_folder)
    page.state.sent = prepare(page.state.workspace, read_profile(page.state.workspace), [Target("dockerfile")])
    page.state.sent_preset = "quality"
    page.run()
    assert "They disagree on the port." in page.said("warning")
    assert "A run without a verdict" in page.words()
    assert "verdict" not in page.test.dataframe[0].value.columns
    page.click("take_candidate")
    assert page.state.verdict.winner == "fake/m0"
    (kept,) = store.recent("")
    assert (kept.id, kept.preset, kept.winner) == ("live-1", "quality", "fake/m0")
    page.go("generate")
    assert page.state.failure is None


def test_while_members_answer_the_page_watches_and_can_stop_them(page):
    run = LiveRun("live-1", (answered(0).member,))
    (session,) = REGISTRY._sessions.values()
    session.run = run
    page.run()
    page.click("stop")
    assert run.over


def test_an_earlier_run_is_reopened_compared_and_forgotten(page, store):
    keep(store, "old")
    keep(store, "new", winner="fake/m1", artifacts=(file(ALPINE),))
    keep(store, "theirs", owner="somebody-else")
    look_back(page)
    assert [option.split(",")[0] for option in page.test.selectbox(key="earlier_run").options] == ["shop: Dockerfile"] * 2
    page.test.selectbox(key="earlier_run").set_value("old").run()
    assert "asked: use Alpine" in page.words()
    page.click("open_run")
    assert page.state.verdict.run_id == "old"
    assert page.state.prompt_text == "P"
    look_back(page)
    page.test.selectbox(key="earlier_run").set_value("new").run()
    page.click("compare_run")
    assert "minus that run, plus this run" in page.words()
    assert any("-EXPOSE 5000" in code and "+EXPOSE 8000" in code for code in page.codes())
    page.click("close_comparison")
    assert "minus that run" not in page.words()
    look_back(page)
    page.test.selectbox(key="earlier_run").set_value("old").run()
    page.click("forget_run")
    assert [run.id for run in store.recent("")] == ["new"]
    assert "not in the history" in page.words()


def test_a_verdict_of_the_history_is_changed_by_what_it_was_judged_by(page, store):
    keep(store, "old")
    look_back(page)
    page.click("open_run")
    page.test.radio(key="candidate").set_value("fake/m1").run()
    page.click("take_candidate")
    assert store.load("", "old").verdict.winner == "fake/m1"


def test_a_damaged_history_is_said_and_the_verdict_can_still_be_looked_at_and_changed(page, clean_settings):
    (clean_settings / "history.sqlite3").write_bytes(b"not a database " * 999)
    show(page, answered(0, file(SLIM)), answered(1, file(ALPINE)))
    assert not page.test.exception
    assert any("is damaged" in said for said in page.said("error"))
    page.test.radio(key="candidate").set_value("fake/m1").run()
    page.click("take_candidate")
    assert not page.test.exception
    assert page.state.verdict.winner == "fake/m1"
    assert any("not in the history" in said for said in page.said("error"))


def test_earlier_runs_show_each_members_record_and_who_alone_would_have_been_enough(page, store):
    cheap, dear = replace(answered(0, file(SLIM)), cost_usd=0.01), replace(answered(1, file(ALPINE), score=0.5), cost_usd=0.1)
    for number in range(5):
        store.save(
            replace(verdict(cheap, dear, run_id=f"run-{number}"), cost_usd=0.11),
            owner="", workspace="/code/shop", targets=("dockerfile",), preset="balanced", instruction="", prompt="P",
        )  # fmt: skip
    look_back(page)
    assert any("alone would have done as well in all 5 runs" in said for said in page.said("info"))
