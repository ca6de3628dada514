"""A workspace in a temporary folder."""

import pytest

from workspace.files import open_workspace
from workspace.trust import OPEN


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "shop"
    made.mkdir()
    return made


@pytest.fixture
def workspace(folder):
    return open_workspace(str(folder), gate=OPEN)
