"""The example repositories of every language but Python and Node: each fact, and the file and line that proves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from architect import render
from architect.expectations import expectations
from architect.profile import Component, Fact, Profile
from architect.profiler import profile
from architect.request import Request, Style, Target
from artifacts.judge import assess_artifacts
from tests.support.folder_tree import FolderTree

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Known:
    """What is true of one component; `proof` maps a fact to the places that prove it, first one first."""

    stack: str
    language: str
    start: tuple[str, ...]
    root: str = ""
    framework: str | None = None
    runtime: str | None = None
    port: int | None = None
    health: str | None = None
    services: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    proof: dict[str, str] = field(default_factory=dict)


KNOWN = {
    "go-cmd-worker": [
        Known(
            "go",
            "go",
            ("/app/api",),
            framework="chi",
            runtime="1.25",
            port=8085,
            health="/api/health",
            services=("postgres", "redis"),
            processes=("label-worker",),
            proof={
                "framework": "go.mod:8",
                "runtime": "go.mod:5",
                "start": "cmd/api/main.go:11",
                "port": "cmd/api/main.go:14",
                "health": "internal/routes/routes.go:15",
            },
        )
    ],
    "java-maven-multi": [
        Known(
            "java",
            "java",
            ("java", "-jar", "/app/app.jar"),
            root="catalog",
            framework="spring-boot",
            runtime="21",
            port=8181,
            health="/books/actuator/health",
            services=("postgres",),
            proof={"runtime": "pom.xml:14", "port": "catalog/src/main/resources/application.yml:7", "health": "catalog/pom.xml:16"},
        ),
        Known(
            "java",
            "java",
            ("java", "-jar", "/app/app.jar"),
            root="loans",
            framework="spring-boot",
            runtime="21",
            port=8080,
            health="/actuator/health",
            services=("postgres",),
            proof={"runtime": "pom.xml:14", "port": "loans/pom.xml:12"},
        ),
    ],
    "java-gradle-ktor": [
        Known(
            "java",
            "kotlin",
            ("java", "-jar", "/app/app.jar"),
            framework="ktor",
            runtime="17",
            port=7070,
            health="/healthz",
            services=("mongodb",),
            proof={
                "framework": "build.gradle.kts:15",
                "runtime": "build.gradle.kts:11",
                "start": "build.gradle.kts:3",
                "port": "src/main/kotlin/org/example/weather/Main.kt:11",
                "health": "src/main/kotlin/org/example/weather/Main.kt:13",
            },
        )
    ],
    "rust-workspace": [
        Known(
            "rust",
            "rust",
            ("/app/orchard",),
            framework="axum",
            runtime="1.95",
            port=4100,
            health="/livez",
            services=("postgres",),
            proof={
                "framework": "Cargo.toml:9",
                "runtime": "Cargo.toml:6",
                "port": "crates/server/src/main.rs:5",
                "health": "crates/server/src/main.rs:6",
            },
        )
    ],
    "ruby-rails": [
        Known(
            "ruby",
            "ruby",
            ("./bin/rails", "server", "-b", "0.0.0.0", "-p", "3200"),
            framework="rails",
            runtime="3.4.1",
            port=3200,
            health="/up",
            services=("postgres", "redis"),
            processes=("worker",),
            proof={"framework": "Gemfile:5", "runtime": ".ruby-version:1", "port": "config/puma.rb:2", "health": "config/routes.rb:2"},
        )
    ],
    "ruby-sinatra": [
        Known(
            "ruby",
            "ruby",
            ("bundle", "exec", "puma", "-C", "puma.rb"),
            framework="sinatra",
            runtime="3.3.6",
            port=9393,
            health="/health",
            services=("redis",),
            proof={"runtime": "Gemfile:2", "start": "config.ru", "port": "puma.rb:1", "health": "app.rb:4"},
        )
    ],
    "php-laravel": [
        Known(
            "php",
            "php",
            ("frankenphp", "php-server", "--root", "/app/public", "--listen", ":8080"),
            framework="laravel",
            runtime="8.4",
            port=8080,
            health="/up",
            services=("postgres",),
            proof={
                "framework": "composer.json:7",
                "runtime": "composer.json:5",
                "start": "public/index.php",
                "health": "bootstrap/app.php:6",
            },
        )
    ],
    "dotnet-solution": [
        Known(
            "dotnet",
            "dotnet",
            ("dotnet", "Inventory.Api.dll"),
            framework="aspnetcore",
            runtime="9.0",
            port=8080,
            health="/healthz",
            services=("postgres",),
            proof={
                "runtime": "Directory.Build.props:3",
                "start": "src/Inventory.Api/Inventory.Api.csproj",
                "health": "src/Inventory.Api/Program.cs:3",
            },
        )
    ],
    "elixir-phoenix": [
        Known(
            "elixir",
            "elixir",
            ("/app/bin/harbour", "start"),
            framework="phoenix",
            runtime="1.18",
            port=4040,
            health="/status/live",
            services=("postgres",),
            proof={
                "framework": "mix.exs:20",
                "runtime": "mix.exs:8",
                "start": "mix.exs:15",
                "port": "config/runtime.exs:8",
                "health": "lib/harbour_web/router.ex:5",
            },
        )
    ],
    "deno-tasks": [
        Known(
            "deno",
            "deno",
            ("deno", "run", "--allow-net", "--allow-env=PORT", "src/main.ts"),
            framework="hono",
            runtime="2.9.1",
            port=8787,
            health="/health",
            services=("postgres",),
            proof={"framework": "deno.jsonc:8", "start": "deno.jsonc:5", "port": "src/main.ts:5", "health": "src/main.ts:4"},
        )
    ],
    "cpp-cmake": [
        Known(
            "cpp",
            "cpp",
            ("/app/lantern",),
            framework="cpp-httplib",
            port=8099,
            health="/healthz",
            proof={"start": "CMakeLists.txt:7", "port": "src/main.cpp:6", "health": "src/main.cpp:5"},
        )
    ],
    "scala-sbt": [
        Known(
            "scala",
            "scala",
            ("/app/bin/star-map",),
            framework="http4s",
            runtime="21",
            port=8282,
            services=("postgres",),
            proof={"framework": "build.sbt:7", "start": "src/main/scala/Main.scala:3", "port": "src/main/scala/Main.scala:4"},
        )
    ],
    "shell-script": [Known("shell", "shell", ("bash", "start.sh"), proof={"language": "start.sh:1"})],
}


def _profile(name: str) -> Profile:
    return profile(FolderTree(EXAMPLES / name))


def _value(fact: Fact | None) -> object:
    return None if fact is None else fact.value


def _seen(component: Component) -> Known:
    return Known(
        component.stack,
        component.language.value,
        component.start.value if component.start else (),
        root=component.root,
        framework=_value(component.framework),
        runtime=_value(component.runtime),
        port=_value(component.port),
        health=_value(component.health),
        services=tuple(fact.value for fact in component.services),
        processes=tuple(process.name for process in component.processes),
    )


@pytest.mark.parametrize("name", KNOWN)
def test_every_fact_of_the_example_is_found(name: str) -> None:
    seen = [_seen(component) for component in _profile(name).components]
    wanted = [Known(**{**vars(known), "proof": {}}) for known in KNOWN[name]]
    assert seen == wanted


@pytest.mark.parametrize("name", KNOWN)
def test_every_fact_stands_on_the_line_that_proves_it(name: str) -> None:
    for component, known in zip(_profile(name).components, KNOWN[name], strict=True):
        for fact, place in known.proof.items():
            assert str(getattr(component, fact).evidence[0]) == place, fact


@pytest.mark.parametrize("name", KNOWN)
def test_cited_lines_exist_and_hold_what_is_quoted(name: str) -> None:
    for component in _profile(name).components:
        facts = [getattr(component, key) for key in ("language", "framework", "runtime", "start", "port", "health", "build")]
        for evidence in (line for fact in (*facts, *component.services) if fact for line in fact.evidence):
            lines = (EXAMPLES / name / evidence.path).read_text().split("\n")
            if evidence.line is not None:
                near = " ".join(" ".join(lines[evidence.line - 1 : evidence.line + 8]).split())
                assert " ".join(evidence.excerpt.split())[:80] in near
            else:
                assert evidence.excerpt == ""


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("name", KNOWN)
async def test_the_files_of_every_style_pass_the_validators(name: str, style: Style) -> None:
    request = Request(profile=_profile(name), targets=(Target("dockerfile"), Target("compose")))
    rendering = render(request, style)
    assessment = await assess_artifacts(rendering.artifacts, expectations(request))
    assert assessment.clean, [finding.message for finding in assessment.findings]
    for text in (artifact.content for artifact in rendering.artifacts if artifact.path.endswith("Dockerfile")):
        stages = [line.split()[1] for line in text.split("\n") if line.startswith("FROM ")]
        assert len(stages) > 1
        assert all(":" in stage or stage in ("scratch", "base") for stage in stages)
        assert "USER " in text


@pytest.mark.parametrize("name", KNOWN)
def test_the_styles_differ_in_more_than_words(name: str) -> None:
    texts = set()
    for style in Style:
        rendering = render(Request(profile=_profile(name), targets=(Target("dockerfile"),)), style)
        text = next(artifact.content for artifact in rendering.artifacts if artifact.path.endswith("Dockerfile"))
        texts.add("\n".join(line for line in text.split("\n") if not line.startswith("#")))
    assert len(texts) == len(Style)
