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

from engine.asking.classifier import WEIGHTS, Classifier, features, softmax, write

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
EPOCHS = 12
RATE = 0.6
DECAY = 2e-6
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
    """Fit a multinomial logistic regression by stochastic gradient descent, averaged over the steps of the later passes."""
    labels = tuple(dict.fromkeys(label for label, _ in examples))
    counts = {label: sum(entry == label for entry, _ in examples) for label in labels}
    data = [(features(text), labels.index(label), len(examples) / (len(labels) * counts[label])) for label, text in examples]
    width = len(labels)
    weights: dict[int, list[float]] = {}
    summed: dict[int, list[float]] = {}
    bias, bias_sum, taken = [0.0] * width, [0.0] * width, 0
    order = list(range(len(data)))
    shuffle = random.Random(7).shuffle
    for epoch in range(EPOCHS):
        shuffle(order)
        rate = RATE / (1 + 0.35 * epoch)
        for place in order:
            found, label, importance = data[place]
            share = 1 / math.sqrt(len(found))
            rows = [weights.setdefault(bucket, [0.0] * width) for bucket in found]
            odds = softmax([bias[k] + share * sum(row[k] for row in rows) for k in range(width)])
            for k in range(width):
                wrong = odds[k] - (k == label)
                step = rate * importance * wrong
                bias[k] -= 0.05 * step
                step *= share
                for row in rows:
                    row[k] -= step + rate * DECAY * row[k]
        if epoch >= EPOCHS // 2:
            taken += 1
            for bucket, row in weights.items():
                total = summed.setdefault(bucket, [0.0] * width)
                for k in range(width):
                    total[k] += row[k]
            bias_sum = [total + value for total, value in zip(bias_sum, bias, strict=True)]
    largest = max(abs(value) for row in summed.values() for value in row) / taken
    scale = LARGEST / largest
    packed = {bucket: tuple(round(value / taken * scale) for value in row) for bucket, row in sorted(summed.items())}
    return Classifier(labels, packed, tuple(round(value / taken, 4) for value in bias_sum), round(scale, 4))


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
