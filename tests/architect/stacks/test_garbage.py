"""Detectors meet broken, hostile and empty manifests: they find nothing or something, and never fail."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from architect.plan import ImagePlan
from architect.profile import Role
from architect.request import Style
from architect.stacks import STACKS
from tests.support.folder_tree import TextTree

EXAMPLES = Path(__file__).parents[2] / "examples"
LISTED = """
go.mod go.work main.go pom.xml build.gradle build.gradle.kts settings.gradle gradle/libs.versions.toml
src/main/java/App.java src/main/resources/application.yml src/main/resources/application.conf Cargo.toml Cargo.lock
rust-toolchain.toml src/main.rs Gemfile Gemfile.lock config.ru config/puma.rb app.rb composer.json composer.lock
index.php App.csproj App.sln global.json Directory.Build.props Program.cs mix.exs config/runtime.exs deno.json main.ts
CMakeLists.txt meson.build src/main.cpp build.sbt project/plugins.sbt src/main/scala/Main.scala start.sh gleam.toml
Package.swift pubspec.yaml shard.yml project.clj deps.edn stack.yaml package.yaml app.cabal cpanfile app.R Procfile
.tool-versions mise.toml package.json README.md .env.example
"""
MANIFESTS = LISTED.split()
GARBAGE = (
    "",
    "\x00\x01\x02",
    "{" * 500,
    "[" * 500 + "]" * 500,
    "<a>" * 400,
    '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;&b;">]><project>&d;</project>',
    "((((((((((((((((((((((((((((((",
    '"' * 301,
    "port = 99999999999999999999\nport: 0\nPORT=70000",
    "\n" * 3000,
    "a: &a [*a, *a]\nb: *a",
    "gem 'x', group: [:test\ngroup :a do\nend\nend\nend",
    "module \nrequire (\n",
    "[package]\nname = 3\n[[bin]]\nname = []\n[dependencies]\na = { version = 1 }\n",
    '{"require": [], "scripts": 3, "tasks": {"start": {"command": 4}}, "imports": null, "name": {}}',
    "<project><modules><module>..</module><module/></modules><parent><relativePath>../..</relativePath></parent></project>",
    "<Project Sdk=''><PropertyGroup><TargetFramework>net</TargetFramework><OutputType/></PropertyGroup></Project>",
    "é" * 2000,
)


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
def test_no_detector_fails_on_garbage_in_every_manifest(text: str) -> None:
    tree = TextTree(dict.fromkeys(MANIFESTS, text))
    for stack in STACKS:
        _detect_and_plan(stack, tree)


@pytest.mark.parametrize("seed", range(40))
def test_no_detector_fails_on_manifests_cut_off_or_shuffled(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [
        "module a/b\ngo 1.22\n",
        "<project><artifactId>a</artifactId></project>",
        "plugins { id('application') }",
        "[package]\nname='a'\n",
        "gem 'rails'\n",
        '{"require":{"php":"^8.1"}}',
        "<Project Sdk='Microsoft.NET.Sdk.Web'/>",
        "app: :a, mod: {A, []}",
        "add_executable(a b)",
        'name := "a"',
        "package main\nfunc main() {}\n",
        "fn main() {}",
        "executable('a')",
        "public static void main(String[] a)",
    ]
    files = {}
    for name in MANIFESTS:
        text = "".join(chance.choice(pieces) for _ in range(chance.randrange(4)))
        noise = "".join(chance.choice(string.printable) for _ in range(chance.randrange(40)))
        at = chance.randrange(len(text) + 1)
        files[name] = text[:at] + noise + text[at : chance.randrange(at, len(text) + 1)]
    for stack in STACKS:
        _detect_and_plan(stack, TextTree(files))


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir()))
def test_no_detector_fails_on_a_damaged_example(name: str) -> None:
    chance = random.Random(name)
    whole = {path.relative_to(EXAMPLES / name).as_posix(): path.read_text() for path in (EXAMPLES / name).rglob("*") if path.is_file()}
    for _ in range(6):
        tree = TextTree({path: _damaged(text, chance) for path, text in whole.items()})
        for stack in STACKS:
            _detect_and_plan(stack, tree)


def test_an_empty_repository_has_nothing() -> None:
    assert [stack.detect(TextTree({}), "") for stack in STACKS] == [None] * len(STACKS)


def _damaged(text: str, chance: random.Random) -> str:
    """Cut a text off, drop a stretch of it, double one, or swap its brackets."""
    start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    kind = chance.randrange(5)
    if kind == 0:
        return text[:end]
    if kind == 1:
        return text[:start] + text[end:]
    if kind == 2:
        return text[:end] + text[start:]
    return text.translate(str.maketrans('{[("', "[({'")) if kind == 3 else text


def _detect_and_plan(stack, tree: TextTree) -> None:
    component = stack.detect(tree, "")
    if component is None:
        return
    assert component.stack == stack.id
    assert component.port is None or 1 <= component.port.value <= 65535
    if component.role is Role.LIBRARY or component.start is None:
        return
    for style in Style:
        plan = stack.plan(component, style)
        assert isinstance(plan, ImagePlan)
        assert plan.start
