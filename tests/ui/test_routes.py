"""The explorer's routes: one folder at a time, the page's own workspace only."""

from __future__ import annotations

import time

import pytest

from ui.bridge import BRIDGE
from ui.components import SHARED
from ui.routes import PAGE_SIZE
from ui.sessions import REGISTRY
from ui.watching import WATCHERS, Watchers
from workspace.files import open_workspace


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "wsgi.py").write_text("app = 1\n")
    (tmp_path / "zebra.md").write_text("x" * 2000)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".env").write_text("KEY=1\n")
    (tmp_path / ".gitignore").write_text("*.tmp\n")
    (tmp_path / "left.tmp").write_text("")
    return open_workspace(str(tmp_path))


@pytest.fixture
def mine(browsers, shop):
    session = REGISTRY.open(browsers[0].id)
    session.workspace = shop
    return browsers[0], session.token


def test_a_folder_is_listed_with_kind_size_ignored_and_denied(mine):
    browser, token = mine
    answer = browser.get("/api/tree", token).json()
    entries = {entry["name"]: entry for entry in answer["entries"]}
    assert answer["total"] == len(entries)
    assert entries["src"]["is_folder"]
    assert entries["zebra.md"]["size"] == 2000
    assert entries["left.tmp"]["ignored"]
    assert "passwords" in entries[".env"]["denied"]
    assert not entries["pyproject.toml"]["denied"]


def test_the_smart_order_puts_manifests_first_and_the_other_is_by_name(mine):
    browser, token = mine
    smart = [entry["name"] for entry in browser.get("/api/tree", token).json()["entries"]]
    named = [entry["name"] for entry in browser.get("/api/tree", token, order="name").json()["entries"]]
    assert smart.index("pyproject.toml") < smart.index("zebra.md")
    assert named == ["src", ".env", ".gitignore", "left.tmp", "pyproject.toml", "zebra.md"]


def test_a_long_folder_comes_in_pages(mine, tmp_path):
    browser, token = mine
    many = tmp_path / "many"
    many.mkdir()
    for number in range(PAGE_SIZE + 7):
        (many / f"{number:04}.txt").touch()
    for order in ("smart", "name"):
        first = browser.get("/api/tree", token, path="many", order=order).json()
        rest = browser.get("/api/tree", token, path="many", order=order, offset=str(PAGE_SIZE)).json()
        assert (len(first["entries"]), len(rest["entries"]), rest["total"]) == (PAGE_SIZE, 7, PAGE_SIZE + 7)


def test_search_finds_by_every_word_and_leaves_secrets_out(mine):
    browser, token = mine
    assert browser.get("/api/search", token, q="src wsgi").json() == {"paths": ["src/wsgi.py"], "note": ""}
    assert browser.get("/api/search", token, q="env").json()["paths"] == []
    assert browser.get("/api/search", token, q="").json()["paths"] == []


@pytest.mark.parametrize("path", ["..", "../..", "/etc", "src/../..", "%2e%2e", "a\0b", "x" * 5000])
def test_nothing_outside_is_listed(mine, path):
    browser, token = mine
    answer = browser.get("/api/tree", token, path=path)
    assert answer.status_code in (404, 422)
    assert "error" in answer.json()


def test_a_link_out_of_the_workspace_is_not_followed(mine, tmp_path):
    browser, token = mine
    (tmp_path / "out").symlink_to("/etc")
    assert browser.get("/api/tree", token, path="out").status_code == 422


def test_another_browser_with_my_token_gets_nothing(mine, browsers):
    _, token = mine
    assert browsers[1].get("/api/tree", token).status_code == 403
    assert browsers[1].get("/api/search", token, q="wsgi").status_code == 403


def test_a_made_up_token_gets_nothing(mine):
    assert mine[0].get("/api/tree", "made-up").status_code == 403


def test_a_session_without_a_workspace_is_told_so(browsers):
    session = REGISTRY.open(browsers[0].id)
    answer = browsers[0].get("/api/tree", session.token)
    assert (answer.status_code, answer.json()["error"]) == (409, "No workspace is open.")


@pytest.mark.parametrize("offset", ["-1", "x", "9" * 30, "²"])
def test_a_strange_offset_starts_at_the_beginning(mine, offset):
    browser, token = mine
    assert browser.get("/api/tree", token, offset=offset).json()["offset"] == 0


def test_search_in_the_content_shows_lines_and_no_secret(mine, tmp_path):
    browser, token = mine
    secret = "Zt7" + "rQw9eYp4"
    (tmp_path / "src" / "settings.py").write_text(f'HOST = "db"\nPASSWORD = "{secret}"\n')
    answer = browser.get("/api/search", token, q="password", mode="content")
    assert answer.json()["matches"] == [{"path": "src/settings.py", "line": 2, "text": 'PASSWORD = "<masked: password>"'}]
    assert browser.get("/api/search", token, q=secret, mode="content").json()["matches"] == []
    assert browser.get("/api/search", token, q="KEY", mode="content").json()["matches"] == []


def test_a_newer_search_ends_the_one_before(mine):
    _, token = mine
    session = REGISTRY.get(token)
    assert session.next_search() + 1 == session.next_search() == session.searches


def test_a_preview_holds_no_secret_and_says_how_many_are_masked(mine, tmp_path):
    browser, token = mine
    secret = "Zt7" + "rQw9eYp4"
    (tmp_path / "settings.py").write_text(f'HOST = "db"\nPASSWORD = "{secret}"\n')
    answer = browser.get("/api/preview", token, path="settings.py")
    assert secret not in answer.text
    assert answer.json() == {
        "path": "settings.py",
        "lines": ['HOST = "db"', 'PASSWORD = "<masked: password>"'],
        "masked": [2],
        "cut": False,
        "size": 37,
    }


@pytest.mark.parametrize(
    ("path", "status"), [(".env", 422), ("../outside", 422), ("/etc/passwd", 422), ("gone.py", 404), ("src", 422), (".git/config", 422)]
)
def test_what_may_not_be_read_has_no_preview(mine, path, status):
    browser, token = mine
    answer = browser.get("/api/preview", token, path=path)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_a_preview_is_bounded(mine, tmp_path):
    browser, token = mine
    (tmp_path / "long.txt").write_text(("x" * 3_000 + "\n") * 5 + "y\n" * 30_000)
    answer = browser.get("/api/preview", token, path="long.txt").json()
    assert answer["cut"]
    assert len(answer["lines"]) == 2_000
    assert len(answer["lines"][0]) == 1_000


def test_another_browser_gets_neither_preview_nor_search(browsers, mine):
    _, token = mine
    for address in ("/api/preview?path=src/wsgi.py", "/api/search?mode=content&q=app"):
        assert browsers[1].get(address, token).status_code == 403


def test_a_change_on_disk_is_told_to_the_pages_that_have_the_folder_open_and_to_no_other(browsers, mine, tmp_path):
    browser, token = mine
    first = browser.get("/api/changes", token).json()
    assert (first["mark"], first["count"]) == (0, 0)
    watcher = WATCHERS.of(REGISTRY.get(token).workspace)
    deadline = time.monotonic() + 20
    number = 0
    while not watcher.mark and time.monotonic() < deadline:
        number += 1
        (tmp_path / "src" / "wsgi.py").write_text(f"app = {number}\n")
        (tmp_path / ".env").write_text(f"KEY={number}\n")
        time.sleep(0.3)
    told = browser.get("/api/changes", token, since="0").json()
    assert told["files"] == ["src/wsgi.py"]
    assert browser.get("/api/changes", token, since=str(told["mark"])).json()["count"] == 0
    assert browsers[1].get("/api/changes", token).status_code == 403


def test_a_watcher_that_nobody_asks_for_makes_room(tmp_path, monkeypatch):
    monkeypatch.setattr("ui.watching.MOST", 2)
    held = Watchers()
    workspaces = []
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        workspaces.append(open_workspace(str(tmp_path / name)))
    first = held.of(workspaces[0])
    assert held.of(workspaces[0]) is first
    held.of(workspaces[1])
    held.of(workspaces[2])
    assert list(held._held) == [workspaces[1].location, workspaces[2].location]
    assert held.of(workspaces[0]) is not first
    BRIDGE.stop()


@pytest.mark.parametrize("name", SHARED)
def test_a_components_script_is_had_whole_under_an_address_that_may_be_kept(mine, name: str):
    browser, token = mine
    answer = browser.get(f"/api/components/{name}.js", token)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert "export default function" in answer.text
    assert answer.text.startswith("// What the components share")


@pytest.mark.parametrize("name", ["nothing", "../app", "%2e%2e%2fapp"])
def test_what_is_no_component_is_not_there(mine, name: str):
    browser, token = mine
    assert browser.get(f"/api/components/{name}.js", token).status_code == 404
