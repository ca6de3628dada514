"""Swift, Dart, Crystal, Clojure, Haskell, Gleam, Perl and R: one small application each, and its library."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from architect import render
from architect.expectations import expectations
from architect.profile import Role
from architect.profiler import profile
from architect.request import Request, Style, Target
from artifacts.judge import assess_artifacts
from tests.support.folder_tree import TextTree


@dataclass(frozen=True)
class Case:
    """A repository and what is true of its only component; `port_at` is the place that proves the port."""

    files: dict[str, str]
    stack: str
    start: tuple[str, ...]
    port: int | None
    port_at: str | None
    runtime: str
    framework: str | None = None
    health: str | None = None
    services: tuple[str, ...] = ()
    library: dict[str, str] = field(default_factory=dict)


PACKAGE = """// swift-tools-version:6.0
import PackageDescription
let package = Package(
    name: "orbit",
    dependencies: [
        .package(url: "https://github.com/vapor/vapor.git", from: "4.110.1"),
    ],
    targets: [
        .executableTarget(name: "Orbit", dependencies: [.product(name: "Vapor", package: "vapor")]),
    ]
)
"""
CASES = {
    "swift": Case(
        {"Package.swift": PACKAGE, "Sources/Orbit/routes.swift": "func routes(_ app: Application) {\n"
         '    app.get("health") { _ in "ok" }\n}\n'},
        "swift",
        ("/app/Orbit", "serve", "--env", "production", "--hostname", "0.0.0.0", "--port", "8080"),
        8080,
        "Package.swift:6",
        "6.1",
        framework="vapor",
        health="/health",
        library={"Package.swift": '// swift-tools-version:5.9\nlet package = Package(name: "a", targets: [.target(name: "a")])\n'},
    ),
    "dart": Case(
        {
            "pubspec.yaml": "name: tide\nenvironment:\n  sdk: ^3.5.0\n"
            "dependencies:\n  shelf: ^1.4.0\n  postgres: ^3.4.0\n",
            "bin/server.dart": "void main() async {\n  final port = int.parse(Platform.environment['PORT'] ?? '8321');\n"
            "  router.get('/healthz', ok);\n}\n",
        },
        "dart",
        ("/app/server",),
        8321,
        "bin/server.dart:2",
        "3.9",
        framework="shelf",
        health="/healthz",
        services=("postgres",),
        library={"pubspec.yaml": "name: a\n", "lib/a.dart": ""},
    ),
    "crystal": Case(
        {
            "shard.yml": "name: kite\nversion: 0.1.0\ncrystal: '>= 1.11, < 1.15'\n"
            "targets:\n  kite:\n    main: src/kite.cr\ndependencies:\n  kemal:\n    github: kemalcr/kemal\n",
            "src/kite.cr": 'require "kemal"\nget "/health" do\n  "ok"\nend\nKemal.run(3344)\n',
        },
        "crystal",
        ("/app/kite",),
        3344,
        "src/kite.cr:5",
        "1.14",
        framework="kemal",
        health="/health",
        library={"shard.yml": "name: a\nversion: 0.1.0\n"},
    ),
    "clojure": Case(
        {
            "project.clj": '(defproject loom "0.1.0"\n  :dependencies [[org.clojure/clojure "1.12.0"]\n'
            '                 [ring/ring-jetty-adapter "1.13.0"]\n'
            '                 [org.postgresql/postgresql "42.7.4"]]\n  :main ^:skip-aot loom.core)\n',
            "src/loom/core.clj": "(ns loom.core)\n(defn -main []\n  (run-jetty app {:port 3456}))\n",
        },
        "clojure",
        ("java", "-jar", "/app/app.jar"),
        3456,
        "src/loom/core.clj:3",
        "21",
        framework="ring",
        services=("postgres",),
        library={"deps.edn": "{:paths [\"src\"]}\n"},
    ),
    "haskell": Case(
        {
            "package.yaml": "name: reef\ndependencies:\n- base >= 4.7 && < 5\n- scotty\n- postgresql-simple\n"
            "executables:\n  reef-exe:\n    main: Main.hs\n",
            "stack.yaml": "resolver: lts-22.43\n",
            "app/Main.hs": 'main = scotty 3567 $ do\n  get "/health" $ text "ok"\n',
        },
        "haskell",
        ("/app/reef-exe",),
        3567,
        "app/Main.hs:1",
        "9.6",
        framework="scotty",
        health="/health",
        services=("postgres",),
        library={"a.cabal": "name: a\nlibrary\n  build-depends: base\n"},
    ),
    "gleam": Case(
        {
            "gleam.toml": 'name = "lark"\nversion = "1.0.0"\n\n[dependencies]\nmist = ">= 4.0.0"\n',
            "src/lark.gleam": "import mist\n\npub fn main() {\n  mist.new(handler)\n  |> mist.port(4555)\n  |> mist.start_http\n}\n",
        },
        "gleam",
        ("/app/entrypoint.sh", "run"),
        4555,
        "src/lark.gleam:5",
        "1.13.0",
        framework="mist",
        library={"gleam.toml": 'name = "a"\n', "src/a.gleam": "pub fn twice(x) { x }\n"},
    ),
    "perl": Case(
        {
            "cpanfile": "requires 'Mojolicious', '>= 9.0';\nrequires 'Mojo::Pg';\non 'test' => sub {\n  requires 'Test::More';\n};\n",
            "app.pl": "use Mojolicious::Lite;\nget '/health' => { text => 'ok' };\napp->start;\n",
        },
        "perl",
        ("perl", "app.pl", "prefork", "-m", "production", "-l", "http://*:3000"),
        3000,
        "cpanfile:1",
        "5.40",
        framework="mojolicious",
        health="/health",
    ),
    "r": Case(
        {"plumber.R": "library(jsonlite)\n#* @get /health\nfunction() 'ok'\n", "renv.lock": '{\n  "R": {\n'
         '    "Version": "4.4.2"\n  }\n}\n'},
        "r",
        ("Rscript", "-e", "plumber::pr_run(plumber::pr('plumber.R'), host='0.0.0.0', port=8000)"),
        8000,
        "plumber.R",
        "4.4",
        framework="plumber",
        health="/health",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_facts_of_a_small_application_are_found(name: str) -> None:
    case = CASES[name]
    (component,) = profile(TextTree(case.files)).components
    assert component.stack == case.stack
    assert component.start.value == case.start
    assert (component.port.value, str(component.port.evidence[0])) == (case.port, case.port_at)
    assert component.runtime.value == case.runtime
    assert (component.framework.value if component.framework else None) == case.framework
    assert (component.health.value if component.health else None) == case.health
    assert tuple(fact.value for fact in component.services) == case.services


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("name", CASES)
async def test_the_files_pass_the_validators_in_every_style(name: str, style: Style) -> None:
    request = Request(profile=profile(TextTree(CASES[name].files)), targets=(Target("dockerfile"), Target("compose")))
    rendering = render(request, style)
    assessment = await assess_artifacts(rendering.artifacts, expectations(request))
    assert assessment.clean, [finding.message for finding in assessment.findings]
    assert any("HEALTHCHECK" in artifact.content for artifact in rendering.artifacts)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.library])
def test_a_library_of_the_language_runs_nothing(name: str) -> None:
    found = profile(TextTree(CASES[name].library))
    assert found.components == ()
    assert found.questions


def test_a_package_of_development_is_no_need_of_the_application() -> None:
    files = {**CASES["perl"].files, "cpanfile": "requires 'Mojolicious';\non test => sub {\n  requires 'DBD::mysql';\n};\n"}
    (component,) = profile(TextTree(files)).components
    assert component.role is Role.WEB
    assert component.services == ()
