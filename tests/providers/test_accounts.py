"""Budgets: a run that would cost too much is not sent, one that does is cut, and what was spent is booked for its user alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from providers.accounts import Budgets, Ledger
from providers.base import Usage
from providers.ensemble import EnsembleProvider
from providers.errors import BudgetExceeded, NotEnoughAnswers
from providers.events import Event, RunRefused
from providers.shared import Guards, Shared, owner_hash
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider

WORDS = "word " * 1_000
"""About a thousand tokens: $0.0025 as input of gpt-4o."""


def gpt(text: str = "yes", **script: Any) -> FakeProvider:
    script.setdefault("usage", Usage(1_000, 10))
    return FakeProvider(text, vendor="openai", model="gpt-4o", **script)


def paid(members: list[FakeProvider], shared: Shared | None = None, owner: str = "anna", **budgets: Any) -> EnsembleProvider:
    guards = Guards(shared=shared or Shared(ledger=Ledger()), owner=owner, budgets=Budgets(**budgets))
    return ensemble(members, guards=guards)


async def test_a_run_over_its_budget_is_refused_with_what_it_would_cost_and_nothing_is_sent() -> None:
    member, heard = gpt(), list[Event]()
    group = ensemble([member], guards=Guards(budgets=Budgets(run_usd=0.001), listeners=(heard.append,)))
    with pytest.raises(BudgetExceeded, match=r"would cost about \$0\.0\d+, more than its budget of \$0\.001\. Nothing was sent") as caught:
        await group.generate(WORDS)
    assert caught.value.estimate_usd == group.estimate_cost(WORDS).cost_usd
    assert member.calls == 0
    assert [type(event) for event in heard] == [RunRefused]


async def test_a_run_within_its_budget_is_made() -> None:
    assert await paid([gpt()], run_usd=1.0, day_usd=1.0, day_tokens=100_000).generate(WORDS) == "yes"


async def test_an_answer_that_grows_past_the_budget_is_cut() -> None:
    talker = gpt(pieces=["blah " * 40] * 200)
    group = paid([talker], run_usd=0.03)
    with pytest.raises(NotEnoughAnswers, match=r"budget of \$0\.03 is used up") as caught:
        await group.generate(WORDS)
    assert caught.value.candidates[0].error.kind == "BudgetReached"  # type: ignore[attr-defined]
    assert 10 < talker.passed_on < 100, "it was cut in the middle"


async def test_the_members_of_a_run_share_its_budget_and_the_cheap_one_still_answers() -> None:
    talker, local = gpt(pieces=["blah " * 40] * 200), FakeProvider("yes", vendor="ollama", model="small")
    group = paid([talker, local], run_usd=0.03)
    result = await group.generate_with_metadata(WORDS)
    assert result["response"] == "yes"
    assert result["failures"][0]["class"] == "BudgetReached"


async def test_the_days_budget_counts_all_runs_of_one_user_and_nobody_elses() -> None:
    shared = Shared(ledger=Ledger())
    for _ in range(3):
        await paid([gpt()], shared, day_usd=0.02).generate(WORDS)  # $0.0026 each, $0.0075 by the estimate before it
    spent = shared.account("anna").day.usd  # type: ignore[union-attr]
    assert spent == pytest.approx(3 * 0.0026, rel=0.01)
    with pytest.raises(BudgetExceeded, match=r"\$0\.0078 of today's budget of \$0\.01 are spent"):
        await paid([gpt()], shared, day_usd=0.01).generate(WORDS)
    assert await paid([gpt()], shared, owner="ben", day_usd=0.01).generate(WORDS) == "yes"


async def test_runs_at_the_same_time_do_not_spend_the_same_money_twice() -> None:
    shared = Shared(ledger=Ledger())
    members = [gpt(pieces=["blah " * 40] * 60, gap=0.001, usage=Usage(1_000, 2_400)) for _ in range(4)]
    runs = [paid([member], shared, day_usd=0.06).generate(WORDS) for member in members]  # $0.0265 each, were none cut
    ended = await asyncio.gather(*runs, return_exceptions=True)
    assert any(isinstance(outcome, NotEnoughAnswers) for outcome in ended)
    assert shared.account("anna").day.usd < 0.07  # type: ignore[union-attr]


async def test_a_vendors_tokens_of_the_day_run_out_for_that_vendor_alone() -> None:
    shared = Shared(ledger=Ledger())
    group = paid([gpt(), FakeProvider("yes", vendor="ollama", model="small", usage=Usage(5, 5))], shared, day_tokens=1_500)
    await group.generate(WORDS)
    result = await group.generate_with_metadata(WORDS)
    assert [entry["class"] for entry in result["failures"]] == ["BudgetReached"]
    assert "of today's 1,500 tokens" in result["failures"][0]["message"]
    assert result["response"] == "yes"


async def test_a_price_that_is_not_known_is_not_counted_as_nothing_spent_by_the_estimate_either() -> None:
    group = paid([FakeProvider("yes", vendor="openai", model="secret")], run_usd=0.000001)
    assert group.estimate_cost(WORDS).unknown == ("openai/secret",)
    assert await group.generate(WORDS) == "yes"


async def test_a_cut_call_is_booked_with_what_it_had_come_to() -> None:
    shared = Shared(ledger=Ledger())
    with pytest.raises(NotEnoughAnswers):
        await paid([gpt(pieces=["blah " * 40] * 200)], shared, run_usd=0.03).generate(WORDS)
    assert shared.account("anna").day.usd == pytest.approx(0.03, rel=0.1)  # type: ignore[union-attr]


async def test_stopping_a_run_frees_what_its_calls_had_reserved() -> None:
    shared = Shared(ledger=Ledger())
    task = asyncio.create_task(paid([gpt(hang=True)], shared, day_usd=1.0).generate(WORDS))
    await asyncio.sleep(0.02)
    account = shared.account("anna")
    assert account is not None
    assert account.flying_usd > 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert account.flying_usd == pytest.approx(0.0, abs=1e-12)


def test_the_ledger_outlasts_the_process_and_names_nobody(tmp_path: Path) -> None:
    path, today = tmp_path / "accounts.sqlite3", date(2026, 11, 30)
    one = Ledger(path, today=lambda: today)
    one.add(owner_hash("browser-canary"), "openai", 100, 0.5)
    one.add(owner_hash("browser-canary"), "gemini", 7, 0.25)
    one.close()
    other = Ledger(path, today=lambda: today)
    day = other.today(owner_hash("browser-canary"))
    assert (day.usd, day.tokens) == (0.75, Counter(openai=100, gemini=7))
    assert Ledger(path, today=lambda: date(2026, 12, 1)).today(owner_hash("browser-canary")).usd == 0
    assert b"browser-canary" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_ledger_that_cannot_be_written_still_counts_in_this_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ledger = Ledger(tmp_path / "file" / "accounts.sqlite3")
    ledger.add("a", "openai", 10, 0.5)
    assert ledger.today("a").usd == 0.5


def test_nobody_may_allow_himself_more_than_the_operator_does() -> None:
    operator = Budgets(run_usd=0.1, day_usd=None)
    assert Budgets(run_usd=5.0, day_usd=2.0).within(operator) == Budgets(run_usd=0.1, day_usd=2.0)
    assert Budgets(run_usd=0.01).within(operator) == Budgets(run_usd=0.01)
