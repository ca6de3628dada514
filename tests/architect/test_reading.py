"""Reading manifests with their lines, and staying calm about broken ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architect.profiler import profile
from architect.reading import CachedTree, Folder, strip_json_comments
from tests.support.folder_tree import TextTree


def test_a_json_key_is_found_on_its_line():
    folder = Folder(TextTree({"package.json": '{\n  "name": "x",\n  "engines": {\n    "node": ">=20"\n  }\n}\n'}))
    document = folder.json("package.json")
    assert document is not None
    assert (document.text_at("engines", "node"), document.at("engines", "node").line) == (">=20", 4)


def test_a_toml_key_is_found_below_its_own_header():
    text = '[tool.other]\npython = "no"\n\n[tool.poetry.dependencies]\npython = "^3.12"\n'
    document = Folder(TextTree({"pyproject.toml": text})).toml("pyproject.toml")
    assert document is not None
    assert document.at("tool", "poetry", "dependencies", "python").line == 5


def test_json_with_comments_and_trailing_commas_keeps_its_lines():
    text = '{\n  // a comment with "quotes"\n  "url": "http://x//y", /* and\n more */\n  "list": [1, 2,],\n}\n'
    document = Folder(TextTree({"tsconfig.json": text})).json("tsconfig.json")
    assert document is not None
    assert document.get("url") == "http://x//y"
    assert document.at("list").line == 5
    assert strip_json_comments(text).count("\n") == text.count("\n")


def test_a_broken_manifest_is_remembered_once_and_is_not_an_error():
    tree = CachedTree(TextTree({"package.json": "{ broken", "pyproject.toml": "[[["}))
    folder = Folder(tree)
    assert folder.json("package.json") is None
    assert folder.json("package.json") is None
    assert folder.toml("pyproject.toml") is None
    assert set(tree.problems) == {"package.json", "pyproject.toml"}


def test_nesting_and_merge_bombs_are_refused():
    bomb = "a: &a {x: 1}\n" + "".join(f"k{n}: &k{n} {{<<: [{', '.join([f'*k{n - 1}' if n else '*a'] * 9)}]}}\n" for n in range(9))
    tree = CachedTree(TextTree({"deep.json": "[" * 5000, "deep.yaml": "- " * 4000, "merge.yaml": bomb}))
    folder = Folder(tree)
    assert folder.json("deep.json") is None
    assert folder.yaml("deep.yaml") is None
    folder.yaml("merge.yaml")
    assert {"deep.json", "deep.yaml"} <= set(tree.problems)


def test_each_file_is_read_once():
    class Counting(TextTree):
        reads = 0

        def read(self, path, limit=262_144):
            type(self).reads += 1
            return super().read(path, limit)

    folder = Folder(Counting({"a.toml": "x = 1\n"}))
    for _ in range(3):
        folder.toml("a.toml")
        folder.read("a.toml")
    assert Counting.reads == 1
    assert folder.tree.files_read == 1


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["json", "toml", "yaml"]), st.text(max_size=300))
def test_no_text_makes_a_parser_raise(parser, text):
    tree = CachedTree(TextTree({"file": text}))
    document = tree.document("file", parser)
    assert document is None or isinstance(document.data, dict)


HOSTILE = {
    "spaces": " " * 200_000 + ";",
    "blank lines": "\n" * 200_000 + "x",
    "quotes": '"\\' * 100_000,
    "comments": "/*" * 100_000,
    "dots": "a." * 100_000 + "b = 1",
    "ports": "process.env.PORT " + "\n a " * 50_000,
    "commands": ("gunicorn " + " " * 1_900 + '"\n') * 100,
    "minus": "-" * 100_000 + "1",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("name", ["package.json", "pyproject.toml", "app.py", "index.js", "start.sh", "README.md", "build.gradle"])
def test_hostile_texts_do_not_stall_the_profiler(name, text):
    files = {"requirements.txt": "flask\n"} if name.endswith((".py", ".sh", ".md")) else {}
    files |= {"package.json": '{"scripts": {"start": "node index.js"}, "dependencies": {"express": "4"}}'} if name == "index.js" else {}
    profile(TextTree({**files, name: text}))
