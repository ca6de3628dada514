"""Version ranges and version files."""

import pytest

from architect.reading import Folder
from architect.versions import newest, permits, tool_version, version_file, workflow_versions
from tests.support.folder_tree import TextTree

PYTHONS = ("3.14", "3.13", "3.12", "3.11", "3.10", "3.9")
NODES = ("24", "22", "20", "18", "16", "14")


@pytest.mark.parametrize(
    ("constraint", "best"),
    [
        (">=3.10,<3.13", "3.12"),
        ("^3.9", "3.14"),
        ("~=3.9.1", "3.9"),
        ("~=3.9", "3.14"),
        ("3.11.*", "3.11"),
        ("==3.10.4", "3.10"),
        ("*", "3.14"),
        (">=4", None),
        ("not a version", None),
    ],
)
def test_python_ranges_choose_the_newest_release_they_permit(constraint, best):
    assert newest(constraint, PYTHONS) == best


@pytest.mark.parametrize(
    ("constraint", "best"),
    [
        (">=18 <21", "20"),
        ("^18.17.0 || >=20.3.0", "24"),
        ("16 - 20", "20"),
        ("18.x", "18"),
        ("v22.1.0", "22"),
        ("<16", "14"),
        ("lts/*", None),
    ],
)
def test_npm_ranges_choose_the_newest_release_they_permit(constraint, best):
    assert newest(constraint, NODES) == best


def test_a_bundler_range_stays_below_the_next_major():
    assert permits("~> 2.7", "2.9")
    assert not permits("~> 2.7", "3.0")


def test_a_version_file_above_the_folder_counts():
    tree = TextTree({".python-version": "# pinned\n3.12.4\n", "backend/app.py": ""})
    fact = version_file(Folder(tree, "backend"), ".python-version")
    assert fact is not None
    assert (fact.value, str(fact.evidence[0])) == ("3.12.4", ".python-version:2")


def test_tool_versions_and_mise_name_their_line():
    tools = Folder(TextTree({".tool-versions": "ruby 3.3.0\nnodejs 22.4.1\n"}))
    fact = tool_version(tools, "nodejs", "node")
    assert fact is not None
    assert (fact.value, str(fact.evidence[0])) == ("22.4.1", ".tool-versions:2")
    mise = Folder(TextTree({"mise.toml": '[tools]\npython = ["3.11", "3.12"]\n'}))
    fact = tool_version(mise, "python")
    assert fact is not None
    assert (fact.value, fact.evidence[0].line) == ("3.11", 2)


def test_versions_of_a_workflow_matrix_are_read_and_expressions_left_out():
    text = "jobs:\n  test:\n    strategy:\n      matrix:\n        python-version:\n          - '3.11'\n          - '3.12'\n"
    text += "    steps:\n      - with:\n          python-version: ${{ matrix.python-version }}\n"
    found = workflow_versions(Folder(TextTree({".github/workflows/ci.yml": text})), "python-version")
    assert [fact.value for fact in found] == ["3.11", "3.12"]
