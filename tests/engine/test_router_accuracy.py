"""The classifier sends questions it was not trained on to the right expert.

routing_questions/README.md says how the sets were made. The sealed set is the one that tells what a stranger meets: it was measured once
before the classifier was changed and once after. The hands that wrote the others have since written training data too.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from engine.asking import classifier, router, train
from engine.experts import ROSTERS, find

HELD_OUT = Path(__file__).parent / "routing_questions"
STRANGERS, FRESH_SET, SEALED, DEVELOPMENT = "_strangers", "_fresh", "_sealed", "_development"
WANTED = 0.95
REACHED = {"devops": 0.95, "general": 0.94}
"""On the sealed set, 152 of 160 and 85 of 90; with the classifier before this one it was 0.844 and 0.889."""


def questions(roster: str, hand: str = "") -> list[tuple[str, str]]:
    lines = (HELD_OUT / f"{roster}{hand}.tsv").read_text(encoding="utf-8").splitlines()
    return [(expert, question) for expert, question, *_ in (line.split("\t") for line in lines)]


def accuracy(roster: str, choose, hand: str = "") -> float:
    asked = questions(roster, hand)
    return sum(choose(question) == expert for expert, question in asked) / len(asked)


@pytest.mark.parametrize("roster", [roster.id for roster in ROSTERS])
def test_held_out_questions_reach_their_expert(roster):
    known = classifier.load(roster)
    for hand in ("", STRANGERS, FRESH_SET, DEVELOPMENT):
        assert accuracy(roster, lambda question: known.guess(question).best, hand) >= WANTED, hand


@pytest.mark.parametrize("roster", [roster.id for roster in ROSTERS])
def test_the_sealed_questions_of_a_stranger_reach_their_expert(roster):
    known = classifier.load(roster)
    assert accuracy(roster, lambda question: known.guess(question).best, SEALED) >= REACHED[roster]


@pytest.mark.parametrize("roster", [roster.id for roster in ROSTERS])
def test_it_beats_keywords_by_far(roster):
    def by_words(question: str) -> str:
        picks = router.by_keywords(question, find(roster))
        return picks[0].expert if picks else find(roster).general.id

    known = classifier.load(roster)
    assert accuracy(roster, lambda question: known.guess(question).best) > accuracy(roster, by_words) + 0.1


@pytest.mark.parametrize("roster", [roster.id for roster in ROSTERS])
def test_no_held_out_question_is_in_the_training_data(roster):
    text = (train.DATA / f"{roster}.txt").read_text(encoding="utf-8")
    trained = {_flat(line.removeprefix("? ")) for line in text.splitlines()}
    for hand in ("", STRANGERS, FRESH_SET, SEALED, DEVELOPMENT):
        assert not [question for _, question in questions(roster, hand) if _flat(question) in trained]


@pytest.mark.parametrize("roster", [roster.id for roster in ROSTERS])
def test_every_expert_has_held_out_questions_and_a_label(roster):
    experts = {expert.id for expert in find(roster).experts}
    assert {expert for expert, _ in questions(roster)} == experts == set(classifier.load(roster).labels)
    assert Counter(expert for expert, _ in questions(roster, STRANGERS)) == dict.fromkeys(experts, 20)
    for hand in (FRESH_SET, SEALED, DEVELOPMENT):
        assert len(set(Counter(expert for expert, _ in questions(roster, hand)).values())) == 1


def test_the_shipped_weights_are_those_of_the_shipped_data():
    """The small roster is trained anew; another machine's mathematics may round a weight the other way."""
    shipped = classifier.load("general")
    made = train.train(train.read_examples((train.DATA / "general.txt").read_text(encoding="utf-8")))
    assert made.labels == shipped.labels
    assert set(made.rows) - {bucket for bucket, row in made.rows.items() if not any(row[:-1])} == set(shipped.rows)
    worst = max(abs(a - b) for bucket, row in shipped.rows.items() for a, b in zip(row, made.rows[bucket], strict=True))
    assert worst <= 1


def test_a_classifier_survives_being_written_and_read():
    known = classifier.load("devops")
    assert classifier.read(classifier.write(known)).guess("Which port?") == known.guess("Which port?")


@pytest.mark.parametrize("question", ["", " ", "?", "日本語", "x" * 100_000, "\0\n\t"])
def test_any_text_gives_a_guess_and_probabilities(question):
    guess = classifier.load("devops").guess(question)
    assert abs(sum(odds for _, odds in guess.labels) - 1) < 1e-9


def _flat(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
