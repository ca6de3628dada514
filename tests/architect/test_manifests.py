"""Settings files and XML manifests, well-formed or not."""

from __future__ import annotations

import pytest

from architect.assets import frontend, stage
from architect.flat import flatten, number
from architect.markup import parse
from architect.reading import Folder
from tests.support.folder_tree import TextTree


def test_yaml_is_read_by_dotted_keys_and_profile_documents_are_left_out() -> None:
    other = "---\nspring:\n  config:\n    activate:\n      on-profile: dev\nserver:\n  port: 1\n"
    text = "server:\n  port: ${PORT:8080} # note\nspring:\n  profiles:\n    active: prod\n" + other
    found = flatten("application.yml", text)
    assert number(found, "server.port")[0] == 8080
    assert found["server.port"].evidence.line == 2
    assert found["server.port"].variables == (("PORT", "8080"),)


def test_yaml_that_a_strict_parser_would_refuse_is_read_all_the_same() -> None:
    assert flatten("a.yml", "version: @project.version@\nserver:\n\tport: 81\n")["version"].value == "@project.version@"


def test_properties_keep_the_first_mention() -> None:
    found = flatten("a.properties", "# c\nserver.port = 9000\nserver.port=9001\n")
    assert (found["server.port"].value, found["server.port"].evidence.line) == ("9000", 2)


def test_hocon_keeps_the_default_beside_the_variable_that_may_replace_it() -> None:
    found = flatten("a.conf", 'ktor {\n  deployment { port = 8081\n    port = ${?PORT}\n  }\n}\ndb.url = "x" // c\n')
    assert number(found, "ktor.deployment.port")[0] == 8081
    assert found["ktor.deployment.port"].variables == (("PORT", "8081"),)
    assert found["db.url"].resolved == "x"


@pytest.mark.parametrize("value", ["0", "70000", "abc", "${PORT}", ""])
def test_what_is_no_port_is_none(value: str) -> None:
    assert number(flatten("a.properties", f"server.port={value}\n"), "server.port") is None


def test_xml_knows_its_lines_and_its_own_words() -> None:
    node = parse("pom.xml", "\ufeff\n<project xmlns='a'>\n  <properties>\n    <java.version>17</java.version>\n  </properties>\n</project>")
    found = node.child("properties", "java.version")
    assert (found.text, found.evidence.line, found.evidence.excerpt) == ("17", 4, "<java.version>17</java.version>")
    assert node.value("missing", "x") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<a><b></a>",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "<a>" * 300 + "</a>" * 300,
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a/>',
    ],
)
def test_broken_deep_and_entity_declaring_xml_is_refused(text: str) -> None:
    assert parse("a.xml", text) is None


@pytest.mark.parametrize(
    ("files", "install"),
    [
        ({"package-lock.json": "{}"}, "npm ci"),
        ({}, "npm install --no-audit --no-fund"),
        ({"yarn.lock": ""}, "yarn install --frozen-lockfile"),
        ({"yarn.lock": "", ".yarnrc.yml": ""}, "yarn install --immutable"),
        ({"pnpm-lock.yaml": "lockfileVersion: '9.0'"}, "pnpm install --frozen-lockfile"),
        ({"bun.lock": ""}, "bun install --frozen-lockfile"),
    ],
)
def test_a_front_end_is_installed_as_its_lock_file_says(files: dict[str, str], install: str) -> None:
    found = frontend(Folder(TextTree({"package.json": '{"scripts": {"build": "x"}, "engines": {"node": ">=20 <23"}}', **files})))
    assert (found.install(), found.script, found.node) == (install, "build", "22")


def test_the_production_build_comes_before_the_plain_one() -> None:
    found = frontend(Folder(TextTree({"package.json": '{"scripts": {"build": "dev", "production": "prod"}}'})))
    assert found.run(found.script) == "npm run production"


@pytest.mark.parametrize(
    ("node", "image"), [("12", "node:12-bullseye-slim"), ("10", "node:10-buster-slim"), ("20", "node:20-bookworm-slim")]
)
def test_node_comes_on_a_debian_its_release_was_made_for(node: str, image: str) -> None:
    files = {"package.json": '{"scripts": {"build": "vite build"}}', ".nvmrc": f"v{node}.1.0\n"}
    found = frontend(Folder(TextTree(files), ""))
    assert stage(found, "build", cached=False).image.reference == image
