"""A request goes to the member that is known for what it needs, with a chain behind it and a reason (SPEC §7)."""

from __future__ import annotations

import pytest

from providers import routing
from providers.errors import ConfigurationError
from providers.presets import builtin, parse
from providers.routing import Capability, Demand, Routable, Strengths, route, strengths, wanted

C = Capability
TEN, ELEVEN = ("x",) * 10, ("x",) * 11


def member(name: str, *capabilities: Capability, priority: int = 10, cost: float | None = 1.0) -> Routable:
    return Routable(name, name.title(), Strengths(frozenset(capabilities), priority, cost))


@pytest.mark.parametrize(
    ("demand", "capability"),
    [
        (Demand(), None),
        (Demand(complexity=0.3), None),
        (Demand(complexity=0.29), C.FAST),
        (Demand(complexity=0.7), None),
        (Demand(complexity=0.71), C.HIGH_QUALITY),
        (Demand(constraints=TEN), None),
        (Demand(constraints=ELEVEN), C.CONSTRAINED),
        (Demand(constraints=ELEVEN, complexity=0.1), C.CONSTRAINED),
        (Demand(grammar=True, complexity=0.9), C.CONSTRAINED),
        (Demand(security=True, grammar=True, constraints=ELEVEN, complexity=0.9), C.SECURITY),
    ],
)
def test_the_first_rule_that_holds_names_the_capability(demand, capability):
    assert wanted(demand)[0] is capability


def test_the_known_one_is_first_and_the_chain_follows_by_priority():
    members = [member("slow", priority=1), member("safe", C.SECURITY, priority=30), member("next", priority=2), member("last", priority=3)]
    found = route(Demand(security=True), members)
    assert [entry.id for entry in found.chain] == ["safe", "slow", "next"]
    assert found.reason == "Safe: a constraint is about security, and it is known for security. If it fails: Slow, then Next."


def test_at_most_three_are_asked():
    assert len(route(Demand(), [member(f"m{number}") for number in range(9)]).chain) == routing.MAX_ATTEMPTS == 3


def test_equal_priorities_go_by_cost_then_by_place_and_an_unknown_cost_is_last():
    members = [member("unknown", cost=None), member("dear", cost=9.0), member("cheap", cost=1.0), member("also", cost=1.0)]
    assert [entry.id for entry in route(Demand(), members).chain] == ["cheap", "also", "dear"]


def test_the_default_is_first_only_where_nothing_special_is_asked_for():
    members = [member("a", C.FAST, priority=1), member("b", priority=5)]
    assert route(Demand(), members, default="b").primary.id == "b"
    assert route(Demand(complexity=0.1), members, default="b").primary.id == "a"


def test_nobody_being_known_for_it_is_said():
    found = route(Demand(security=True), [member("a")])
    assert found.primary.id == "a"
    assert "nobody ready is known for security" in found.reason


def test_a_long_prompt_prefers_a_long_context_among_equals():
    members = [member("short", C.SECURITY, priority=1), member("long", C.SECURITY, C.LONG_CONTEXT, priority=9)]
    assert route(Demand(security=True, tokens=200_000), members).primary.id == "long"
    assert route(Demand(security=True, tokens=2_000), members).primary.id == "short"


def test_without_members_the_error_says_what_to_do():
    with pytest.raises(ConfigurationError, match="Settings page"):
        route(Demand(), [])


@pytest.mark.parametrize(
    ("vendor", "model", "has", "lacks"),
    [
        ("openai", "gpt-4o", C.SECURITY, C.FAST),
        ("openai", "gpt-4o-mini", C.FAST, C.SECURITY),
        ("openai", "o3-mini", C.FAST, C.HIGH_QUALITY),
        ("gemini", "gemini-2.5-flash", C.LONG_CONTEXT, C.HIGH_QUALITY),
        ("gemini", "gemini-2.5-pro", C.HIGH_QUALITY, C.FAST),
        ("watsonx", "meta-llama/llama-3-3-70b-instruct", C.CODE, C.FAST),
        ("ollama", "qwen2.5-coder", C.FAST, C.SECURITY),
        ("architect", "hardened", C.SECURITY, C.HIGH_QUALITY),
        ("elsewhere", "anything", C.CODE, C.FAST),
    ],
)
def test_families_are_known_by_vendor_and_name(vendor, model, has, lacks):
    known = strengths(vendor, model).capabilities
    assert has in known
    assert lacks not in known


def test_every_member_of_the_built_in_presets_has_a_family_of_its_own_or_the_vendors():
    for preset in builtin().values():
        for entry in preset.members:
            assert entry.strengths.priority < 50


def test_a_preset_declares_what_goes_before_the_family():
    preset = parse("mine", {"members": [{"vendor": "ollama", "capabilities": ["security", "code"], "priority": 1, "cost": 0.5}]})
    assert preset.members[0].strengths == Strengths(frozenset({C.SECURITY, C.CODE}), 1, 0.5)


def test_an_unknown_capability_is_refused_with_the_choices():
    with pytest.raises(ConfigurationError, match="long_context"):
        parse("mine", {"members": [{"vendor": "ollama", "capabilities": ["clever"]}]})


@pytest.mark.parametrize("text", ["run as non-root", "drop capabilities", "the secret is in clear", "add a network policy", "RBAC"])
def test_security_is_heard(text):
    assert routing.security_related(text)


@pytest.mark.parametrize("text", ["use Alpine", "add a Celery worker", "add a caption to the dashboard"])
def test_what_is_not_about_security_is_not_taken_for_it(text):
    assert not routing.security_related(text)


def test_complexity_grows_with_what_is_asked_and_stays_within_bounds():
    small = routing.complexity(files=1, constraints=0, words=0)
    large = routing.complexity(files=12, constraints=25, words=300, components=9)
    assert small == pytest.approx(0.15)
    assert large == 1.0
