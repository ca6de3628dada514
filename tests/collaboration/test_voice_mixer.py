"""The mix of a voice room, without a network: nobody hears themself, nothing piles up, levels follow what is said."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collaboration.voice.mixer import FRAME, HOLD, MOST, PRIMED, Ear, decibels, mixed


def frame(value: int) -> np.ndarray:
    return np.full(FRAME, value, np.int16)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(-32_768, 32_767), max_size=10))
def test_everybody_hears_the_sum_of_all_others_and_never_themself(values: dict[str, int]):
    heard = mixed({who: frame(value) for who, value in values.items()})
    total = sum(values.values())
    expected = {None: total, **({who: total - value for who, value in values.items()} if len(values) > 1 else {})} if values else {}
    assert {who: int(mix[0]) for who, mix in heard.items()} == {who: min(max(value, -32_768), 32_767) for who, value in expected.items()}


def test_who_speaks_alone_is_sent_nothing():
    assert set(mixed({"ann": frame(500)})) == {None}


def test_what_is_not_mixed_in_time_is_dropped_from_its_oldest_end():
    ear = Ear()
    for value in range(1, 100):
        ear.put(frame(value * 100))
    assert ear.waiting == MOST
    taken = ear.take()
    assert taken is not None
    assert taken[0] == (99 - MOST // FRAME + 1) * 100


def test_one_frame_that_comes_late_is_no_gap_once_enough_waits():
    ear = Ear()
    ear.put(frame(1_000))
    assert ear.take() is None  # not primed yet
    ear.put(frame(1_000))
    assert ear.waiting == PRIMED
    assert ear.take() is not None
    assert ear.take() is not None
    assert ear.take() is None


def test_frames_of_any_length_are_cut_into_frames_of_the_mix():
    ear = Ear()
    for _ in range(9):
        ear.put(np.full(FRAME // 3, 2_000, np.int16))
    assert [ear.take() is not None for _ in range(4)] == [True, True, True, False]


def test_the_level_and_the_word_follow_what_is_said_and_end_half_a_second_after_it():
    ear = Ear()
    for value, level in ((50, 0), (1_000, 2), (20_000, 4)):
        ear.forget()
        ear.put(np.tile(frame(value), 2))
        ear.take()
        assert ear.level == level
        assert ear.speaking is (level > 0)
    falling = []
    for _ in range(HOLD + 1):
        ear.take()
        falling.append((ear.level, ear.speaking))
    assert falling[0] == (4, True)
    assert falling[-1] == (0, False)
    assert [level for level, _ in falling] == sorted((level for level, _ in falling), reverse=True)


def test_silence_is_not_mixed_and_counts_as_no_sound():
    ear = Ear()
    ear.put(np.tile(frame(0), 3))
    assert ear.take() is None
    assert not ear.speaking
    assert decibels(frame(0)) < -80
    assert round(decibels(frame(32_767))) == 0
