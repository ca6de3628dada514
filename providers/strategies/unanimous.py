"""Unanimous: an answer only when all members give the same one, in everything."""

from __future__ import annotations

from providers.strategies.consensus import agreed_choice
from providers.strategy import Ballot, Choice


class Unanimous:
    """Consensus with threshold 1.0 on everything: one decision apart is a disagreement, whether it could break the service or not."""

    id = "unanimous"
    label = "Unanimous"
    rule = "An answer only if all members mean the same in everything."
    needs = 2
    options: tuple[str, ...] = ()

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the medoid of the one cluster; raises ConsensusNotReached with the questions on which members differ."""
        return agreed_choice(ballot, 1.0, everything=True)
