"""One story, whatever happens to connections and nodes (SECURITY 39): nothing lost, doubled, reordered; compare-and-set holds."""

from __future__ import annotations

import pytest

from benchmarks.support.history import History, Sent, check
from benchmarks.support.history_world import World


def judged(history: History, *others: History) -> list[str]:
    return [fault.partition(":")[0] for fault in check([history, *others]).faults]


class TestTheCheckerItself:
    def story(self) -> History:
        history = History("ann", {"1": Sent("preset", 0, "a"), "2": Sent("preset", 1, "b")})
        history.got = [("e", 0, {}), ("e", 1, "ann", "1", "preset", "a"), ("e", 2, "ann", "2", "preset", "b")]
        history.acked = [("e", "1", 1), ("e", "2", 2)]
        return history

    def test_a_true_story_has_no_fault(self) -> None:
        assert judged(self.story()) == []

    def test_a_gap_is_a_loss(self) -> None:
        history = self.story()
        del history.got[1]
        assert judged(history) == ["lost"]

    def test_a_number_twice_is_doubled(self) -> None:
        history = self.story()
        history.got.append(history.got[-1])
        assert "doubled" in judged(history)

    def test_an_id_twice_is_doubled(self) -> None:
        history = self.story()
        history.got.append(("e", 3, "ann", "1", "preset", "a"))
        assert "doubled" in judged(history)

    def test_two_stories_are_reordered(self) -> None:
        other = History("bob", got=[("e", 0, {}), ("e", 1, "ann", "2", "preset", "b")])
        assert "reordered" in judged(self.story(), other)

    def test_an_acknowledged_op_that_is_not_there_is_lost(self) -> None:
        history = self.story()
        history.got[2] = ("e", 2, "bob", "9", "cwd", "")
        assert "lost" in judged(history)

    def test_a_replaced_revision_that_was_not_named_is_torn(self) -> None:
        history = self.story()
        history.sent["2"] = Sent("preset", 0, "b")
        assert judged(history) == ["torn"]

    def test_a_conflict_that_shows_a_revision_the_key_never_had_is_torn(self) -> None:
        history = self.story()
        history.sent["3"] = Sent("preset", 1, "c")
        history.conflicts = [("e", "3", 3)]
        assert judged(history) == ["torn"]

    def test_a_conflict_may_show_the_last_change_of_a_killed_node_that_nobody_was_told_of(self) -> None:
        history = self.story()
        history.sent["3"] = Sent("preset", 1, "c")
        history.conflicts = [("e", "3", 3)]
        assert check([history], died=[("e", 3, "preset")]).faults == []
        assert check([history], died=[("e", 3, "cwd")]).torn == 1
        assert check([history], died=[("another", 3, "preset")]).torn == 1

    def test_copies_that_differ_are_torn(self) -> None:
        verdict = check([self.story()], [("ann", "e", 2, {"preset": (2, "b")}), ("bob", "e", 2, {"preset": (1, "a")})])
        assert verdict.torn == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_thousand_changes_under_cuts_stalls_and_slow_readers(seed: int) -> None:
    verdict = World(seed, clients=3).run(25_000)
    assert verdict.faults == []
    assert (verdict.epochs, verdict.ops > 15_000, verdict.conflicts > 500) == (1, True, True)


def test_a_node_that_is_killed_again_and_again_begins_a_new_epoch_each_time() -> None:
    verdict = World(seed=7, clients=4, restarts=True).run(8_000)
    assert verdict.faults == []
    assert verdict.epochs > 1


def test_the_last_changes_of_a_killed_node_that_only_a_conflict_told_of_are_made_again() -> None:
    """Found by a million changes: four conflicts named changes that the node took with it."""
    world = World(seed=21, clients=4, restarts=True)
    verdict = world.run(20_000)
    assert verdict.faults == []
    assert verdict.epochs > 1
    assert world.died


@pytest.mark.parametrize("part", range(5))
def test_ten_clients_in_five_hundred_runs(part: int) -> None:
    for seed in range(part * 100, part * 100 + 100):
        verdict = World(seed, clients=10, restarts=seed % 4 == 0).run(60)
        assert verdict.faults == [], f"seed {seed}"
