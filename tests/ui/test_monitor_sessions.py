"""The Monitor page's panel of sessions reads what the sidecar really says."""

from __future__ import annotations

import pytest

from collaboration.metrics import Latency, text
from tests.collaboration.conftest import House
from ui.widgets.monitor.sessions import lasting, read


def test_the_figures_are_those_of_the_sidecar():
    house = House()
    ann = house.join("ann", "owner")
    house.join("bob")
    ann.say("op", id="1", key="chat", value={"text": "hello"})
    house.wait(3)
    figures = read(text(house.hub, Latency(), 0.0, house.clock.now))
    assert (figures["sessions"], figures["participants"], figures["ops_total"]) == (1, 2, 4)
    assert figures["oldest_session_seconds"] >= figures["last_activity_seconds"] >= 3


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (89, "89 s"), (600, "10 min"), (7_200, "2.0 h")])
def test_durations_are_told_in_the_unit_that_fits(seconds: float, words: str):
    assert lasting(seconds) == words
