"""What calls cost, and that what is not known is None."""

import pytest

from providers import pricing, tokens, vendors
from providers.base import Usage
from providers.pricing import Basis
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider


def test_a_listed_model_has_a_price_with_its_source() -> None:
    price = pricing.price_of("openai", "gpt-4o")
    assert price is not None
    assert (price.basis, price.source) == (Basis.LIST, "genai-prices")
    assert price.as_of
    assert pricing.cost_of(price, Usage(1_000_000, 0)) == pytest.approx(price.input_usd)


@pytest.mark.parametrize(("vendor", "model"), [("openai", "no-such-model"), ("watsonx", "no/such"), ("nobody", "gpt-4o"), ("openai", "")])
def test_an_unknown_price_is_none_and_not_zero(vendor: str, model: str) -> None:
    assert pricing.price_of(vendor, model) is None
    assert pricing.cost_of(None, Usage(10, 10)) is None


def test_a_local_model_costs_nothing_and_says_local() -> None:
    price = pricing.price_of("ollama", "llama3")
    assert price is not None
    assert price.basis == "local"
    assert pricing.cost_of(price, Usage()) == 0.0


def test_a_price_without_a_token_count_gives_no_cost() -> None:
    assert pricing.cost_of(pricing.price_of("openai", "gpt-4o"), Usage(10, None)) is None


def test_the_preset_models_have_prices() -> None:
    for vendor, model in (
        ("openai", "gpt-4o"),
        ("openai", "gpt-4-turbo"),
        ("gemini", "gemini-2.5-flash"),
        ("watsonx", "meta-llama/llama-3-3-70b-instruct"),
    ):
        assert pricing.price_of(vendor, model), (vendor, model)


def test_another_server_has_no_price() -> None:
    """A compatible server of one's own does not charge what OpenAI does."""
    member = FakeProvider(vendor="openai", model="gpt-4o")
    assert pricing.price_of_provider(member) is not None
    member.own_endpoint = True  # type: ignore[attr-defined]
    assert pricing.price_of_provider(member) is None


@pytest.mark.parametrize(
    ("vendor", "model", "address", "priced"),
    [
        ("openai", "gpt-4o", "", True),
        ("openai", "gpt-4o", "http://127.0.0.1:8000/v1", False),
        ("gemini", "gemini-2.5-flash", "https://gateway.example/v1", False),
        ("watsonx", "meta-llama/llama-3-3-70b-instruct", "https://eu-de.ml.cloud.ibm.com", True),
        ("watsonx", "meta-llama/llama-3-3-70b-instruct", "https://watsonx.example", False),
    ],
)
def test_list_prices_hold_at_the_vendors_own_addresses_alone(vendor: str, model: str, address: str, priced: bool) -> None:
    config = {"api_key": "k-0123456789"} | ({"base_url": address} if address else {})
    provider = vendors.make(vendor, model=model, config=config)
    assert (pricing.price_of_provider(provider) is not None) is priced


def test_an_estimate_adds_up_what_is_known_and_names_the_rest() -> None:
    group = ensemble(
        [
            FakeProvider(vendor="openai", model="gpt-4o"),
            FakeProvider(vendor="ollama", model="x"),
            FakeProvider(vendor="openai", model="secret"),
        ]
    )
    estimate = group.estimate_cost("word " * 1000)
    assert estimate.cost_usd is not None
    assert estimate.cost_usd > 0
    assert estimate.unknown == ("openai/secret",)
    assert [entry.cost_usd for entry in estimate.members][1:] == [0.0, None]
    assert 900 < estimate.input_tokens < 1300


def test_an_estimate_counts_the_aggregator_and_sets_fallbacks_apart() -> None:
    def paid() -> FakeProvider:
        return FakeProvider(vendor="openai", model="gpt-4o")

    alone = ensemble([paid(), paid()]).estimate_cost("word " * 1000)
    merged = ensemble([paid(), paid()], strategy="synthesis").estimate_cost("word " * 1000)
    named = ensemble([paid(), paid()], strategy="synthesis", aggregator=FakeProvider(vendor="ollama", model="x"))
    assert [entry.member for entry in merged.members] == ["openai/gpt-4o", "openai/gpt-4o#2", "openai/gpt-4o#aggregator"]
    assert merged.members[-1].cost_usd > merged.members[0].cost_usd, "it reads the answers too"
    assert named.estimate_cost("word " * 1000).cost_usd == alone.cost_usd
    spared = ensemble([{"provider": paid(), "fallback": paid()}, paid()], fallback=[FakeProvider(vendor="architect", model="lean")])
    estimate = spared.estimate_cost("word " * 1000)
    assert estimate.cost_usd == alone.cost_usd
    assert [entry.cost_usd for entry in estimate.standby] == [alone.members[0].cost_usd, 0.0]


async def test_the_estimate_is_close_to_what_the_run_costs() -> None:
    usage = Usage(1000, 500)
    group = ensemble([FakeProvider(vendor="openai", model="gpt-4o", usage=usage)])
    result = await group.generate_with_metadata("word " * 1000)
    assert result["cost_usd"] == pytest.approx(group.estimate_cost("word " * 1000).cost_usd, rel=0.2)
    assert result["cost_breakdown"]["openai/gpt-4o"]["source"] == "genai-prices"


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("hello", 1), ("The quick brown fox jumps over the lazy dog.", 10), ("FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n", 17)],
)
def test_token_estimates_are_near_a_real_tokenizer(text: str, count: int) -> None:
    """The counts are those of OpenAI's o200k vocabulary."""
    assert abs(tokens.estimate(text) - count) <= max(1, 0.2 * count)
