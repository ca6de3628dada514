"""Pipelines, Terraform, scrape jobs, dashboards and the collector are held against the parts the other files bring."""

from __future__ import annotations

import pytest

from artifacts.agreement import around
from artifacts.records import Artifact, Kind

DOCKERFILE = Artifact(
    "Dockerfile", 'FROM python:3.12-slim\nEXPOSE 8000\nHEALTHCHECK CMD curl -f http://localhost:8000/health\nCMD ["a"]\n', Kind.DOCKERFILE
)
COMPOSE = Artifact(
    "compose.yaml",
    'services:\n  shop:\n    build: .\n    image: registry.example.com/shop:1.0\n    ports: ["8000:8000"]\n    environment:\n'
    "      OTEL_SERVICE_NAME: shop\n      OTEL_EXPORTER_OTLP_ENDPOINT: http://otel-collector:4318\n"
    '  otel-collector:\n    image: otel/opentelemetry-collector-contrib:0.158.0\n    environment: {DB_PASSWORD: "${DB_PASSWORD}"}\n',
    Kind.COMPOSE,
)
COLLECTOR = Artifact(
    "otel/collector.yaml",
    'receivers:\n  otlp: {protocols: {http: {endpoint: "0.0.0.0:4318"}}}\n  postgresql: {password: "${env:DB_PASSWORD}"}\n'
    'exporters:\n  prometheus: {endpoint: "0.0.0.0:8889"}\nservice:\n  pipelines:\n'
    "    metrics: {receivers: [otlp, postgresql], exporters: [prometheus]}\n",
    Kind.OTEL,
)
WORKFLOW = Artifact(
    ".github/workflows/ci.yaml",
    "on: push\njobs:\n  image:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: docker/build-push-action@v6\n"
    "        with: {push: true, tags: ghcr.io/acme/shop:1}\n",
    Kind.GITHUB_ACTIONS,
)
PIPELINE = Artifact(".gitlab-ci.yml", "publish:\n  script:\n    - docker push registry.example.com/acme/shop:1\n", Kind.GITLAB_CI)
MODULE = Artifact(
    "terraform/main.tf",
    'resource "aws_lb_target_group" "shop" {\n  port = 8000\n  health_check {\n    path = "/health"\n  }\n}\n'
    'resource "google_cloud_run_v2_service" "shop" {\n  template {\n    containers {\n      image = "europe-docker.pkg.dev/p/r/shop:1"\n'
    "    }\n  }\n}\n",
    Kind.TERRAFORM,
)
SCRAPES = Artifact(
    "prometheus/prometheus.yaml",
    'scrape_configs:\n  - job_name: otel-collector\n    static_configs: [{targets: ["otel-collector:8889"]}]\n'
    '  - job_name: shop\n    static_configs: [{targets: ["shop:8000"]}]\n'
    "groups:\n  - name: a\n    rules:\n      - record: a:b:c\n"
    '        expr: sum(rate(traces_span_metrics_calls_total{service_name="shop"}[5m]))\n',
    Kind.PROMETHEUS,
)
BOARD = Artifact(
    "grafana/dashboard.json",
    '{"title": "a", "schemaVersion": 41, "panels": [{"type": "stat", "title": "p", "targets": [{"refId": "A", "expr": '
    '"sum(traces_span_metrics_calls_total{service_name=\\"shop\\"})"}]}]}',
    Kind.GRAFANA,
)
ALL = (DOCKERFILE, COMPOSE, COLLECTOR, WORKFLOW, PIPELINE, MODULE, SCRAPES, BOARD)


def test_files_that_agree_give_no_finding() -> None:
    assert [finding for artifact in ALL for finding in around(artifact, ALL)] == []


@pytest.mark.parametrize(
    ("artifact", "old", "new", "rule"),
    [
        (WORKFLOW, "acme/shop", "acme/store", "agreement_image"),
        (PIPELINE, "acme/shop", "acme/store", "agreement_image"),
        (MODULE, "port = 8000", "port = 3000", "agreement_port"),
        (MODULE, "/health", "/status", "agreement_health"),
        (MODULE, "/r/shop", "/r/store", "agreement_image"),
        (SCRAPES, "otel-collector:8889", "otel-collector:9464", "agreement_port"),
        (SCRAPES, "shop:8000", "shop:9000", "agreement_port"),
        (SCRAPES, 'service_name="shop"', 'service_name="store"', "agreement_name"),
        (BOARD, 'service_name=\\"shop', 'service_name=\\"store', "agreement_name"),
        (COLLECTOR, "0.0.0.0:4318", "0.0.0.0:55681", "agreement_port"),
        (COLLECTOR, "env:DB_PASSWORD", "env:POSTGRES_PASSWORD", "agreement_environment"),
    ],
)
def test_what_no_part_of_the_answer_has_is_found(artifact: Artifact, old: str, new: str, rule: str) -> None:
    changed = Artifact(artifact.path, artifact.content.replace(old, new), artifact.kind)
    assert changed != artifact
    found = around(changed, tuple(changed if item is artifact else item for item in ALL))
    assert [finding.rule for finding in found] == [rule]
    assert found[0].line is not None


def test_a_name_that_is_made_while_running_is_not_judged() -> None:
    changed = Artifact(WORKFLOW.path, WORKFLOW.content.replace("acme/shop", "${{ github.repository }}"), WORKFLOW.kind)
    assert around(changed, (COMPOSE, changed)) == ()
