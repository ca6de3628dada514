"""Trains the classifiers of the rosters from `training/`: `python -m engine.asking.train`; the same data gives the same weights.

`--check` measures by leaving out a fifth of the data at a time, which is how the settings below were chosen. The questions that the
router is measured with (tests/engine/routing_questions) are never read here.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.asking.classifier import BUCKETS, WEIGHTS, Classifier, features, write

DATA = Path(__file__).parent / "training"
FRAMES = (
    "{}",
    "how do I use {}",
    "what about {} here",
    "my {} does not work, why",
    "can you write {} for this service",
    "do we need {}",
    "explain {} to me",
    "which {} should we take",
    "is our {} right",
)
"""Sentences a term is put into, so that the words around it do not decide; each term gets FRAMES_EACH of them in turn."""
FRAMES_EACH = 3
EPOCHS = 14
RATE = 0.03
DECAY = 0.5
SMOOTHING = 0.1
SHARPNESS = 3.0
"""What margins are multiplied with to be read as odds."""
LARGEST = 127

Example = tuple[str, str]


def read_examples(text: str) -> list[Example]:
    """Return (label, text) pairs of a training file, terms in their frames."""
    label, found, turn = "", [], 0
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("["):
            label = line.strip("[] ")
        elif line.startswith("? "):
            found += [(label, line[2:])] * 2  # a whole question says more than a term
        else:
            for term in filter(None, (part.strip() for part in line.split(","))):
                for _ in range(FRAMES_EACH):
                    found.append((label, FRAMES[turn % len(FRAMES)].format(term)))
                    turn += 1
    return found


def train(examples: Sequence[Example]) -> Classifier:
    """Fit one linear model a label against the others (squared hinge loss, gradient descent), averaged over the later passes.

    A feature counts by its rarity and by how much likelier it is under one label than under the others, so that the words of any sentence
    do not outvote the one that decides; labels count alike, however many examples they have.
    """
    labels = tuple(dict.fromkeys(label for label, _ in examples))
    found = [np.array(features(text), dtype=np.int64) for _, text in examples]
    answers = np.array([labels.index(label) for label, _ in examples])
    often = np.bincount(np.concatenate(found), minlength=BUCKETS)
    rarity = np.where(often > 0, np.log((1 + len(examples)) / (1 + often)) + 1, 0.0)
    values = [rarity[buckets] / math.sqrt(float(np.square(rarity[buckets]).sum()) or 1) for buckets in found]
    lean = _lean(found, values, answers, len(labels))
    values = [value * lean[buckets] for value, buckets in zip(values, found, strict=True)]
    importance = len(examples) / (len(labels) * np.bincount(answers))
    weights, summed = np.zeros((BUCKETS, len(labels))), np.zeros((BUCKETS, len(labels)))
    bias, bias_sum = np.zeros(len(labels)), np.zeros(len(labels))
    order = list(range(len(examples)))
    shuffle = random.Random(7).shuffle
    for epoch in range(EPOCHS):
        shuffle(order)
        rate = RATE / (1 + 0.35 * epoch)
        for place in order:
            buckets, value, answer = found[place], values[place], answers[place]
            margin = value @ weights[buckets] + bias
            step = rate * np.maximum(0, 1 + margin)
            step[answer] = -rate * importance[answer] * max(0.0, 1 - margin[answer])
            weights[buckets] -= np.outer(value, step)
            bias -= step
        weights *= 1 - rate * DECAY
        if epoch >= EPOCHS // 2:
            summed += weights
            bias_sum += bias
    folded = summed * (rarity * lean * SHARPNESS / (EPOCHS - EPOCHS // 2))[:, None]
    bias = bias_sum * SHARPNESS / (EPOCHS - EPOCHS // 2)
    scale = LARGEST / float(np.abs(folded).max())
    packed = np.rint(folded * scale).astype(int)
    squares = np.minimum(np.rint(np.square(rarity)), LARGEST).astype(int)
    rows = {int(bucket): (*packed[bucket].tolist(), int(squares[bucket])) for bucket in np.flatnonzero(often)}
    return Classifier(labels, rows, tuple(round(float(value), 4) for value in bias), round(scale, 4))


def _lean(found: Sequence[np.ndarray], values: Sequence[np.ndarray], answers: np.ndarray, width: int) -> np.ndarray:
    """Return how far each bucket leans to a label or away from one: the largest ratio of its shares, as a logarithm."""
    sums = np.zeros((width, BUCKETS))
    for buckets, value, answer in zip(found, values, answers, strict=True):
        sums[answer, buckets] += value
    seen = sums.sum(axis=0) > 0
    count = int(seen.sum())
    whole = sums.sum(axis=0)
    with_it = (sums + SMOOTHING) / (sums.sum(axis=1, keepdims=True) + SMOOTHING * count)
    without = whole - sums
    without = (without + SMOOTHING) / (without.sum(axis=1, keepdims=True) + SMOOTHING * count)
    lean: np.ndarray = np.where(seen, np.abs(np.log(with_it / without)).max(axis=0), 0.0)
    return lean


def check(text: str, folds: int = 5) -> float:
    """Return the share of left-out questions that go to the right expert, each fold trained on the others.

    Only whole questions are left out, with every frame and copy of their own.
    """
    questions = list(dict.fromkeys(line for line in text.splitlines() if line.startswith("? ")))
    random.Random(11).shuffle(questions)
    label_of: dict[str, str] = {}
    label = ""
    for line in text.splitlines():
        if line.startswith("["):
            label = line.strip("[] ")
        label_of.setdefault(line, label)
    right = 0
    for fold in range(folds):
        left_out = set(questions[fold::folds])
        classifier = train(read_examples("\n".join(line for line in text.splitlines() if line not in left_out)))
        right += sum(classifier.guess(line[2:]).best == label_of[line] for line in left_out)
    return right / len(questions)


def main() -> int:
    """Train every roster that has a file, or measure them."""
    options = argparse.ArgumentParser(description="Train the classifiers that route questions to experts.")
    options.add_argument("--check", action="store_true", help="print the accuracy on left-out training questions and write nothing")
    checking = options.parse_args().check
    for file in sorted(DATA.glob("*.txt")):
        text = file.read_text(encoding="utf-8")
        if checking:
            print(f"{file.stem}: {check(text):.1%} of left-out training questions")
            continue
        made = write(train(read_examples(text)))
        (WEIGHTS / f"{file.stem}.json").write_text(made, encoding="utf-8")
        print(f"{file.stem}: {len(made):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
