"""A small linear classifier over hashed word and character n-grams: which expert a question is for, in a fraction of a millisecond.

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
from itertools import pairwise
from pathlib import Path

BITS = 16
BUCKETS = 1 << BITS
MAX_WORDS = 60
"""Words of a question that are looked at; what decides its field stands in it early."""

WEIGHTS = Path(__file__).parent / "weights"
_WORD = re.compile(r"[a-z0-9][a-z0-9+#.]*[a-z0-9+#]|[a-z0-9]")


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
    """Weights of one roster: `rows` maps a bucket to a weight a label, `bias` one a label; both are divided by `scale`."""

    labels: tuple[str, ...]
    rows: dict[int, tuple[int, ...]]
    bias: tuple[float, ...]
    scale: float

    def guess(self, question: str) -> Guess:
        """Return how likely each label is."""
        found = features(question)
        totals = [0] * len(self.labels)
        rows = self.rows
        for bucket in found:
            row = rows.get(bucket)
            if row is not None:
                totals = [total + weight for total, weight in zip(totals, row, strict=True)]
        share = 1 / (self.scale * math.sqrt(len(found))) if found else 0.0
        odds = softmax([total * share + bias for total, bias in zip(totals, self.bias, strict=True)])
        ranked = sorted(zip(self.labels, odds, strict=True), key=lambda pair: -pair[1])
        return Guess(tuple(ranked))


def features(question: str) -> tuple[int, ...]:
    """Return the buckets of a question: its words, pairs of neighbours, and the beginnings and middles of longer words."""
    words = _WORD.findall(question.lower()[:2_000])[:MAX_WORDS]
    names: set[str] = set(words)
    names.update(f"{left} {right}" for left, right in pairwise(words))
    for word in set(words):
        if len(word) > 4:
            framed = f"<{word}>"
            names.update([f"~{framed[at : at + 5]}" for at in range(0, len(framed) - 4)])
    crc = zlib.crc32
    return tuple(sorted({crc(name.encode()) & (BUCKETS - 1) for name in names}))


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
    width = len(labels)
    buckets, packed = array("H", _unpacked(data["buckets"])), _unpacked(data["weights"])
    if sys.byteorder == "big":
        buckets.byteswap()
    rows = {
        bucket: tuple(byte - 256 if byte > 127 else byte for byte in packed[place * width : (place + 1) * width])
        for place, bucket in enumerate(buckets)
    }
    return Classifier(labels, rows, tuple(data["bias"]), data["scale"])


def write(classifier: Classifier) -> str:
    """Return a classifier as text: a small JSON document whose weights are packed."""
    buckets = array("H", (bucket for bucket, row in sorted(classifier.rows.items()) if any(row)))
    packed = bytes(weight & 0xFF for bucket in buckets for weight in classifier.rows[bucket])
    if sys.byteorder == "big":
        buckets.byteswap()
    document = {
        "labels": classifier.labels,
        "scale": classifier.scale,
        "bias": classifier.bias,
        "buckets": _packed(buckets.tobytes()),
        "weights": _packed(packed),
    }
    return json.dumps(document, indent=1) + "\n"


def _packed(raw: bytes) -> str:
    return base64.b85encode(zlib.compress(raw, 9)).decode("ascii")


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))
