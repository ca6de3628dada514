"""The content policy: a page connects to the app, to what it made itself and to the sessions' sidecar, and to nothing else."""

from __future__ import annotations

from ui.headers import for_page


def connects(policy: str) -> list[str]:
    (directive,) = [part for part in policy.split("; ") if part.startswith("connect-src ")]
    return directive.split()[1:]


def test_without_a_sidecar_a_page_connects_to_the_app_and_to_its_own_blobs_alone() -> None:
    policy = for_page("/", "127.0.0.1:8501")["Content-Security-Policy"]
    assert connects(policy) == ["'self'", "blob:", "ws://127.0.0.1:8501", "wss://127.0.0.1:8501"]


def test_the_sidecar_is_added_by_its_exact_address() -> None:
    policy = for_page("/", "127.0.0.1:8501", ("ws://127.0.0.1:8502", "wss://127.0.0.1:8502"))["Content-Security-Policy"]
    assert connects(policy)[4:] == ["ws://127.0.0.1:8502", "wss://127.0.0.1:8502"]
