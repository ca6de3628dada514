"""Deno: what belongs to it, its tasks, permissions and ports."""

from __future__ import annotations

import pytest

from architect.plan import Run
from architect.request import Style
from architect.stacks.deno import Deno
from tests.support.folder_tree import TextTree


def _found(files: dict[str, str]):
    return Deno().detect(TextTree(files), "")


@pytest.mark.parametrize(
    ("files", "belongs"),
    [
        ({"deno.json": "{}", "main.ts": ""}, True),
        ({"main.ts": 'import { serve } from "https://deno.land/std/http/server.ts";'}, True),
        ({"main.ts": "console.log(Deno.args)"}, True),
        ({"main.ts": "express()", "package.json": '{"dependencies": {"express": "4"}}', "README.md": "Run it with Deno."}, True),
        ({"main.ts": "express()", "package.json": '{"dependencies": {"express": "4"}}'}, False),
        ({"deno.json": '{"fmt": {}}', "package.json": '{"scripts": {"start": "node a.js"}}', "main.ts": ""}, False),
    ],
)
def test_only_what_deno_alone_can_run_belongs_to_it(files: dict[str, str], belongs: bool) -> None:
    assert (_found(files) is not None) is belongs


def test_the_start_task_is_run_without_watching() -> None:
    tasks = '{"tasks": {"dev": "deno run --watch=static/ -A dev.ts", "start": "deno serve --allow-net --port 8555 src/main.ts"}}'
    component = _found({"deno.json": tasks, "src/main.ts": ""})
    assert component.start.value == ("deno", "serve", "--allow-net", "--port", "8555", "src/main.ts")
    assert component.port.value == 8555
    only_dev = _found({"deno.json": '{"tasks": {"dev": "deno run --watch=static/ -A dev.ts"}}', "dev.ts": ""})
    assert only_dev.start.value == ("deno", "run", "-A", "dev.ts")


def test_the_module_beside_a_development_entry_is_what_production_runs() -> None:
    """A Fresh project names only `dev.ts` in its tasks; `main.ts` is the server."""
    serves = 'import { serve } from "$std/http/server.ts";\nawait serve(handler);\n'
    component = _found({"deno.json": '{"tasks": {"start": "deno run -A --watch=routes/ dev.ts"}}', "dev.ts": "", "main.ts": serves})
    assert component.start.value == ("deno", "run", "-A", "main.ts")
    assert component.port.value == 8000


def test_without_a_task_the_permissions_are_those_of_the_readme_or_the_least_a_server_needs() -> None:
    named = _found({"deno.json": "{}", "main.ts": "", "README.md": "```\ndeno run --allow-net=:8000 main.ts\n```\n"})
    plain = _found({"deno.json": "{}", "main.ts": ""})
    assert named.start.value == ("deno", "run", "--allow-net=:8000", "main.ts")
    assert plain.start.value == ("deno", "run", "--allow-net", "--allow-read", "--allow-env", "main.ts")


@pytest.mark.parametrize(
    ("code", "port"),
    [
        ("Deno.serve({ hostname: 'a', port: 8601 }, f)", 8601),
        ('const port = Number(Deno.env.get("PORT") ?? "8602")', 8602),
        ("app.listen(8603)", 8603),
        ("const PORT = 8604;", 8604),
        ("Deno.serve((r) => new Response())", 8000),
        ("console.log(1)", None),
    ],
)
def test_the_port_is_read_from_code_or_is_denos_own(code: str, port: int | None) -> None:
    component = _found({"deno.json": "{}", "main.ts": code})
    assert (component.port.value if component.port else None) == port


def test_a_host_on_the_loopback_interface_is_opened() -> None:
    component = _found({"deno.json": "{}", "main.ts": 'const host = Deno.env.get("HOST") ?? "127.0.0.1"; const port = 8605;'})
    assert [(name, value) for name, value, _ in component.details["listen"]] == [("HOST", "0.0.0.0")]


def test_modules_are_fetched_frozen_and_cached_before_the_container_starts() -> None:
    component = _found({"deno.json": "{}", "deno.lock": "{}", "main.ts": ""})
    commands = [s.command for s in Deno().plan(component, Style.LEAN).stages[0].steps if isinstance(s, Run)]
    assert commands == ["deno install --frozen", "deno cache --frozen main.ts"]


def test_a_version_file_gives_the_exact_release() -> None:
    assert _found({"deno.json": "{}", "main.ts": "", ".deno-version": "2.2.2\n"}).runtime.value == "2.2.2"


def test_a_task_that_watches_files_gives_way_to_one_that_does_not_and_fresh_has_its_own_port():
    config = """{"tasks": {"start": "deno run -A --watch=static/ dev.ts", "preview": "deno run -A main.ts"},
    "imports": {"$fresh/": "https://deno.land/x/fresh@1.7.3/"}}"""
    files = {"deno.json": config, "main.ts": "import { start } from '$fresh/server.ts';\nawait start();\n", "dev.ts": "export {};\n"}
    component = _found(files)
    assert component.start.value == ("deno", "run", "-A", "main.ts")
    assert (component.framework.value, component.port.value, component.role.value) == ("fresh", 8000, "web")
