"""Readers of foreign text under fuzzing: no text makes them raise, and what they promise holds for every text."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifacts.compare import agreement, canonical, clusters, decisions, similarity
from artifacts.compose import read_compose
from artifacts.dockerfile import image_of, read_dockerfile
from artifacts.errors import UnreadableArtifact
from artifacts.judging.grounding import ground
from artifacts.judging.parts import score_parts, total
from artifacts.kinds import kind_of
from artifacts.parse import MAX_FILE_BYTES, MAX_FILES, parse_answer
from artifacts.paths import clean_path
from artifacts.records import Artifact, Expectations, Kind
from artifacts.rules import check_rules
from artifacts.yamltree import read_yaml
from tests.support.fuzzing import BRIEF, EVERY, PATIENCE, SEEDS, THOROUGH, judged

pytestmark = pytest.mark.timeout(PATIENCE)
ANSWER_LINES = st.sampled_from(
    [
        "```",
        "````",
        "~~~",
        "```dockerfile",
        "```yaml:compose.yaml",
        "```yaml title=a/b.yaml",
        "```markdown",
        "   ```sh",
        "> ```",
        "---FILE: Dockerfile---",
        "---FILE: ../x---",
        "---FILE: compose.yaml---",
        "---END FILE---",
        "--- FILE: .git/config ---",
        "**Dockerfile**",
        "### `backend/Dockerfile`",
        "File: compose.yaml",
        "# Dockerfile",
        "# compose.yaml",
        "1. `a.tf`:",
        "Use this:",
        "FROM python:3.12",
        "RUN x \\",
        'CMD ["x"]',
        "services:",
        "  web:",
        "    image: x",
        "    build: .",
        "",
        "   ",
        "text",
        "\r",
        "a\x00b",
    ]
)
ANSWERS = st.lists(st.one_of(ANSWER_LINES, st.text(max_size=12)), max_size=14).map("\n".join)

DOCKERFILE_LINES = st.sampled_from(
    [
        "FROM python:3.12-slim AS build",
        "FROM build",
        "FROM --platform=$X a",
        "FROM ${A:-b}",
        "FROM scratch",
        "ARG A=1",
        "ARG A",
        "ENV A=$A$A B='c d'",
        "ENV A b c",
        "RUN apt-get install -y x && \\",
        "  rm -rf /x",
        "# a comment",
        "RUN <<EOF",
        "EOF",
        "COPY <<-'A' <<B /x/",
        "A",
        "B",
        "\tA",
        'RUN ["a", "b"]',
        "COPY --from=build /a b c/",
        "COPY --from=9 . .",
        "ADD https://x/y /",
        "EXPOSE 80 $A/udp 1-5",
        "USER $U",
        "USER app:app",
        "WORKDIR a/b",
        "WORKDIR $W",
        "HEALTHCHECK --interval=1s CMD curl http://localhost:80/x",
        "HEALTHCHECK NONE",
        'CMD ["sh", "-c", "exec x $A"]',
        "CMD ['x']",
        "ENTRYPOINT tini -- x",
        'SHELL ["a"]',
        "ONBUILD RUN x",
        'LABEL a="b" c',
        'VOLUME ["/a"]',
        "# escape=`",
        "# syntax=x",
        "from a",
        "\\",
        "RUN npm install && pip install -r x",
        "STOPSIGNAL 9",
        "MAINTAINER x",
        "RUNN",
        "\"'",
        "${",
        "$",
        "\ufeff",
        "\r",
    ]
)
DOCKERFILES = st.lists(st.one_of(DOCKERFILE_LINES, DOCKERFILE_LINES, st.text(max_size=10)), max_size=16).map("\n".join)

KEYS = [
    "image",
    "build",
    "ports",
    "depends_on",
    "environment",
    "volumes",
    "networks",
    "secrets",
    "configs",
    "command",
    "entrypoint",
    "healthcheck",
    "test",
    "condition",
    "target",
    "published",
    "source",
    "context",
    "dockerfile",
    "a",
    "web",
    "db",
    "deploy",
    "replicas",
    "restart",
    "extends",
    "file",
    "external",
    "links",
    "profiles",
    "network_mode",
    "container_name",
    "cap_add",
    "interval",
    "tmpfs",
    "env_file",
    "extra_hosts",
    "privileged",
    "mem_limit",
    "services",
    "include",
    "name",
    "version",
]
SCALARS: list[object] = [
    *(None, True, False, 0, -1, 80, 70000, 10**30, 0.5, 1e300, "", " ", "\u202e", "é", "x" * 40),
    *("80:80", "1-9:1-9", "[::1]:1:2", "a:/b:ro", "./x:/y", "$A", "${A:-1}:2", "postgres://a:b@c:1/d", "A=b", "service_healthy", "5s"),
    *(
        "postgres:17",
        ".",
        "1.2.3.4:80:80/udp",
        "localhost",
        "service:a",
        "C:\\a:/b",
        "redis://localhost",
        "a",
        "web",
        "db",
        "${",
        "::",
        "/",
    ),
]
YAML_LINES = st.sampled_from(
    [
        "services:",
        "  web:",
        "    image: x",
        "    <<: *a",
        "x: &a {b: c}",
        "- *a",
        "  - [a, b",
        "  ? k",
        "  : v",
        "a: |",
        "  text",
        "%YAML 1.2",
        "---",
        "...",
        '"',
        "'",
        "!!int x",
        "!reset []",
        "key: {",
        "}",
        "\t- x",
        "&b",
        "* b",
        "a: >-",
        "@",
        "`",
        "{<<: [*a, *a]}",
    ]
)


def grown(chance: random.Random, depth: int) -> object:
    """Return a tree of Compose's own keys and values in places where they do not belong."""
    pick = chance.random()
    if depth == 0 or pick < 0.45:
        return chance.choice(SCALARS)
    if pick < 0.7:
        return [grown(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(KEYS): grown(chance, depth - 1) for _ in range(chance.randint(0, 5))}


def compose_text(seed: int) -> str:
    """Return JSON, which is YAML: every generated structure is readable text. Drawing it from a seed is what keeps this fast."""
    chance = random.Random(seed)
    file = {chance.choice(KEYS): grown(chance, 3) for _ in range(chance.randint(0, 3))}
    names = chance.sample(["web", "db", "a"], chance.randint(0, 3))
    file["services"] = {name: {chance.choice(KEYS): grown(chance, 3) for _ in range(chance.randint(0, 6))} for name in names}
    return json.dumps(file, ensure_ascii=False)


def examine(artifact: Artifact) -> None:
    """Run everything that looks at one artifact; nothing may raise, and lines must lie inside the file."""
    lines = artifact.content.count("\n") + 2
    found = check_rules(artifact, (artifact,))
    assert all(finding.line is None or 1 <= finding.line <= lines for finding in found)
    names = [decision.name for decision in decisions(artifact)]
    assert len(names) == len(set(names))
    assert canonical(artifact) == canonical(artifact)
    answer = (artifact,)
    assert similarity(answer, answer) == 1.0
    grounding = ground(answer, Expectations(known_paths=frozenset()))
    assert 0 <= total(score_parts(answer, Expectations(), found, grounding)) <= 1


@THOROUGH
@given(ANSWERS, st.sampled_from([(), ("Dockerfile",), ("Dockerfile", "compose.yaml", ".dockerignore")]))
def test_no_answer_breaks_the_parser_and_no_file_escapes(text: str, expected: tuple[str, ...]) -> None:
    parsed = parse_answer(text, expected)
    assert parse_answer(text, expected) == parsed
    assert len(parsed.artifacts) <= MAX_FILES
    paths = [artifact.path for artifact in parsed.artifacts]
    assert len(paths) == len(set(paths))
    for artifact in parsed.artifacts:
        assert clean_path(artifact.path) == artifact.path
        assert not artifact.path.startswith(("/", ".git/"))
        assert ".." not in artifact.path.split("/")
        assert artifact.content.strip()
        assert "\0" not in artifact.content
        assert len(artifact.content.encode("utf-8", "surrogatepass")) <= MAX_FILE_BYTES
        assert artifact.kind is kind_of(artifact.path, artifact.content)


@THOROUGH
@given(DOCKERFILES)
def test_no_dockerfile_breaks_the_reader(text: str) -> None:
    dockerfile = read_dockerfile(text)
    lines = text.count("\n") + 1
    assert dockerfile.stages or dockerfile.faults
    for instruction in dockerfile.instructions:
        assert 1 <= instruction.line <= instruction.end_line <= lines
    assert all(1 <= fault.line <= lines for fault in dockerfile.faults)
    image = image_of(dockerfile)
    assert (image is None) == (not dockerfile.stages)
    examine(Artifact("Dockerfile", text, Kind.DOCKERFILE))


@settings(THOROUGH, max_examples=5000 if EVERY else 1500)
@given(SEEDS)
def test_no_compose_file_breaks_the_reader(seed: int) -> None:
    text = compose_text(seed)
    compose = read_compose(text)
    assert not compose.faults
    if judged(random.Random(seed), 0.2):
        examine(Artifact("compose.yaml", text, Kind.COMPOSE))


@BRIEF
@given(st.lists(st.one_of(YAML_LINES, YAML_LINES, st.text(max_size=8)), max_size=12).map("\n".join))
def test_no_yaml_raises_anything_but_the_rooms_error(text: str) -> None:
    try:
        root = read_yaml(text)
    except UnreadableArtifact:
        return
    assert root.height <= 100
    root.plain()
    read_compose(text)
    examine(Artifact("compose.yaml", text, Kind.COMPOSE))


@BRIEF
@given(st.text(max_size=40))
def test_a_clean_path_stays_inside(text: str) -> None:
    try:
        path = clean_path(text)
    except ValueError:
        return
    assert clean_path(path) == path
    assert not path.startswith("/")
    assert not {".", "..", ""} & set(path.split("/"))


@BRIEF
@given(st.lists(st.lists(DOCKERFILES, max_size=1), min_size=2, max_size=3))
def test_similarity_is_symmetric_and_clusters_follow_it(texts: list[list[str]]) -> None:
    answers = [[Artifact("Dockerfile", text, Kind.DOCKERFILE) for text in answer] for answer in texts]
    numbers = clusters(answers)
    assert numbers[0] == 0
    assert set(numbers) == set(range(max(numbers) + 1))
    for one, first in zip(answers, numbers, strict=True):
        for other, second in zip(answers, numbers, strict=True):
            assert similarity(one, other) == similarity(other, one)
            assert 0 <= similarity(one, other) <= 1
            if similarity(one, other) == 1.0:
                assert first == second
    assert 0 <= agreement(answers) <= 1
