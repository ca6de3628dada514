"""The live council's arithmetic: energy, diversity, resonance and tiers, case by case and for any course of a run (SPEC §8)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.council import Accord, Pulse, Resonance, Tier, ensemble_energy, tier_of

ln = math.log


def heard(*speeches: tuple[str, float | None], weights: tuple[float, ...] = ()) -> Accord:
    """Let members a, b, c... say these texts word by word, each word with this probability."""
    names = "abcdef"[: len(speeches)]
    accord = Accord(dict(zip(names, weights or (1.0,) * len(speeches), strict=True)))
    for name, (text, p) in zip(names, speeches, strict=True):
        for word in text.split():
            accord.say(name, word + " ", () if p is None else (ln(p),))
        accord.finish(name)
    return accord


SAME = "FROM python:3.12-slim WORKDIR /app COPY . ."
OTHER = "Here is a file for your little program"


@pytest.mark.parametrize(
    ("members", "energy"),
    [
        ([], None),
        ([(1.0, None)], None),
        ([(0.0, 0.7)], None),
        ([(1.0, 0.5)], 0.5),
        ([(3.0, 0.5), (1.0, 1.0)], 0.625),
        ([(1.0, 0.4), (5.0, None)], 0.4),
        ([(1.0, 1.0), (1.0, 1.0)], 1.0),
        ([(1.0, 7.0)], 1.0),
    ],
)
def test_the_ensembles_energy_is_the_weighted_mean_of_what_is_known_and_at_most_one(members, energy):
    assert ensemble_energy(members) == (None if energy is None else pytest.approx(energy))


@pytest.mark.parametrize(
    ("speeches", "diversity", "agreement", "resonance"),
    [
        ([(SAME, 1.0), (SAME, 1.0)], 0.0, 1.0, "converging"),
        ([(SAME, 1.0), (SAME, 1.0), (SAME, 1.0)], 0.0, 1.0, "converging"),
        ([(SAME, 0.5), (SAME, 0.5)], 0.5, 1.0, "converging"),
        ([("red", 1.0), ("blue", 1.0)], 0.5, 0.0, "diverging"),
        ([("red", 1.0), ("blue", 1.0), ("green", 1.0)], 2 / 3, 0.0, "diverging"),
        ([("red", 1.0), ("red", 1.0), ("green", 1.0)], 1 / 3, 1 / 3, "diverging"),
        ([("red", 0.9), ("red", 0.6), ("green", 1.0)], 1 - 1.5 / 3, 1 / 3, "diverging"),
    ],
)
def test_diversity_is_one_less_the_likeliest_word_of_all_members(speeches, diversity, agreement, resonance):
    reading = heard(*speeches).reading()
    assert reading.measured
    assert reading.diversity == pytest.approx(diversity)
    assert reading.agreement == pytest.approx(agreement)
    assert reading.resonance == resonance


def test_weights_weigh_the_words():
    assert heard(("red", 1.0), ("blue", 1.0), weights=(3.0, 1.0)).reading().diversity == pytest.approx(0.25)


def test_without_probabilities_diversity_is_half_and_unmeasured_but_agreement_is_known():
    reading = heard((SAME, None), (SAME, None)).reading()
    assert (reading.diversity, reading.measured) == (0.5, False)
    assert (reading.agreement, reading.resonance) == (1.0, Resonance.CONVERGING)


def test_a_member_alone_or_nobody_has_nothing_to_be_compared_with():
    for accord in (Accord({}), heard((SAME, 1.0))):
        assert accord.reading().resonance is Resonance.LISTENING
        assert accord.reading().agreement is None
        assert accord.reading().diversity == 0.5


def test_an_inserted_line_does_not_make_the_rest_differ():
    rest = "RUN pip install -r requirements.txt EXPOSE 8000 USER app CMD gunicorn wsgi:app --workers 4 --bind 0.0.0.0:8000 --timeout 30"
    assert (heard((f"# a comment of my own {rest}", 1.0), (rest, 1.0)).reading().agreement or 0) > 0.9


def test_members_that_go_different_ways_differ_even_if_they_never_meet():
    one, two = (" ".join(f"{word}{at}" for at in range(60)) for word in ("a", "b"))
    reading = heard((one, 1.0), (two, 1.0)).reading()
    assert (reading.agreement, reading.resonance) == (0.0, Resonance.DIVERGING)
    assert reading.diversity == pytest.approx(0.5)


def test_vendors_that_cut_words_differently_are_still_lined_up():
    accord = Accord({"a": 1.0, "b": 1.0})
    for token in ("FR", "OM", " py", "thon"):
        accord.say("a", token, (ln(0.9),))
    for token in ("FROM ", "python"):
        accord.say("b", token, (ln(1.0),))
    for member in "ab":
        accord.finish(member)
    reading = accord.reading()
    assert reading.agreement == 1.0
    assert reading.diversity == pytest.approx(1 - (0.81 + 1) / 2)


def test_a_member_that_drops_out_or_starts_over_leaves_the_others_as_they_are():
    accord = heard((SAME, 1.0), (SAME, 1.0), (OTHER, 1.0))
    assert accord.reading().agreement != 1.0
    accord.leave("c")
    assert accord.reading().agreement == 1.0
    accord.join("c")
    assert accord.reading().agreement == 1.0
    accord.say("gone", "word ")
    assert accord.reading().agreement == 1.0


def test_between_the_thresholds_the_last_word_stands():
    accord = Accord(dict.fromkeys("ab", 1.0))
    for name in "ab":
        accord.say(name, "same same2 same3 ")
    assert accord.reading().resonance is Resonance.CONVERGING
    for name in "ab":
        accord.say(name, "".join(f"{name}{at} " for at in range(3)))
    reading = accord.reading()
    assert 0.4 <= (reading.agreement or 0) < 0.9
    for name in "ab":
        accord.say(name, "".join(f"{name}{at} " for at in range(40)))
    assert accord.reading().resonance is Resonance.DIVERGING


def test_energy_is_the_mean_probability_of_the_latest_tokens():
    pulse = Pulse()
    assert pulse.energy(0) is None
    pulse.say("ab", (ln(0.5), ln(1.0)), 0.0)
    assert pulse.energy(10_000) == pytest.approx(0.75)
    pulse.say("c", (0.5,), 10.0)  # no probability is above 1, whatever a vendor says
    assert pulse.energy(0) == pytest.approx(2.5 / 3)


def test_energy_is_the_pace_against_its_own_best_without_probabilities():
    pulse, now = Pulse(), 0.0
    for pieces, characters in ((20, 40), (20, 4)):
        for _ in range(pieces):
            now += 100
            pulse.say("x" * characters, (), now)
        energy = pulse.energy(now)
        assert energy is not None
        assert (energy > 0.8) if characters == 40 else (0 < energy < 0.2)


@pytest.mark.parametrize(("name", "limit"), [("low", 2), ("mid", 4), ("high", 6), ("hybrid", 6)])
def test_tiers_limit_the_local_models_at_work(name, limit):
    assert Tier(name).local_models == limit
    assert tier_of(name) is Tier(name)


@pytest.mark.parametrize(
    ("memory", "tier"), [(4, Tier.LOW), (7.9, Tier.LOW), (8, Tier.MID), (16, Tier.MID), (24, Tier.HIGH), (64, Tier.HIGH)]
)
def test_the_machines_memory_suggests_a_tier(memory, tier):
    assert tier_of("auto", memory_gib=memory) is Tier(tier)
    assert tier_of("auto") in Tier


PROBABILITIES = st.one_of(st.none(), st.floats(0.001, 1.0))
SPEECHES = st.lists(
    st.tuples(st.sampled_from("abc"), st.text(alphabet="xy \n", max_size=6), PROBABILITIES, st.sampled_from(["say", "leave", "join"])),
    max_size=80,
)


@given(SPEECHES)
def test_whatever_is_said_the_figures_stay_between_nought_and_one(steps):
    accord, pulses = Accord(dict.fromkeys("abc", 1.0)), {name: Pulse() for name in "abc"}
    for now, (name, text, p, what) in enumerate(steps):
        logprobs = () if p is None else (ln(p),)
        if what == "leave":
            accord.leave(name)
        elif what == "join":
            accord.join(name)
        accord.say(name, text, logprobs)
        pulses[name].say(text, logprobs, now * 10.0)
        reading = accord.reading()
        assert 0.0 <= reading.diversity <= 1.0
        assert reading.measured or reading.diversity == 0.5
        assert reading.agreement is None or 0.0 <= reading.agreement <= 1.0
        energy = ensemble_energy((1.0, pulse.energy(now * 10.0)) for pulse in pulses.values())
        assert energy is None or 0.0 <= energy <= 1.0


@given(st.lists(st.sampled_from(["red ", "blue ", "green "]), min_size=1, max_size=20), st.permutations("abc"))
def test_the_order_of_the_members_does_not_matter(said, order):
    readings = []
    for names in ("abc", order):
        accord = Accord(dict.fromkeys(names, 1.0))
        for at, word in enumerate(said):
            accord.say("abc"[at % 3], word, (ln(0.8),))
        readings.append(accord.reading())
    assert readings[0].diversity == pytest.approx(readings[1].diversity)
    assert readings[0].agreement == pytest.approx(readings[1].agreement)


@given(st.text(alphabet="ab \n", max_size=60), st.data())
def test_how_a_text_is_cut_does_not_change_what_was_said(text, data):
    whole, cut = Accord({"a": 1.0, "b": 1.0}), Accord({"a": 1.0, "b": 1.0})
    for accord in (whole, cut):
        accord.say("b", text)
        accord.finish("b")
    whole.say("a", text)
    at = 0
    while at < len(text):
        step = data.draw(st.integers(1, 5))
        cut.say("a", text[at : at + step])
        at += step
    for accord in (whole, cut):
        accord.finish("a")
    assert whole.reading() == cut.reading()
