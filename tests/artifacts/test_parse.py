"""Answer text to files: how files are named, what is refused, what stays prose."""

from __future__ import annotations

import pytest

from artifacts.parse import MAX_FILE_BYTES, MAX_FILES, kind_of, parse_answer
from artifacts.records import Kind, Severity

DOCKERFILE = 'FROM python:3.12-slim\nCMD ["python", "-m", "app"]\n'
COMPOSE = "services:\n  web:\n    build: .\n"


def files(text: str, *expected: str) -> dict[str, str]:
    return {artifact.path: artifact.content for artifact in parse_answer(text, expected).artifacts}


@pytest.mark.parametrize(
    "text",
    [
        f"Hello\n---FILE: Dockerfile---\n{DOCKERFILE}---FILE: compose.yaml---\n{COMPOSE}---END FILE---\nBye",
        f"---FILE: Dockerfile---\n```dockerfile\n{DOCKERFILE}```\nsome prose\n---FILE: compose.yaml---\n```yaml\n{COMPOSE}```\n",
        f"```\n---FILE: Dockerfile---\n{DOCKERFILE}---FILE: compose.yaml---\n{COMPOSE}```\n",
        f"--- FILE: Dockerfile ---\n{DOCKERFILE}--- END FILE: Dockerfile ---\n\n--- FILE: compose.yaml ---\n{COMPOSE}--- END ---",
        f"**---FILE: `Dockerfile`---**\n{DOCKERFILE}---file: compose.yaml---\n{COMPOSE}",
        f"```dockerfile title=Dockerfile\n{DOCKERFILE}```\n```yaml:compose.yaml\n{COMPOSE}```",
        f"```dockerfile title=\"Dockerfile\"\n{DOCKERFILE}```\n```yaml filename='compose.yaml'\n{COMPOSE}```",
        f"``` {{.dockerfile file=Dockerfile}}\n{DOCKERFILE}```\n```compose.yaml\n{COMPOSE}```",
        f"```dockerfile Dockerfile\n{DOCKERFILE}```\n```yaml compose.yaml\n{COMPOSE}```",
        f"**Dockerfile**\n```dockerfile\n{DOCKERFILE}```\n**compose.yaml**:\n```yaml\n{COMPOSE}```",
        f"### `Dockerfile`\n\n```\n{DOCKERFILE}```\n\n#### 2. compose.yaml\n\n```\n{COMPOSE}```",
        f"File: Dockerfile\n~~~dockerfile\n{DOCKERFILE}~~~\nFilename: `compose.yaml`\n~~~\n{COMPOSE}~~~",
        f"Dockerfile:\n```\n{DOCKERFILE}```\ncompose.yaml\n```\n{COMPOSE}```",
        f"```dockerfile\n# Dockerfile\n{DOCKERFILE}```\n```yaml\n# compose.yaml\n{COMPOSE}```",
        f"```dockerfile\n# ==== File: ./Dockerfile ====\n{DOCKERFILE}```\n```yaml\n# path: compose.yaml\n{COMPOSE}```",
        f"Here is the `Dockerfile`:\n```dockerfile\n{DOCKERFILE}```\nAnd this is your **compose.yaml**:\n```yaml\n{COMPOSE}```",
        f"1. Create the `Dockerfile`:\n\n   ```dockerfile\n   {DOCKERFILE.replace(chr(10), chr(10) + '   ').rstrip()}\n   ```\n"
        f"2. Create `compose.yaml`:\n\n   ```yaml\n   {COMPOSE.replace(chr(10), chr(10) + '   ').rstrip()}\n   ```\n",
        f"````markdown\n# The answer\n**Dockerfile**\n```dockerfile\n{DOCKERFILE}```\n**compose.yaml**\n```yaml\n{COMPOSE}```\n````",
        f"```markdown\n**Dockerfile**\n```dockerfile\n{DOCKERFILE}```\n**compose.yaml**\n```yaml\n{COMPOSE}```\n```\nend",
        f"> **Dockerfile**\n> ```dockerfile\n> {DOCKERFILE.replace(chr(10), chr(10) + '> ').rstrip('> ')}> ```\n\n"
        f"compose.yaml\n```\n{COMPOSE}```",
        f"<!-- intro -->\n## Dockerfile (multi-stage)\n```dockerfile\n{DOCKERFILE}```\n## compose.yaml (development)\n"
        f"```yaml\n{COMPOSE}```",
    ],
)
def test_every_way_of_naming_files_gives_the_same_two_files(text: str) -> None:
    for variant in (text, text.replace("\n", "\r\n")):
        assert files(variant) == {"Dockerfile": DOCKERFILE, "compose.yaml": COMPOSE}


def test_folders_are_kept_and_a_comment_can_add_the_folder_to_a_heading() -> None:
    text = (
        f"### `Dockerfile`\n```dockerfile\n# backend/Dockerfile\n{DOCKERFILE}```\n**frontend/Dockerfile**\n```dockerfile\n{DOCKERFILE}```"
    )
    assert sorted(files(text)) == ["backend/Dockerfile", "frontend/Dockerfile"]


def test_the_naming_comment_is_removed_so_that_a_syntax_directive_stays_first() -> None:
    text = f"```dockerfile\n# Dockerfile\n# syntax=docker/dockerfile:1\n{DOCKERFILE}```"
    assert files(text)["Dockerfile"].startswith("# syntax=docker/dockerfile:1\n")


def test_an_unnamed_block_is_matched_to_the_expected_file_of_its_kind() -> None:
    text = f"Sure.\n```dockerfile\n{DOCKERFILE}```\nand\n```yaml\n{COMPOSE}```\n```gitignore\nnode_modules\n```"
    assert sorted(files(text, "api/Dockerfile", "compose.yaml", "api/.dockerignore")) == [
        "api/.dockerignore",
        "api/Dockerfile",
        "compose.yaml",
    ]


def test_an_unnamed_block_without_expectations_takes_its_kinds_usual_name() -> None:
    assert list(files(f"```dockerfile\n{DOCKERFILE}```")) == ["Dockerfile"]


def test_a_bare_answer_without_any_fence_is_a_file() -> None:
    assert files(DOCKERFILE) == {"Dockerfile": DOCKERFILE}
    assert files(COMPOSE, "compose.yaml") == {"compose.yaml": COMPOSE}
    assert files("FROM the beginning I wanted to say hello.\nBye.") == {}


def test_an_example_after_the_named_file_is_not_taken_for_it() -> None:
    text = f"**Dockerfile**\n```dockerfile\n{DOCKERFILE}```\nFor Alpine you could write:\n```dockerfile\nFROM python:3.12-alpine\n```"
    assert files(text, "Dockerfile") == {"Dockerfile": DOCKERFILE}


@pytest.mark.parametrize(
    "text",
    [
        "Build it:\n```bash\ndocker build -t app .\n```\n",
        "**Dockerfile**\n```bash\ndocker build -f Dockerfile .\n```\n",
        "Replace the last line of `Dockerfile` with:\n```dockerfile\nCMD gunicorn app:app\n```\n",
        "Add to `compose.yaml`:\n```yaml\nservices:\n  cache:\n    image: redis:8\n```\n",
        "```dockerfile\nRUN apt-get update\n```\n",
        "```diff\n--- a/Dockerfile\n+++ b/Dockerfile\n+FROM x\n```\n",
        "Run this in `app.py`: nothing.\n```json\n{}\n```\n",
        "```\n$ docker compose up\n```\n",
        "The file `Dockerfile` is fine as it is.\n",
    ],
)
def test_snippets_and_shell_sessions_do_not_become_files(text: str) -> None:
    assert files(text, "Dockerfile", "compose.yaml") == {}


def test_a_block_that_is_not_closed_is_not_offered() -> None:
    parsed = parse_answer(f"**Dockerfile**\n```dockerfile\n{DOCKERFILE}")
    assert parsed.artifacts == ()
    assert parsed.findings[0].severity is Severity.ERROR
    assert "cut off" in parsed.problems[0]


def test_a_marked_file_whose_fence_is_not_closed_is_not_offered() -> None:
    parsed = parse_answer(f"---FILE: Dockerfile---\n```dockerfile\n{DOCKERFILE}")
    assert parsed.artifacts == ()
    assert "cut off" in parsed.problems[0]


def test_a_closing_remark_behind_the_last_marked_file_is_left_out() -> None:
    parsed = parse_answer(f"---FILE: Dockerfile---\n{DOCKERFILE}\nThis image runs as root.\nChange that: it is easy.\n\nGood luck.\n")
    assert [artifact.content for artifact in parsed.artifacts] == [DOCKERFILE]
    assert "left out" in parsed.problems[0]
    broken = "FROM a:1\nRUNN x\n"
    assert files(f"---FILE: Dockerfile---\n{broken}") == {"Dockerfile": broken}


def test_the_last_of_two_versions_of_a_file_wins_and_is_a_problem() -> None:
    parsed = parse_answer(f"**Dockerfile**\n```\nFROM a:1\n```\n**Dockerfile**\n```\n{DOCKERFILE}```")
    assert [artifact.content for artifact in parsed.artifacts] == [DOCKERFILE]
    assert "more than once" in parsed.problems[0]


def test_composes_other_default_names_become_the_name_asked_for() -> None:
    parsed = parse_answer(f"**docker-compose.yml**\n```yaml\n{COMPOSE}```", ("compose.yaml",))
    assert [artifact.path for artifact in parsed.artifacts] == ["compose.yaml"]


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../Dockerfile",
        "a/../../Dockerfile",
        "a/..",
        "~/x.yaml",
        ".git/config",
        "sub/.GIT/hooks/pre-commit",
        ".git./config",
        "git~1/config",
        "a\\b.yaml",
        "C:\\x.yaml",
        "C:/x.yaml",
        "x\x00.yaml",
        "x\x1b[31m.yaml",
        "x\u202egnp.yaml",
        ".g\u200dit/config",
        "nul.txt",
        "a/con",
        "a:stream.yaml",
        "x" * 300 + ".yaml",
        "folder/",
        "a /b.yaml",
        "\uff0e\uff0e/x.yaml",
        "a<b.yaml",
    ],
)
def test_hostile_paths_are_refused_with_a_reason(path: str) -> None:
    parsed = parse_answer(f"---FILE: {path}---\n{DOCKERFILE}---END---")
    assert parsed.artifacts == ()
    assert parsed.problems
    assert all(char.isprintable() for problem in parsed.problems for char in problem)


def test_sizes_and_numbers_are_capped() -> None:
    assert parse_answer(f"---FILE: big.txt---\n{'x' * (MAX_FILE_BYTES + 1)}\n---END---").artifacts == ()
    many = "".join(f"---FILE: f{number}.txt---\nx\n" for number in range(MAX_FILES + 20))
    parsed = parse_answer(many)
    assert len(parsed.artifacts) == MAX_FILES
    assert "more than" in parsed.problems[-1]


def test_prose_is_kept_without_the_files() -> None:
    parsed = parse_answer(f"Before.\n\n---FILE: Dockerfile---\n{DOCKERFILE}---END FILE---\n\nAfter.")
    assert parsed.prose == "Before.\n\nAfter."


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("Dockerfile", "", Kind.DOCKERFILE),
        ("docker/prod.Dockerfile", "", Kind.DOCKERFILE),
        ("Dockerfile.worker", "", Kind.DOCKERFILE),
        ("Containerfile", "", Kind.DOCKERFILE),
        ("Dockerfile.dockerignore", "", Kind.DOCKERIGNORE),
        (".dockerignore", "", Kind.DOCKERIGNORE),
        ("docker-compose.prod.yml", "", Kind.COMPOSE),
        ("deploy/stack.yaml", COMPOSE, Kind.COMPOSE),
        ("k8s/web.yaml", "apiVersion: v1\nkind: Service\n", Kind.KUBERNETES),
        (".github/workflows/ci.yml", "", Kind.GITHUB_ACTIONS),
        (".gitlab-ci.yml", "", Kind.GITLAB_CI),
        ("main.tf", "", Kind.TERRAFORM),
        ("otel.yaml", "receivers: {}\nservice: {}\n", Kind.OTEL),
        ("rules.yml", "groups:\n- name: x\n", Kind.PROMETHEUS),
        ("board.json", '{"panels": [], "schemaVersion": 39}', Kind.GRAFANA),
        ("", DOCKERFILE, Kind.DOCKERFILE),
        ("app.py", "", Kind.OTHER),
        ("dockerfile_parser.py", "", Kind.OTHER),
    ],
)
def test_kinds_follow_path_and_content(path: str, content: str, kind: Kind) -> None:
    assert kind_of(path, content) is kind
