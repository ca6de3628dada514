"""What runs share: told apart by vendor, model, address, key and user, without a key in it, and bounded."""

from __future__ import annotations

import gc

from providers import vendors
from providers.base import Provider
from providers.shared import MOST, Guards, Shared
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider

KEY = "sk-canary-0123456789abcdef"


def openai(key: str = KEY, model: str = "gpt-4o", **config: str) -> Provider:
    return vendors.make("openai", model=model, config={"api_key": key, **config}, settings=None)


def test_breakers_belong_to_vendor_model_address_and_key() -> None:
    shared = Shared()
    mine = shared.breaker("anna", openai())
    assert shared.breaker("anna", openai()) is mine
    assert shared.breaker("ben", openai()) is mine, "the same key is the same account at the vendor"
    others = [openai("sk-another-0123456789"), openai(model="gpt-4-turbo"), openai(base_url="http://127.0.0.1:9/v1")]
    assert all(shared.breaker("anna", other) is not mine for other in others)


def test_two_users_never_share_a_budget_even_with_the_same_key() -> None:
    shared = Shared(per_minute={"*": 60, "gemini": 10})
    assert shared.retries("anna", openai(), 10) is not shared.retries("ben", openai(), 10)
    assert shared.retries("anna", openai(), 10) is shared.retries("anna", openai(), 10)
    assert shared.turnstile("anna", "openai") is not shared.turnstile("ben", "openai")
    assert shared.turnstile("anna", "openai") is shared.turnstile("anna", "openai")
    assert shared.turnstile("anna", "gemini").limit == 10  # type: ignore[union-attr]
    assert Shared(per_minute={"openai": 0}).turnstile("anna", "openai") is None


def test_no_key_is_held_by_what_is_shared() -> None:
    shared = Shared(per_minute={"*": 60})
    guards = Guards(shared=shared, owner="anna")
    group = ensemble([{"name": "openai", "model": "gpt-4o", "config": {"api_key": KEY}}], guards=guards)
    assert KEY not in repr(shared.__dict__)
    del group
    gc.collect()
    seen, waiting = set(), [shared.__dict__]
    while waiting:
        held = waiting.pop()
        if id(held) in seen or isinstance(held, type | type(gc)) or callable(held):
            continue
        seen.add(id(held))
        assert not (isinstance(held, str | bytes) and (KEY if isinstance(held, str) else KEY.encode()) in held)
        waiting.extend(gc.get_referents(held))


def test_what_is_shared_is_bounded() -> None:
    shared = Shared(per_minute={"*": 60})
    for number in range(MOST + 50):
        provider = FakeProvider(model=f"m{number}")
        shared.breaker(f"user {number}", provider)
        shared.retries(f"user {number}", provider, 10)
        shared.turnstile(f"user {number}", "fake")
    assert len(shared.breakers()) == len(shared._retries) == len(shared._turnstiles) == MOST
    for number in range(200):
        shared.breaker(f"user {number}", provider)
    assert len(next(reversed(shared._breakers.values())).owners) <= 64


def test_a_user_sees_the_breakers_his_own_calls_went_through() -> None:
    shared = Shared()
    shared.breaker("anna", openai())
    assert [view.model for view in shared.breakers("anna")] == ["gpt-4o"]
    assert shared.breakers("ben") == ()


async def test_retries_used_up_by_one_run_are_not_there_for_the_next() -> None:
    from providers.errors import VendorUnavailable

    shared, calls = Shared(), 0
    for _ in range(60):
        member = FakeProvider(model="m", error=VendorUnavailable("down", retry_after=0.0))
        await ensemble([member], guards=Guards(shared=shared, owner="anna")).generate_many(["hello?"])
        calls += member.calls
    assert calls <= 60 + 35
