"""When two start commands are the same for the comparison with railpack's examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from architect.profiler import profile
from benchmarks.railpack_examples import same_port, same_start
from tests.support.folder_tree import FolderTree

SERVER = "const http = require('http');\nhttp.createServer((a, b) => b.end('ok')).listen(3000);\n"


@pytest.fixture
def node(tmp_path: Path):
    (tmp_path / "package.json").write_text('{"name": "one", "scripts": {"start": "node server.js"}}')
    (tmp_path / "server.js").write_text(SERVER)
    (component,) = profile(FolderTree(tmp_path)).components
    return component, tmp_path


@pytest.mark.parametrize(
    ("stated", "same"),
    [("npm run start", True), ("yarn start", True), ("node ./server.js", True), ("node worker.js", False), ("npm run worker", False)],
)
def test_a_script_counts_as_what_it_says(node, stated, same):
    component, folder = node
    assert same_start(stated, component, folder) is same


def test_a_stated_port_must_be_the_components(node):
    assert (same_port([3000], node[0]), same_port([8080], node[0])) == (True, False)


def test_one_web_server_of_a_page_is_as_good_as_another(tmp_path: Path):
    (tmp_path / "index.html").write_text("<!doctype html><title>x</title>")
    (component,) = profile(FolderTree(tmp_path)).components
    assert same_start("caddy run --config Caddyfile --adapter caddyfile 2>&1", component, tmp_path)
    assert same_port([80], component)
