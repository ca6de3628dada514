"""The 25 faults of openai, streamed and not, through its real SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.vendors.cases import check_fault
from tests.support.vendors.faults import FAULTS, Fault


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_fault_becomes_one_safe_error(fault: Fault, stream: bool, tmp_path: Path) -> None:
    """A fault becomes its class in the error tree, within the deadline, in one call, no key in any text; the others answer."""
    await check_fault("openai", fault, stream, tmp_path)
