"""Reading error bodies of any shape: nothing a vendor sends breaks the reader, and what comes out is safe."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import ProviderError, RateLimited, VendorUnavailable
from providers.http import failure_of
from providers.vendors._failures import classify
from tests.support.vendors.faults import CANARY

keys = st.sampled_from(["error", "errors", "message", "code", "type", "status", "details", "param", "reason", "retryDelay", "violations"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(f"key {CANARY} refused")
bodies = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12)


@settings(max_examples=400, deadline=None)
@given(status=st.integers(400, 599), body=bodies, retry=st.text(max_size=12))
def test_any_error_body_becomes_one_safe_error(status: int, body: object, retry: str) -> None:
    """Whatever the shape, there is one error of the tree whose text is one short line without the key."""
    import json

    failure = failure_of(status, {"retry-after": retry}, json.dumps(body).encode())
    error = classify(failure, "Vendor", "model", (CANARY,))
    assert isinstance(error, ProviderError)
    assert error.status == status
    assert CANARY not in error.message
    assert "\n" not in error.message
    assert len(error.message) < 400
    assert error.retry_after is None or 0 <= error.retry_after <= 86400


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read(body: bytes) -> None:
    """A body that is no JSON at all says nothing, and is no failure of ours."""
    assert isinstance(classify(failure_of(500, {}, body), "Vendor", "m", ()), VendorUnavailable)


def test_deeply_nested_body_is_no_failure_of_ours() -> None:
    """A body made to exhaust the parser is taken for one that says nothing."""
    assert isinstance(classify(failure_of(500, {}, b"[" * 60_000), "Vendor", "m", ()), VendorUnavailable)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_time_to_wait_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and dates are understood; nonsense is no time at all."""
    error = classify(failure_of(429, headers, b"{}"), "Vendor", "m", ())
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
