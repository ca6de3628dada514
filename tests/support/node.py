"""JavaScript applications of a few files, profiled and planned."""

import json

from architect.profiler import profile
from architect.request import Style
from architect.stacks import stack
from tests.support.folder_tree import TextTree


def found(files, **package):
    """Return the only component of a repository with this package.json."""
    text = json.dumps({"name": "thing", "private": True, **package}, indent=2)
    components = profile(TextTree({"package.json": text, "package-lock.json": "{}", **files})).components
    assert len(components) == 1
    return components[0]


def plan(component, style=Style.LEAN):
    return stack(component.stack).plan(component, style)
