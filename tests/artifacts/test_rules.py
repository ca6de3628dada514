"""Our rules: each finds its BAD, leaves its GOOD alone, is in the table and in the documentation."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from artifacts.comparing import comparer_of
from artifacts.images import service_of
from artifacts.parse import kind_of
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.rule import Context, Rule
from artifacts.rules import RULES, check_rules
from artifacts.rules.__main__ import markdown
from artifacts.secrets import secret_variable

ROOT = Path(__file__).resolve().parents[2]
PATHS = {
    Kind.DOCKERFILE: "Dockerfile",
    Kind.KUBERNETES: "k8s/app.yaml",
    Kind.GITLAB_CI: ".gitlab-ci.yml",
    Kind.TERRAFORM: "terraform/main.tf",
    Kind.OTEL: "otel/collector.yaml",
}


def run(rule: Rule, content: str) -> list[Finding]:
    path = PATHS.get(rule.kind, "compose.yaml")
    beside = tuple(Artifact(name, text, kind_of(name, text)) for name, text in rule.beside)
    subject = Artifact(path, content, rule.kind)
    return [finding for finding in check_rules(subject, (subject, *beside))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_bad_example_once_with_a_line(rule: Rule) -> None:
    found = [finding for finding in run(rule, rule.bad) if finding.rule == rule.id]
    assert len(found) == 1
    assert found[0].severity is rule.severity
    assert found[0].line is not None
    assert not comparer_of(rule.kind).faults(rule.bad)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_leaves_its_good_example_alone(rule: Rule) -> None:
    found = run(rule, rule.good)
    assert [finding for finding in found if finding.rule == rule.id or finding.severity is Severity.ERROR] == []
    assert not comparer_of(rule.kind).faults(rule.good)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.fix], ids=lambda rule: rule.id)
def test_a_rules_fix_mends_its_bad_example_and_finds_nothing_to_do_in_its_good_one(rule: Rule) -> None:
    assert rule.fix is not None
    path = PATHS.get(rule.kind, "compose.yaml")
    mended = rule.fix(Context(Artifact(path, rule.bad, rule.kind)))
    assert mended is not None
    assert not comparer_of(rule.kind).faults(mended)
    assert [finding for finding in run(rule, mended) if finding.rule == rule.id] == []
    assert rule.fix(Context(Artifact(path, rule.good, rule.kind))) is None


def test_every_rule_file_is_in_the_table_once_under_its_own_name() -> None:
    files = {path.stem for path in (ROOT / "artifacts" / "rules").glob("*.py")} - {"__init__", "__main__"}
    assert sorted(rule.id for rule in RULES) == sorted(files)


def test_the_table_holds_enough_rules_of_both_kinds_grouped_by_kind() -> None:
    kinds = [rule.kind for rule in RULES]
    assert kinds.count(Kind.DOCKERFILE) >= 15
    assert kinds.count(Kind.COMPOSE) >= 12
    assert kinds.count(Kind.KUBERNETES) >= 25
    assert kinds.count(Kind.TERRAFORM) >= 15
    assert [kind for kind, _ in groupby(kinds)] == list(dict.fromkeys(kinds)), "the rules of one kind stand together"


def test_the_rules_page_is_current() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == markdown(), "run: python -m artifacts.rules > docs/rules.md"


def test_rules_explain_themselves_in_sentences() -> None:
    for rule in RULES:
        assert rule.why.endswith("."), rule.id
        assert len(rule.why) > 50, rule.id
        assert not rule.title.endswith("."), rule.id


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "hunter2", True),
        ("SECRET_KEY", '"abc123"', True),
        ("X", "AKIAABCDEFGHIJKLMNOP", True),
        ("DATABASE_URL", "postgres://app:s3cret@db/app", True),
        ("DATABASE_URL", "postgres://app:${PW}@db/app", False),
        ("DATABASE_URL", "postgres://app@db/app", False),
        ("DB_PASSWORD", "${DB_PASSWORD}", False),
        ("DB_PASSWORD", "", False),
        ("DB_PASSWORD_FILE", "/run/secrets/db", False),
        ("TOKEN_TTL", "3600", False),
        ("SECRET_KEY_BASE", "dummy", False),
        ("SECRET_KEY", "build-time-only", False),
        ("PYTHONPATH", "/app", False),
        ("COMPASS", "north", False),
        ("RESET_PASSWORD", "reset.sh", False),
        ("DB_PASSWORD", "/run/secrets/db", False),
    ],
)
def test_secrets_are_told_from_what_only_sounds_like_one(name: str, value: str, secret: bool) -> None:
    assert secret_variable(name, value) is secret


def test_a_compose_file_laid_over_another_may_leave_things_out() -> None:
    text = "services:\n  web:\n    depends_on: [db]\n    networks: [front]\n"
    override = Artifact("compose.override.yaml", text, Kind.COMPOSE)
    main = Artifact("compose.yaml", text, Kind.COMPOSE)
    assert [finding for finding in check_rules(override, (override,)) if finding.severity is Severity.ERROR] == []
    assert len([finding for finding in check_rules(main, (main,)) if finding.severity is Severity.ERROR]) == 3


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ('FROM debian:12-slim\nRUN apt-get install -y mpd\nUSER mpd\nCMD ["mpd"]\n', "dockerfile_user_not_created"),
        ('FROM scratch\nCOPY --from=alpine:3.22 /etc/passwd /etc/passwd\nUSER app\nCMD ["/a"]\n', "dockerfile_user_not_created"),
        ('FROM mcr.microsoft.com/dotnet/aspnet:9.0\nUSER $APP_UID\nCMD ["dotnet"]\n', "dockerfile_root_user"),
        ("FROM nginx:1.29-alpine\nEXPOSE 80\nHEALTHCHECK CMD curl -f http://localhost/\n", "dockerfile_health_tool_missing"),
        ('FROM node:22-slim\nCMD ["sh", "-c", "exec node $X"]\n', "dockerfile_exec_form_variable"),
        ('FROM golang:1.25 AS x\nRUN go build\nFROM scratch\nCOPY --from=nginx /a /a\nCMD ["/a"]\n', "dockerfile_unknown_stage"),
        ("FROM debian:12\nRUN chmod 1777 /tmp\n", "dockerfile_world_writable"),
        ('FROM a:1\nEXPOSE 9090 8000\nCMD ["gunicorn", "-b", ":8000"]\n', "dockerfile_port_mismatch"),
    ],
)
def test_known_exceptions_are_not_reported(content: str, rule: str) -> None:
    artifact = Artifact("Dockerfile", content, Kind.DOCKERFILE)
    assert rule not in {finding.rule for finding in check_rules(artifact, (artifact,))}


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        # each is what the owners of a public repository use, reduced to what our rules once took for an error
        (
            "dockerfile_secret_in_environment",
            'FROM node:22 AS build\nENV DATABASE_URL="postgresql://user:pass@localhost:5432/dummy"\nRUN npm run build\n'
            'FROM node:22\nCOPY --from=build /a /a\nUSER node\nCMD ["node", "a"]\n',
        ),
        (
            "dockerfile_secret_in_environment",
            'FROM php:8.3-apache\nENV DATABASE_URL="mysql://clock:clock@127.0.0.1:3306/clock"\nCMD ["apache2-foreground"]\n',
        ),
        (
            "dockerfile_user_not_created",
            'FROM debian:13-slim\nRUN apt-get update && apt-get install -y tor\nUSER debian-tor\nCMD ["tor"]\n',
        ),
        (
            "otel_undefined_part",
            "receivers:\n  redis: {endpoint: 'redis:6379'}\n"
            "service:\n  pipelines:\n    metrics: {receivers: [otlp, redis], exporters: [debug]}\n",
        ),
        (
            "github_runs_foreign_code",
            "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            "    if: github.event.pull_request.head.repo.full_name == github.repository\n    steps:\n      - uses: actions/checkout@v7\n"
            "        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n      - run: make test\n",
        ),
        (
            "kubernetes_probe_port",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: manager}\nspec:\n  containers:\n    - name: manager\n      image: manager:1.0\n"
            "      ports: [{containerPort: 8443}]\n      livenessProbe: {httpGet: {path: /healthz, port: 8081}}\n",
        ),
        (
            "github_script_injection",
            "on: {push: {branches: [main]}}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            "      - run: echo ${{ github.head_ref }}\n",
        ),
        (
            "github_script_injection",
            "on: {workflow_run: {workflows: [test], branches: [main]}}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            "      - run: echo ${{ github.event.workflow_run.head_branch }}\n",
        ),
        ("kubernetes_invalid_name", "apiVersion: platform.example/v1\nkind: Template\nmetadata: {name: Kener}\nspec: {title: Kener}\n"),
    ],
)
def test_what_public_repositories_use_is_no_error(rule: str, content: str) -> None:
    found = run(next(item for item in RULES if item.id == rule), content)
    assert rule not in {finding.rule for finding in found if finding.severity is Severity.ERROR}


@pytest.mark.parametrize(
    "trigger",
    [
        "pull_request",
        "pull_request_target",
        "{workflow_run: {workflows: [test]}}",
        "{workflow_run: {workflows: [test], branches: ['feature/*']}}",
    ],
)
def test_a_strangers_branch_in_a_script_is_an_error_under_every_trigger_that_brings_one(trigger: str) -> None:
    value = "github.event.workflow_run.head_branch" if "workflow_run" in trigger else "github.head_ref"
    text = f"on: {trigger}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{{{ {value} }}}}\n"
    assert run(next(item for item in RULES if item.id == "github_script_injection"), text)


def test_a_number_in_a_services_environment_alone_says_nothing_of_its_port() -> None:
    text = "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n    environment: [DEBUG=0]\n"
    service = Artifact("compose.yaml", text, Kind.COMPOSE)
    image = Artifact("Dockerfile", 'FROM python:3.12-slim\nUSER 1000\nCMD ["uv", "run", "serve"]\n', Kind.DOCKERFILE)
    assert "compose_port_not_served" not in {finding.rule for finding in check_rules(service, (service, image))}


@pytest.mark.parametrize(
    ("image", "service"),
    [
        ("bitnami/postgresql:17", "postgres"),
        ("postgrest/postgrest:v13.0.4", None),
        ("registry.example.com/team/postgrest:0.1.0", None),
        ("ghcr.io/zalando/postgres-operator:v1.14.0", None),
        ("prodrigestivill/postgres-backup-local:17", None),
        ("redis:8-alpine", "redis"),
    ],
)
def test_what_only_works_with_a_server_is_not_one(image: str, service: str | None) -> None:
    assert service_of(image) == service
