"""The live run: what watchers see of a run while it happens (SPEC §8, §2.4)."""

from __future__ import annotations

import math
import threading

from hypothesis import given
from hypothesis import strategies as st

from engine import track
from engine.live import Cursor, LiveRun, MemberState, RunState
from engine.minutes import MAX_MOMENTS
from providers import events
from providers.base import Answer, Usage
from providers.merging import Batch, Piece
from providers.records import Candidate, Member, MemberError, Status, Verdict

ANN = Member(index=0, id="a/ann", vendor="a", label="Ann", model="ann", weight=3.0)
BOB = Member(index=1, id="b/bob", vendor="b", label="Bob", model="bob")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def started(*members: Member, clock: Clock | None = None) -> LiveRun:
    run = LiveRun("r1", clock=clock or Clock())
    run.feed(events.RunStarted("r1", 0.0, members or (ANN, BOB), "best_of_n", "parallel", 60.0))
    return run


def say(run: LiveRun, member: Member, text: str, logprobs: tuple[float, ...] = ()) -> None:
    run.feed(events.MemberDelta("r1", 0.0, member.id, text, logprobs))


def answered(member: Member, text: str = "x", tokens: int | None = None) -> events.MemberFinished:
    answer = Answer(text=text, model=member.model, usage=Usage(output_tokens=tokens))
    return events.MemberFinished("r1", 0.0, member.id, Candidate(member=member, status=Status.SUCCESS, answer=answer))


def failed(member: Member, status: Status = Status.ERROR) -> events.MemberFailed:
    error = MemberError("RateLimited", "Too many requests.", "Wait a little.")
    return events.MemberFailed("r1", 0.0, member.id, Candidate(member=member, status=status, error=error))


def verdict() -> Verdict:
    return Verdict(
        run_id="r1", text="", artifacts=(), assessment=None, winner=None, strategy="best_of_n", execution="parallel",
        consensus=1.0, votes=(), reasons=(), candidates=(),
    )  # fmt: skip


def test_a_watcher_gets_every_character_once_and_a_late_one_gets_all_of_it():
    run = started()
    early = Cursor()
    say(run, ANN, "FROM ")
    assert run.frame(early).members[0].text == "FROM "
    say(run, ANN, "python")
    assert run.frame(early).members[0].text == "python"
    assert run.frame(early).members[0].text == ""
    late = run.frame(Cursor()).members[0]
    assert (late.text, late.reset) == ("FROM python", True)


def test_a_retry_voids_what_was_said_and_tells_the_watcher_to_start_over():
    run = started()
    cursor = Cursor()
    say(run, ANN, "half an ans")
    run.frame(cursor)
    run.feed(events.MemberRetried("r1", 0.0, ANN.id, 2, "the vendor was overloaded"))
    frame = run.frame(cursor).members[0]
    assert (frame.state, frame.reset, frame.text) == (MemberState.RETRYING, True, "")
    assert "overloaded" in frame.reason
    say(run, ANN, "whole")
    assert run.frame(cursor).members[0].text == "whole"


def test_a_member_that_waits_for_its_turn_says_so_until_it_is_asked():
    run = started()
    for reason, state in (("It waits for its turn.", MemberState.WAITING), ("", MemberState.ASKED)):
        run.feed(events.MemberWaiting("r1", 0.0, ANN.id, reason))
        frame = run.frame(Cursor()).members[0]
        assert (frame.state, frame.reason) == (state, reason)


def test_a_watcher_far_behind_catches_up_in_bounded_frames():
    run = started()
    say(run, ANN, "x" * (track.MAX_CHUNK * 2 + 5))
    cursor = Cursor()
    sizes = []
    while True:
        frame = run.frame(cursor)
        sizes.append(len(frame.members[0].text))
        if not frame.more:
            break
    assert sizes == [track.MAX_CHUNK, track.MAX_CHUNK, 5]


def test_text_is_bounded_and_the_cut_is_said():
    run = started()
    for _ in range(5):
        say(run, ANN, "x" * (track.MAX_TEXT // 4))
    assert len(run.text(ANN.id)) == track.MAX_TEXT
    assert run.snapshot().members[0].cut


def test_an_answer_that_was_not_streamed_is_shown_whole():
    run = started()
    run.feed(answered(ANN, "FROM scratch"))
    assert run.frame(Cursor()).members[0].text == "FROM scratch"


def test_states_are_words_and_answers_are_counted():
    run = started()
    assert [member.state for member in run.snapshot().members] == ["waiting", "waiting"]
    run.feed(events.MemberStarted("r1", 0.0, ANN.id))
    assert run.snapshot().members[0].state == "asked"
    say(run, ANN, "x")
    assert run.snapshot().members[0].state == "answering"
    run.feed(answered(ANN))
    run.feed(failed(BOB))
    frame = run.snapshot()
    assert frame.answered == 1
    assert frame.members[1].state == "failed"
    assert frame.members[1].reason == "Too many requests. Wait a little."
    judged = Candidate(member=ANN, status=Status.SUCCESS, score=0.9)
    run.feed(events.CandidateJudged("r1", 0.0, ANN.id, judged))
    assert run.snapshot().members[0].state == "judged"
    assert run.snapshot().members[0].score == 0.9


def test_energy_is_the_mean_token_probability_where_it_is_known():
    run = started()
    say(run, ANN, "ab", (math.log(0.5), math.log(1.0)))
    member = run.snapshot().members[0]
    assert member.exact
    assert math.isclose(member.energy or 0, 0.75)


def test_energy_is_the_pace_against_the_members_own_best_otherwise():
    clock = Clock()
    run = started(clock=clock)
    for _ in range(20):
        clock.now += 0.1
        say(run, ANN, "x" * 40)
    fast = run.snapshot().members[0]
    for _ in range(20):
        clock.now += 0.1
        say(run, ANN, "x" * 4)
    slow = run.snapshot().members[0]
    assert not fast.exact
    assert math.isclose(fast.rate or 0, 100, rel_tol=0.2)
    assert math.isclose(slow.rate or 0, 10, rel_tol=0.3)
    assert (fast.energy or 0) > 0.8
    assert 0 < (slow.energy or 0) < 0.2


def test_the_councils_energy_weighs_its_members_and_leaves_out_the_unknown():
    run = started()
    say(run, ANN, "a", (math.log(0.5),))
    assert math.isclose(run.snapshot().energy or 0, 0.5)
    say(run, BOB, "b", (0.0,))
    assert math.isclose(run.snapshot().energy or 0, (3 * 0.5 + 1.0) / 4)
    assert started().snapshot().energy is None


def test_a_text_that_came_at_once_has_no_rate_to_show():
    run = started()
    run.feed(answered(ANN, "x" * 4000, tokens=1000))
    member = run.snapshot().members[0]
    assert (member.tokens, member.exact, member.rate, member.energy) == (1000, True, None, None)


def test_a_member_that_stands_in_joins_the_watched_ones_when_it_is_asked():
    run = LiveRun("r1", (ANN,), clock=Clock())
    run.feed(events.RunStarted("r1", 0.0, (ANN,), "best_of_n", "parallel", 60.0, standing_by=(BOB,)))
    run.feed(failed(ANN))
    assert run.members == (ANN,)
    run.feed(events.MemberStarted("r1", 1.0, BOB.id))
    say(run, BOB, "FROM scratch")
    run.feed(answered(BOB))
    assert run.members == (ANN, BOB)
    assert [member.state for member in run.snapshot().members] == ["failed", "answered"]


def test_a_run_ends_with_its_verdict_once():
    run = started()
    run.feed(events.RunFinished("r1", 5.0, verdict()))
    run.feed(events.RunFailed("r1", 6.0, "X", "late", ()))
    assert run.over
    assert run.wait(0)
    assert run.state is RunState.FINISHED
    assert run.verdict is not None
    assert run.failure is None


def test_a_failed_run_keeps_what_members_gave_and_says_why():
    run = started()
    run.feed(failed(BOB))
    run.fail("NotEnoughAnswers", "1 of 2 answered.")
    assert run.state is RunState.FAILED
    assert run.failure is not None
    assert run.failure.message == "1 of 2 answered."
    assert [candidate.member.id for candidate in run.failure.candidates] == [BOB.id]
    assert run.snapshot().members[0].state == "stopped"


def test_stopping_cancels_the_calls_and_ignores_what_comes_later():
    run = started()
    cancelled = []
    run.attach(lambda: cancelled.append(1))
    run.feed(answered(ANN))
    run.cancel()
    run.cancel()
    say(run, BOB, "late")
    assert cancelled == [1]
    assert run.state is RunState.STOPPED
    assert [member.state for member in run.snapshot().members] == ["answered", "stopped"]
    assert run.text(BOB.id) == ""


def test_a_run_stopped_before_its_calls_were_made_cancels_them_as_soon_as_it_can():
    run = LiveRun("r1", (ANN,))
    run.cancel()
    cancelled = []
    run.attach(lambda: cancelled.append(1))
    assert cancelled == [1]


def test_listeners_hear_of_changes_until_they_leave():
    run = started()
    heard = []
    leave = run.subscribe(lambda: heard.append(1))
    say(run, ANN, "x")
    leave()
    leave()
    say(run, ANN, "y")
    assert heard == [1]


@given(st.lists(st.tuples(st.sampled_from(["say", "look", "retry"]), st.text(max_size=20)), max_size=60))
def test_whatever_the_order_a_watcher_ends_with_the_members_text(steps):
    run = started(ANN)
    cursor, seen = Cursor(), ""

    def look() -> str:
        member = run.frame(cursor).members[0]
        return member.text if member.reset else seen + member.text

    for step, text in steps:
        if step == "say":
            say(run, ANN, text)
        elif step == "retry":
            run.feed(events.MemberRetried("r1", 0.0, ANN.id, 2, "again"))
        else:
            seen = look()
    assert look() == run.text(ANN.id)


def test_feeding_and_watching_from_many_threads_loses_nothing():
    run = started()
    pieces = 2000

    def feed(member: Member) -> None:
        for _ in range(pieces):
            say(run, member, "ab")

    threads = [threading.Thread(target=feed, args=(member,)) for member in (ANN, BOB)]
    cursor, seen = Cursor(), {ANN.id: 0, BOB.id: 0}
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for member in run.frame(cursor).members:
            seen[member.id] += len(member.text)
        threads[0].join(0.001)
    while (frame := run.frame(cursor)).more or any(member.text for member in frame.members):
        for member in frame.members:
            seen[member.id] += len(member.text)
    assert seen == {ANN.id: pieces * 2, BOB.id: pieces * 2}


def test_a_frame_of_merged_text_tells_how_the_members_stand_to_each_other():
    run = started()
    pieces = tuple(Piece(member.id, "FROM python ", (math.log(0.8), math.log(0.8)), 10.0) for member in (ANN, BOB))
    run.take(Batch(1, 10.0, pieces, 0.0, True, held=(BOB.id,)))
    frame = run.frame(Cursor())
    assert [member.text for member in frame.members] == ["FROM python "] * 2
    assert (frame.resonance, frame.agreement, frame.held) == ("converging", 1.0, (BOB.id,))
    assert math.isclose(frame.energy or 0, 0.8)
    assert math.isclose(frame.diversity or 0, 0.2)


def test_without_sync_the_members_are_shown_each_for_itself():
    run = started()
    run.take(Batch(1, 0.0, tuple(Piece(member.id, "a b ", (-0.1,), 0.0) for member in (ANN, BOB)), 99.0, False))
    frame = run.snapshot()
    assert (frame.synced, frame.energy, frame.diversity, frame.agreement) == (False, None, None, None)
    assert all(member.energy is not None for member in frame.members)


def test_the_energy_of_a_member_that_dropped_out_does_not_count():
    run = started()
    say(run, ANN, "a", (math.log(0.5),))
    say(run, BOB, "b", (0.0,))
    run.feed(failed(BOB))
    assert math.isclose(run.snapshot().energy or 0, 0.5)


def test_the_minutes_stay_short_however_long_a_run_takes_and_a_watcher_is_told_when_they_were_thinned_out():
    clock = Clock()
    run = started(clock=clock)
    cursor, seen, thinned = Cursor(), 0, 0
    for _ in range(600):
        clock.now += 1.0
        run.take(Batch(1, 0.0, (Piece(ANN.id, "word ", (-0.1,), 0.0),), 0.0, True))
        frame = run.frame(cursor)
        thinned += frame.anew
        seen = len(frame.moments) if frame.anew else seen + len(frame.moments)
    kept = run.minutes()
    assert kept is not None
    assert seen <= len(kept.moments) <= MAX_MOMENTS + 1
    assert thinned >= 2
    assert kept.moments[0].at_ms < 3000
    assert kept.moments[-1].at_ms > 590_000
    assert kept.members[0] == ANN.id


def test_a_run_that_did_not_stream_has_no_minutes():
    run = started()
    run.feed(failed(ANN))
    assert run.minutes() is None
