"""Who made something, and whether that process is still there."""

from __future__ import annotations

from dataclasses import replace

from tests.support.fake_engine import nobody
from workspace.containers.owner import new_owner, parse_owner


def test_an_owner_survives_being_written_down_and_is_alive() -> None:
    owner = new_owner()
    assert parse_owner(owner.text) == owner
    assert not owner.is_gone


def test_a_process_that_ended_is_gone_and_so_is_one_before_the_last_boot() -> None:
    owner = new_owner()
    assert replace(owner, pid=nobody()).is_gone
    assert replace(owner, started="1").is_gone  # the number was given to another process since
    assert replace(owner, boot="earlier").is_gone


def test_a_process_of_another_machine_is_never_called_gone() -> None:
    assert not replace(new_owner(), machine="elsewhere", pid=nobody()).is_gone


def test_foreign_labels_are_not_owners() -> None:
    assert [parse_owner(text) for text in ("", "a.b.c.d.e", "a.b.1.2", "a.b.1.2.$(x)", "a.b.1.2.3.4")] == [None] * 5
