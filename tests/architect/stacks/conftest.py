"""The example repositories, profiled."""

from pathlib import Path

import pytest

from architect.profiler import profile
from tests.support.folder_tree import FolderTree

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def example():
    """Return a function from an example's name to its profile."""
    return lambda slug: profile(FolderTree(EXAMPLES / slug))
