"""What a first page waits for: its own modules, no garbage to be looked for meanwhile, and no word on the sidecar that is not known yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAID = """
import gc, json, sys, threading
from ui import warming

warming._DRAWN.wait = lambda seconds: said.append([name in sys.modules for name in HEAVY] + [gc.isenabled()])
HEAVY = ("architect.profiler", "artifacts.judge", "ui.widgets.opening")
said = []
usual = sys.getswitchinterval()
warming.begin().join()
said.append([name in sys.modules for name in HEAVY] + [gc.isenabled(), sys.getswitchinterval() == usual])
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> list[list[bool]]:
    """What was loaded before a page was drawn and after: profiler, judge, the first page; whether garbage is looked for."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMNI_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    done = subprocess.run([sys.executable, "-c", SAID], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout.splitlines()[-1])


def test_the_first_page_waits_for_nothing_that_profiles_or_judges(said):
    profiler, judge, first_page, _ = said[0]
    assert (profiler, judge, first_page) == (False, False, True)


def test_what_generates_is_loaded_once_a_page_is_drawn(said):
    profiler, judge, *_ = said[1]
    assert profiler
    assert judge


def test_garbage_is_looked_for_again_when_all_is_loaded_and_threads_take_turns_as_before(said):
    assert said[0][3] is False
    assert said[1][3:] == [True, True]
