"""What the messages' encoding promises beside their content."""

from __future__ import annotations

import tracemalloc

import orjson

from collaboration import messages


def test_a_value_that_is_kept_takes_memory_of_its_own_size():
    tracemalloc.start()
    try:
        values = [messages.kept({"name": f"P{number}"}) for number in range(100)]
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert orjson.loads(values[7]) == {"name": "P7"}
    assert taken / len(values) < 200
