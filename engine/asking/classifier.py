"""A small linear classifier over hashed words, pairs and pieces of words: which expert a question is for, in a fraction of a millisecond.

The weights are made by `python -m engine.asking.train` from the questions in `training/` and lie in `weights/`, one file a roster.
"""

from __future__ import annotations

import base64
import json
import math
import re
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path

BITS = 18
BUCKETS = 1 << BITS
MAX_WORDS = 60
"""Words of a question that are looked at; what decides its field stands in it early."""

WEIGHTS = Path(__file__).parent / "weights"
_WORD = re.compile(r"[a-z0-9][a-z0-9+#.]*[a-z0-9+#]|[a-z0-9]")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ENDINGS = ("ings", "ing", "ied", "ies", "ers", "ed", "es", "er", "ly", "s")
_PLAIN = frozenset(
    _WORD.findall(
        "a an the is are was were be been am do does did to of in on at for with and or but not no it its this that these those i we you "
        "he she they my our your their me us them what which who how why when where can could should would will shall may might must have "
        "has had if then than so as by from into out up down about there here just please hi hello thanks s t m re ve ll d don didn doesn "
        "isn"
    )
)
"""Words of any sentence: they count as themselves and beside a neighbour, not by their stem or pieces."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What the classifier takes a question for: labels with their probability 0..1, the likeliest first."""

    labels: tuple[tuple[str, float], ...]

    @property
    def best(self) -> str:
        """Return the likeliest label."""
        return self.labels[0][0]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of one roster: `rows` maps a bucket to a weight a label, and last the square of the bucket's rarity.

    The weights are divided by `scale`, and by the length of a question as its rarities make it; `bias` is added.
    """

    labels: tuple[str, ...]
    rows: dict[int, tuple[int, ...]]
    bias: tuple[float, ...]
    scale: float

    def guess(self, question: str) -> Guess:
        """Return how likely each label is."""
        totals = [0] * (len(self.labels) + 1)
        rows = self.rows
        for bucket in features(question):
            row = rows.get(bucket)
            if row is not None:
                totals = [total + weight for total, weight in zip(totals, row, strict=True)]
        share = 1 / (self.scale * math.sqrt(totals[-1] or 1))
        odds = softmax([total * share + bias for total, bias in zip(totals, self.bias, strict=False)])
        ranked = sorted(zip(self.labels, odds, strict=True), key=lambda pair: -pair[1])
        return Guess(tuple(ranked))


def features(question: str) -> tuple[int, ...]:
    """Return the buckets of a question: words, their stems and pieces, and neighbours with and without the words of any sentence."""
    words = _WORD.findall(_HUMP.sub(" ", question[:2_000]).lower())[:MAX_WORDS]
    names = {f"{left} {right}" for left, right in pairwise(words)}
    stems = []
    for word in words:
        names.add(word)
        if "." in word:
            names.update(part for part in word.split(".") if len(part) > 1)
        if word not in _PLAIN:
            stems.append(_stem(word))
            if len(word) > 4:
                framed = f"<{word}>"
                names.update([f"~{framed[at : at + 5]}" for at in range(len(framed) - 4)])
    names.update([f"^{stem}" for stem in stems])
    names.update([f"{left}_{right}" for left, right in pairwise(stems)])
    crc = zlib.crc32
    return tuple(sorted({crc(name.encode()) & (BUCKETS - 1) for name in names}))


def _stem(word: str) -> str:
    if len(word) > 4:
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word


def softmax(values: Sequence[float]) -> list[float]:
    """Return probabilities for scores."""
    top = max(values)
    raised = [math.exp(value - top) for value in values]
    whole = sum(raised)
    return [value / whole for value in raised]


@lru_cache(maxsize=8)
def load(roster: str) -> Classifier:
    """Return a roster's classifier; its file is read once."""
    return read((WEIGHTS / f"{roster}.json").read_text(encoding="utf-8"))


def read(text: str) -> Classifier:
    """Read what `write` made."""
    data = json.loads(text)
    labels = tuple(data["labels"])
    width = len(labels) + 1
    gaps, packed = array("I", _unpacked(data["buckets"])), _unpacked(data["weights"])
    if sys.byteorder == "big":
        gaps.byteswap()
    rows = {
        bucket: tuple(byte - 256 if byte > 127 else byte for byte in packed[place * width : (place + 1) * width])
        for place, bucket in enumerate(accumulate(gaps))
    }
    return Classifier(labels, rows, tuple(data["bias"]), data["scale"])


def write(classifier: Classifier) -> str:
    """Return a classifier as text: a small JSON document whose weights are packed."""
    buckets = [bucket for bucket, row in sorted(classifier.rows.items()) if any(row[:-1])]
    packed = bytes(weight & 0xFF for bucket in buckets for weight in classifier.rows[bucket])
    gaps = array("I", (after - before for before, after in pairwise([0, *buckets])))
    if sys.byteorder == "big":
        gaps.byteswap()
    document = {
        "labels": classifier.labels,
        "scale": classifier.scale,
        "bias": classifier.bias,
        "buckets": _packed(gaps.tobytes()),
        "weights": _packed(packed),
    }
    return json.dumps(document, indent=1) + "\n"


def _packed(raw: bytes) -> str:
    return base64.b85encode(zlib.compress(raw, 9)).decode("ascii")


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))
