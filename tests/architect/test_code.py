"""What source code says in any language, and what is not the program's own word."""

from __future__ import annotations

import re

import pytest

from architect import bases, code, sockets
from architect.code import Source
from architect.plan import Family, Image
from architect.profile import Basis, Fact, Variable
from architect.reading import Folder
from architect.routes import health_route
from architect.sockets import PortRule
from tests.support.folder_tree import TextTree

RULES = [PortRule(re.compile(r"\bbind\((\d+)"), bound=True), PortRule(re.compile(r"(\w*PORT)\W+(\d+)"))]


def _port(text: str) -> int | None:
    found = sockets.port(sockets.numbered([Source("a.x", text)]), RULES)
    return found.value if found else None


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("PORT = 8080", 8080),
        ("DB_PORT = 8081\nPORT = 8082", 8082),
        ("SMTP_PORT = 2525", None),
        ("PORT = 5432", None),
        ("bind(5432)", 5432),
        ("GRPC_PORT = 9001\nPORT = 9002", 9002),
        ("GRPC_PORT = 9001", 9001),
        ("// PORT = 8083", None),
        ("PORT = 0\nPORT = 99999", None),
    ],
)
def test_a_port_counts_when_it_is_the_programs_own(text: str, port: int | None) -> None:
    assert _port(text) == port


def test_lines_keep_their_numbers_when_most_of_the_text_is_left_out() -> None:
    found = sockets.port(sockets.numbered([Source("a.x", "x\n" * 40 + "PORT = 8080\n" + "y\n" * 40)]), RULES)
    assert (found.evidence[0].line, found.evidence[0].excerpt) == (41, "PORT = 8080")


def test_files_of_nested_projects_tests_and_vendored_code_are_not_the_projects_own() -> None:
    names = ("a.go", "sub/b.go", "inner/go.mod", "inner/c.go", "tests/d.go", "vendor/e/f.go", "docs/g.go")
    tree = TextTree(dict.fromkeys(names, ""))
    assert list(code.own_files(Folder(tree), "*.go", boundary=("go.mod",))) == ["a.go", "sub/b.go"]


def test_a_secret_variable_is_named_but_its_default_is_never_kept() -> None:
    found = code.variables(
        [Source("a", 'env("API_KEY", "hunter2")\nenv("MODE", "fast")')], r"env\(\"(?P<name>\w+)\"(?:, \"(?P<default>\w+)\")?"
    )
    assert [(v.name, v.default, v.secret) for v in found] == [("API_KEY", None, True), ("MODE", "fast", False)]
    assert "hunter2" not in str(found)


def test_the_best_known_health_path_wins() -> None:
    found = health_route([Source("a", 'get("/ping")\nget("/ready")\nget("/healthz")\n')], r"get\(\s*$")
    assert (found.value, found.evidence[0].line) == ("/healthz", 3)


@pytest.mark.parametrize("text", ['client.call("/health")', 'get("/users/:id/health")', '// get("/health")', 'get("/wealth")'])
def test_a_path_that_no_line_registers_plainly_is_no_health_path(text: str) -> None:
    assert health_route([Source("a", text)], r"\bget\(\s*$") is None


def test_variables_that_bind_the_loopback_interface_are_opened() -> None:
    port = Fact(8080, Basis.CODE)
    variables = [
        Variable("LISTEN_ADDR", "127.0.0.1:8080"),
        Variable("HOST", "localhost"),
        Variable("DB_HOST", "localhost"),
        Variable("ADDR", "localhost:9"),
    ]
    assert [(name, value) for name, value, _ in code.listening(variables, port)] == [("LISTEN_ADDR", "0.0.0.0:{port}"), ("HOST", "0.0.0.0")]


def test_paths_opened_at_run_time_are_kept_and_imports_are_not() -> None:
    source = Source("m.x", 'Dir("static")\nopen("data.json")\nimport "templates/x"\nread("./views/a.html")\n')
    names = ["static/a.css", "data.json", "templates/x.x", "views/a.html"]
    assert sorted(code.opened_paths(names, [source], ".x")) == ["data.json", "static", "views"]


@pytest.mark.parametrize(
    ("image", "program"),
    [
        (Image("a:1", Family.ALPINE, probe="wget"), "nc"),
        (Image("a:1", Family.DEBIAN, probe="curl"), "bash"),
        (Image("a:1", Family.DEBIAN, probe="ruby"), "ruby"),
        (Image("a:1", Family.DISTROLESS, probe="deno"), "deno"),
    ],
)
def test_a_port_is_probed_with_what_the_image_has(image: Image, program: str) -> None:
    assert bases.tcp_command(image, 8080)[0] == program


def test_an_image_without_any_tool_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match="copy a probe into it"):
        bases.tcp_command(Image("a:1", Family.SCRATCH), 8080)
