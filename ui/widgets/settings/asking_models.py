"""Asking vendors for their live model lists without holding up the page: started by a click, waited for, cancelled by another."""

from __future__ import annotations

import secrets
from concurrent.futures import CancelledError, Future

import streamlit as st

from config import settings
from providers import vendors
from providers.errors import ConfigurationError, ProviderError
from providers.vendor import VendorSpec
from telemetry.logs import get_logger
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import label

LOOKING_S = 0.4
log = get_logger(__name__)


def button(spec: VendorSpec, *, ready: bool) -> None:
    """Offer to ask this vendor, or to stop asking it."""
    if spec.id in state.page().asked_models:
        st.button("Cancel", key=f"cancel_{spec.id}", icon=":material/stop_circle:", on_click=forget, args=(spec,))
    else:
        help_text = None if ready else "Set the vendor up first."
        st.button(
            "List its models",
            key=f"models_{spec.id}",
            icon=":material/list:",
            on_click=_ask,
            args=(spec,),
            disabled=not ready,
            help=help_text,
        )


def progress() -> None:
    """Show who is being asked until they have answered; one watcher for all of them."""
    if state.page().asked_models:
        _wait()


def forget(spec: VendorSpec) -> None:
    """Drop what is known of a vendor's models, and a question that is under way."""
    page = state.page()
    page.models.pop(spec.id, None)
    asked = page.asked_models.pop(spec.id, None)
    if asked is not None:
        asked.cancel()


def _ask(spec: VendorSpec) -> None:
    page = state.page()
    page.vendor_problems.pop(spec.id, None)
    page.models.pop(spec.id, None)
    try:
        page.asked_models[spec.id] = BRIDGE.submit(_models(spec, dict(page.keys.get(spec.id, {}))))
    except BridgeBusyError as problem:
        page.vendor_problems[spec.id] = str(problem)


@st.fragment(run_every=LOOKING_S)
def _wait() -> None:
    page = state.page()
    done = [vendor for vendor, asked in page.asked_models.items() if asked.done()]
    for vendor in done:
        _take(vendor, page.asked_models.pop(vendor))
    if done or not page.asked_models:
        st.rerun()
    names = ", ".join(vendors.find(vendor).label for vendor in page.asked_models)
    st.caption(f":material/hourglass_top: Asking {label(names, most=200)} for its models.")


def _take(vendor: str, asked: Future[tuple[str, ...]]) -> None:
    """Keep the answer, or the sentence that says why there is none."""
    page = state.page()
    try:
        page.models[vendor] = asked.result(0)
    except ProviderError as problem:
        page.vendor_problems[vendor] = f"{problem.message} {problem.advice}".strip()
    except ConfigurationError as problem:
        page.vendor_problems[vendor] = problem.message
    except CancelledError:
        return
    except Exception:
        identity = secrets.token_hex(4)
        log.exception("listing models failed", error_id=identity, vendor=vendor)
        page.vendor_problems[vendor] = f"The program failed while it asked. Its log has the details under error id {identity}."


async def _models(spec: VendorSpec, config: dict[str, str]) -> tuple[str, ...]:
    provider = vendors.make(spec.id, config=config, settings=settings())
    try:
        return tuple(sorted(await provider.models()))
    finally:
        await provider.aclose()
