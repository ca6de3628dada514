"""Holes are filled by the member that is known for their kind."""

from __future__ import annotations

from engine.refining.members import routed
from engine.refining.records import Hole, Lack
from providers.routing import Strengths, capabilities_of


class Member:
    def __init__(self, label: str, *capabilities: str) -> None:
        self.id, self.label, self.strengths = label, label, Strengths(capabilities_of(capabilities), 10)

    async def ask(self, prompt):
        raise AssertionError("not asked here")

    async def aclose(self):
        pass


WINNER, SAFE, STRICT, BEST = (
    Member("winner", "code"),
    Member("safe", "security"),
    Member("strict", "constrained"),
    Member("best", "high_quality"),
)
EVERYONE = (WINNER, SAFE, STRICT, BEST)


def holes(count: int, rule: str = "dockerfile_moving_base", text: str = "The tag names no version.") -> list[Hole]:
    return [Hole(Lack.FINDING, "Dockerfile", text, rule=rule) for _ in range(count)]


def names(todo: list[Hole]) -> list[str]:
    return [member.label for member in routed(EVERYONE, todo)[0]]


def test_a_plain_hole_goes_to_whoever_gave_the_answer():
    assert names(holes(1))[0] == "winner"


def test_a_hole_of_security_goes_to_security_and_the_winner_comes_next():
    assert names(holes(1, "dockerfile_root_user", "The process runs as root."))[:2] == ["safe", "winner"]


def test_many_holes_are_hard_and_more_than_ten_are_constraints():
    assert names(holes(7))[0] == "best"
    assert names(holes(11))[0] == "strict"


def test_three_are_asked_at_most_and_the_reason_is_in_words():
    asked, why = routed(EVERYONE, holes(2, "kubernetes_secret_in_clear"))
    assert len(asked) == 3
    assert "known for security" in why


def test_nobody_to_ask_is_no_error():
    assert routed((), holes(1)) == ((), "")
