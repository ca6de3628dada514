"""Listing: one folder at a time, ignored entries as Git judges them, a bounded walk, the smart order, search."""

import os
import random
import subprocess

import pytest

from workspace.errors import NotAFolder, NotFound, OutsideWorkspace
from workspace.files import WorkspaceTree, open_workspace
from workspace.listing import search


def make(folder, *paths, text="x"):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def test_a_folder_lists_manifests_and_code_before_the_rest(folder, workspace):
    make(
        folder,
        "README.md",
        "poetry.lock",
        "tests/test_a.py",
        "pyproject.toml",
        "src/a.py",
        "app.py",
        "helper.py",
        "logo.png",
        ".env",
        "config.toml",
    )
    assert [entry.name for entry in workspace.list_folder()] == [
        "pyproject.toml",
        "src",
        "app.py",
        "helper.py",
        "config.toml",
        "README.md",
        "tests",
        "logo.png",
        "poetry.lock",
        ".env",
    ]


def test_an_entry_tells_its_size_and_why_it_is_left_out(folder, workspace):
    make(folder, "a.py", text="12345")
    (folder / "link").symlink_to("/etc")
    (folder / "node_modules").mkdir()
    by_name = {entry.name: entry for entry in workspace.list_folder()}
    assert by_name["a.py"].size == 5
    assert "link" in by_name["link"].denied
    assert (by_name["node_modules"].ignored, by_name["node_modules"].is_folder, by_name["node_modules"].size) == (True, True, None)


def test_what_lies_below_an_ignored_folder_is_ignored_too(folder, workspace):
    make(folder, ".gitignore", text="out/\n")
    make(folder, "out/deep/x.py")
    assert workspace.list_folder("out/deep")[0].ignored


@pytest.mark.parametrize(
    ("path", "error"), [("nope", NotFound), ("a.py", NotAFolder), ("..", OutsideWorkspace), ("link", OutsideWorkspace)]
)
def test_what_is_not_a_folder_inside_is_an_error(folder, workspace, path, error):
    make(folder, "a.py")
    (folder / "link").symlink_to(folder.parent)
    with pytest.raises(error):
        workspace.list_folder(path)


def test_a_name_that_is_not_utf8_is_shown_and_cannot_be_opened(folder, workspace):
    with open(os.fsencode(str(folder)) + b"/caf\xe9.py", "w"):
        pass
    (entry,) = workspace.list_folder()
    assert entry.name == "caf\\xe9.py"
    assert "UTF-8" in entry.denied
    entry.path.encode()
    assert workspace.walk().paths == ()


def test_a_page_is_a_part_of_a_long_folder(folder, workspace):
    make(folder, *(f"f{number:03}.txt" for number in range(300)))
    page = workspace.page("", offset=100, limit=50)
    assert (page.total, len(page.entries), page.entries[0].name) == (300, 50, "f100.txt")


def test_a_walk_is_shallow_first_and_leaves_out_what_is_ignored_denied_or_a_link(folder, workspace):
    make(
        folder,
        "app.py",
        "src/deep/er/x.py",
        "src/a.py",
        "node_modules/p/i.js",
        "venv2/pyvenv.cfg",
        "venv2/lib/x.py",
        ".env",
        "a\nb.py",
        "x.log",
    )
    make(folder, ".gitignore", text="*.log\n")
    (folder / "link.py").symlink_to("app.py")
    listing = workspace.walk()
    assert listing.paths == ("app.py", ".gitignore", "src/a.py", "src/deep/er/x.py")
    assert listing.complete


def test_build_output_is_left_out_only_beside_its_manifest(folder, workspace):
    make(
        folder,
        "rust/Cargo.toml",
        "rust/target/x.rs",
        "site/target/index.html",
        "web/package.json",
        "web/dist/b.js",
        "net/a.csproj",
        "net/bin/x.json",
    )
    make(folder, "scripts/bin/start.sh", "php/composer.json", "php/vendor/x.php", "docs/build/readme.md")
    found = set(workspace.walk().paths)
    assert {"site/target/index.html", "scripts/bin/start.sh", "docs/build/readme.md"} <= found
    assert not {"rust/target/x.rs", "web/dist/b.js", "net/bin/x.json", "php/vendor/x.php"} & found


def test_a_walk_is_bounded_and_says_so(folder, workspace):
    make(folder, *(f"a/f{number}.py" for number in range(60)), "b/c/deep.py", "top.py")
    listing = workspace.walk(limit=10)
    assert (len(listing.paths), listing.complete, listing.paths[0]) == (10, False, "top.py")
    assert "10 files" in listing.left_out


def test_a_folder_of_many_files_does_not_crowd_out_the_rest(folder, workspace):
    make(folder, *(f"a/f{number}.csv" for number in range(2_100)), "a/model.py", "b/app.py")
    listing = workspace.walk()
    assert "b/app.py" in listing.paths
    assert "a/model.py" in listing.paths
    assert not listing.complete
    assert "101 files" in listing.left_out


def test_a_very_deep_tree_ends(folder, workspace):
    deep = "/".join("d" * 60) + "/x.py"
    make(folder, deep)
    assert workspace.walk().paths == ()
    assert not workspace.walk().complete


def test_a_loop_of_folder_links_ends(folder, workspace):
    make(folder, "a/x.py")
    (folder / "a" / "loop").symlink_to(folder)
    assert workspace.walk().paths == ("a/x.py",)


def test_search_prefers_names_and_code(folder, workspace):
    make(folder, "src/models/user.py", "user.py", "docs/user.md", "src/superuser/x.py", "other.py")
    assert search(workspace.walk().paths, "User") == ("user.py", "src/models/user.py", "docs/user.md", "src/superuser/x.py")
    assert search(workspace.walk().paths, "src user.py") == ("src/models/user.py",)
    assert search(workspace.walk().paths, "  ") == ()
    assert search(("a", "b"), "zzz") == ()


def test_the_tree_is_a_snapshot_with_cached_texts(folder, workspace):
    make(folder, "a.py", text="one")
    make(folder, "bin.dat", text="\0")
    tree = WorkspaceTree(workspace)
    assert (tree.name, tuple(tree.paths())) == ("shop", ("a.py", "bin.dat"))
    assert tree.read("a.py") == "one"
    assert tree.read("a.py", 2) == "on"
    make(folder, "a.py", text="two")
    make(folder, "later.py")
    assert tree.read("a.py") == "one"
    assert tree.read("later.py") is None
    assert tree.read("bin.dat") is None
    assert tree.read("../x") is None
    assert tree.read("") is None


def test_the_tree_forgets_texts_beyond_its_bound(folder, workspace):
    make(folder, *(f"f{number}.py" for number in range(20)), text="x" * 100)
    tree = WorkspaceTree(workspace, cache_bytes=500)
    assert all(tree.read(path) == "x" * 100 for path in tree.paths())
    assert sum(len(text or "") for text in tree._texts.values()) <= 500


NAMES = ["a", "b", "foo", "foo.txt", "x.log", "build", "keep", "A", "a b", "foo#", "!x", "bar.py", "[z]", "ü"]
PATTERNS = [
    *(
        "*",
        "*.log",
        "/a",
        "a/",
        "foo/",
        "!foo",
        "!a/",
        "a/*",
        "!a/b",
        "a/**",
        "**/foo",
        "**/b/",
        "foo/**/x.log",
        "!*.txt",
        "/build/**",
        "!build/keep",
    ),
    *(
        "*.p?",
        "[ab]",
        "[!a]",
        "[^b]",
        "\\!x",
        "foo\\#",
        "foo# ",
        "a b",
        "a\\ b",
        "b/",
        "**",
        "**/",
        "*/",
        "/*",
        "!/a",
        "!/a/",
        "/a/*",
        "!/a/b/",
        "foo*",
    ),
    *(
        "?",
        "a/**/b",
        "/",
        "//a",
        "a//b",
        "[",
        "[z",
        "\\[z\\]",
        "[[]z]",
        "*[!.]log",
        "***",
        "a/***",
        "**a",
        "a**b",
        "{a,b}",
        "ü",
        "foo.txt  ",
    ),
    *("foo.txt\\ ", "#x", " a", "\ta", "a\t", "!", "!!x", "\\\\", "a\\", "keep\r"),
]


@pytest.mark.parametrize("seed", range(6))
def test_ignored_entries_are_exactly_those_git_ignores(tmp_path, seed):
    source = random.Random(seed)
    for number in range(12):
        folder = tmp_path / str(number)
        subprocess.run(["git", "init", "-q", folder], check=True, capture_output=True)
        folders = [folder]
        for _ in range(source.randint(3, 8)):
            made = source.choice(folders) / source.choice(NAMES)
            if not made.exists():
                made.mkdir()
                folders.append(made)
        for _ in range(source.randint(5, 25)):
            file = source.choice(folders) / source.choice(NAMES)
            if not file.exists():
                file.write_text("x")
        for _ in range(source.randint(1, 3)):
            chosen = source.sample(PATTERNS, source.randint(1, 6))
            (source.choice(folders) / ".gitignore").write_text("\n".join(chosen) + "\n")
        if source.random() < 0.3:
            (folder / ".git/info/exclude").write_text("\n".join(source.sample(PATTERNS, 3)))
        compare_with_git(folder)


def compare_with_git(folder):
    workspace = open_workspace(str(folder))
    ours: dict[str, tuple[bool, bool]] = {}
    waiting = [""]
    while waiting:
        for entry in workspace.list_folder(waiting.pop()):
            if entry.path != ".git":
                ours[entry.path] = (entry.ignored, entry.is_folder)
                waiting.extend([entry.path] if entry.is_folder else [])
    asked = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "-z", "--stdin", "--no-index"],
        cwd=folder,
        input="\0".join(ours).encode(),
        capture_output=True,
        check=False,
    )
    theirs = set(asked.stdout.decode().split("\0"))
    assert {path for path, (ignored, _) in ours.items() if ignored} == theirs - {""}
    assert set(workspace.walk().paths) == {path for path, (_, is_folder) in ours.items() if not is_folder and path not in theirs}


def test_a_hostile_ignore_file_costs_no_time(folder, workspace):
    make(folder, ".gitignore", text="\n".join(["*a" * 60 + "b"] * 200 + [f"x{number}*y{number}" for number in range(20_000)]))
    make(folder, *("a" * 200 + str(number) for number in range(50)))
    assert len(workspace.walk().paths) == 51


def test_a_hundred_thousand_ignored_files_are_not_visited(folder, workspace, monkeypatch):
    make(folder, ".gitignore", text="data/\n")
    make(folder, "data/a/b.csv", "node_modules/x/y.js", "src/app.py")
    visited = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda handle: visited.append(os.readlink(f"/proc/self/fd/{handle}")) or scan(handle))
    assert workspace.walk().paths == (".gitignore", "src/app.py")
    assert visited == [str(folder), str(folder / "src")]
