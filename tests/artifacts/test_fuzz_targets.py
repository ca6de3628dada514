"""Manifests, Terraform, pipelines, scrape configurations, dashboards and collectors under fuzzing: nothing they hold makes a reader raise.

Half of the texts are grown from the format's own words in places where they do not belong, half are small valid files that were spoilt.
"""

from __future__ import annotations

import contextlib
import json
import random
from dataclasses import dataclass

import pytest
from hypothesis import given

from artifacts.agreement.around import around
from artifacts.compare import canonical, decisions, take_decision
from artifacts.comparing import comparer_of
from artifacts.errors import DecisionNotTakeable
from artifacts.records import Artifact, Kind
from artifacts.rules import check_rules
from tests.support.fuzzing import BRIEF, PATIENCE, SEEDS, grown, judged, mutated


@dataclass(frozen=True)
class Format:
    """One kind of file: where it lies, what always stands in it, its keys and values, and a small valid one."""

    kind: Kind
    path: str
    tops: tuple[str, ...]
    keys: tuple[str, ...]
    values: tuple[object, ...]
    sample: str


FORMATS = (
    Format(
        Kind.GITHUB_ACTIONS,
        ".github/workflows/a.yaml",
        ("on", "jobs"),
        tuple("on jobs steps uses with run env if needs outputs permissions push pull_request_target runs-on strategy services".split()),  # noqa: SIM905
        ("actions/checkout@v4", "${{ secrets.A }}", "${{ steps.a.outputs.b }}", "docker push a/b:1", "write-all", "a", "ubuntu-18.04"),
        """on: {push: {branches: [main]}, pull_request: }
permissions: {contents: read}
jobs:
  test:
    runs-on: ubuntu-24.04
    strategy: {matrix: {python: ["3.12", 3.13]}}
    services: {db: {image: "postgres:17", ports: ["5432:5432"]}}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "${{ matrix.python }}"}
      - id: a
        run: |
          make test
          echo "b=1" >> "$GITHUB_OUTPUT"
  build:
    needs: [test]
    runs-on: ubuntu-24.04
    outputs: {b: "${{ steps.a.outputs.b }}"}
    steps: [{run: "docker push a/b:${{ github.sha }}", env: {T: "${{ secrets.T }}"}}]
""",
    ),
    Format(
        Kind.GITLAB_CI,
        ".gitlab-ci.yml",
        ("test", "stages"),
        tuple("stages script image services rules if when needs extends variables cache include only before_script test default".split()),  # noqa: SIM905
        ("$CI_COMMIT_TAG", "docker push a/b:1", "never", "test", ".a", "https://x/y.yml", "python:3.12"),
        """stages: [test, build]
include: {local: /ci/x.yml}
.a: &a
  cache: {key: x, paths: [node_modules/]}
  interruptible: true
test:
  <<: *a
  stage: test
  image: {name: "python:3.12", entrypoint: [""]}
  script: ["make test", !reference [.a, script]]
  rules: [{if: '$CI_PIPELINE_SOURCE == "merge_request_event"', when: always}]
build:
  extends: [.a]
  stage: build
  needs: [{job: test, artifacts: false}]
  services: ["docker:27-dind"]
  variables: {A: {value: b, description: c}}
  script:
    - docker login -u $U -p $P
    - docker push a/b:1
""",
    ),
    Format(
        Kind.PROMETHEUS,
        "prometheus/rules.yaml",
        ("groups", "scrape_configs"),
        tuple("global scrape_configs job_name static_configs targets groups name rules alert record expr for labels annotations".split()),  # noqa: SIM905
        ('up{job="a"} == 0', "rate(x_total[5m])", "histogram_quantile(0.9, x)", "5m", "a:1", "otel-collector:9", "((((", "sum by ("),
        """global: {scrape_interval: 15s}
scrape_configs:
  - job_name: a
    metrics_path: /metrics
    static_configs: [{targets: ["a:8000", "b:9"], labels: {x: y}}]
groups:
  - name: a
    interval: 1m
    rules:
      - record: a:x:rate5m
        expr: sum by (code) (rate(x_total{job="a", code=~"5.."}[5m] offset 1h)) / ignoring(code) group_left() b
      - alert: Slow
        expr: histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m]))) > 0.5 and on() up == 1
        for: 10m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.code }}"}
""",
    ),
    Format(
        Kind.GRAFANA,
        "grafana/a.json",
        ("panels", "templating"),
        tuple("title schemaVersion panels targets expr refId type gridPos x y w h templating list name datasource uid".split()),  # noqa: SIM905
        ("rate(x_total[$__rate_interval])", "$a", "${DS}", 1, 25, -1, "timeseries", "row", 'x{service_name="a"}'),
        """{"title": "a", "uid": "a", "schemaVersion": 41,
 "templating": {"list": [{"name": "a", "type": "query", "query": "label_values(up, job)"}]},
 "panels": [
  {"id": 1, "title": "r", "type": "row", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}, "panels": [
   {"id": 3, "type": "stat", "targets": [{"refId": "A", "expr": "up"}]}]},
  {"id": 2, "title": "x", "type": "timeseries", "gridPos": {"x": 0, "y": 1, "w": 12, "h": 8},
   "datasource": {"type": "prometheus", "uid": "${DS}"},
   "fieldConfig": {"defaults": {"unit": "s"}},
   "targets": [{"refId": "A", "expr": "rate(x_total{job=\\"$a\\"}[$__rate_interval])"}]}
 ]}
""",
    ),
    Format(
        Kind.OTEL,
        "otel/collector.yaml",
        ("receivers", "exporters", "service"),
        tuple("receivers processors exporters connectors extensions service pipelines traces metrics otlp endpoint batch debug".split()),  # noqa: SIM905
        ("0.0.0.0:4317", "${env:A}", "otlp", "debug", "Bearer abcdef12345678", "spanmetrics", "1s", "http://a.example.com:1"),
        """receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}, http: {endpoint: "0.0.0.0:4318"}}}
  postgresql/a: {endpoint: "db:5432", username: "${env:DB_USER}", password: "${env:DB_PASSWORD:-x}"}
processors: {memory_limiter: {check_interval: 1s, limit_mib: 200}, batch: }
connectors: {span_metrics: }
exporters:
  debug:
  otlphttp: {endpoint: "https://a.example.com", headers: {authorization: "Bearer ${env:T}"}}
  prometheus: {endpoint: "0.0.0.0:8889"}
extensions: {health_check: {endpoint: "0.0.0.0:13133"}}
service:
  extensions: [health_check]
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug, span_metrics]}
    metrics/a: {receivers: [otlp, span_metrics, postgresql/a], exporters: [prometheus]}
""",
    ),
    Format(
        Kind.KUBERNETES,
        "k8s/a.yaml",
        ("apiVersion", "kind", "metadata", "spec"),
        tuple(
            "metadata name namespace labels template spec selector matchLabels containers image ports containerPort targetPort env value "  # noqa: SIM905
            "valueFrom secretKeyRef key readinessProbe httpGet path port resources limits memory securityContext volumes rules".split()
        ),
        ("Deployment", "Service", "Ingress", "List", "CronJob", "v1", "apps/v1", "a", "http", 8000, "10Mi", "ALL"),
        """apiVersion: apps/v1
kind: Deployment
metadata: {name: a, labels: &l {app: a}}
spec:
  replicas: 2
  selector: {matchLabels: *l}
  template:
    metadata: {labels: *l}
    spec:
      containers:
        - name: a
          image: r.example.com/a:1@sha256:aa
          ports: [{name: http, containerPort: 8000}]
          env: [{name: P, valueFrom: {secretKeyRef: {name: s, key: p}}}]
          readinessProbe: {httpGet: {path: /health, port: http}}
          resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 1Gi}}
          volumeMounts: [{name: t, mountPath: /tmp}]
      volumes: [{name: t, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: http}]}
""",
    ),
)

HCL = r"""
resource "aws_db_instance" "a" {
resource "aws_lb_target_group" "a" {
variable "a" {
output "b" {
locals {
terraform {
provider "aws" {
module "m" {
}
{
]
[
  a = var.a
  b = local.b + 1
  c = "${var.a}-%{ if x }y%{ endif }"
  for_each = toset([1, 2])
  d = { a = 1, b = [for x in y : x] }
  e = <<EOT
text ${a}
EOT
  source = "../a"
  count = 1 ? 2 : 3
  f = jsonencode({A = [1], containerPort = var.a})
# c
/* d
*/
  g = "
  port = 8000
  engine = "postgres"
  password = "hunter22"
  version = ">= 1"
  h = a.b[0].c[*].d
  dynamic "x" {
  content {
  i = -(1
  j = format("%s-%d", local.b, "x")
""".strip("\n").split("\n")


def examine(artifact: Artifact, chance: random.Random) -> None:
    """Read and compare one file, and judge and change some: lines lie inside it, and names are told once."""
    lines = artifact.content.count("\n") + 2
    assert all(fault.line <= lines for fault in comparer_of(artifact.kind).faults(artifact.content))
    told = decisions(artifact)
    assert len({decision.name for decision in told}) == len(told)
    if not judged(chance, 0.3):
        return
    assert canonical(artifact) == canonical(artifact)
    found = (*check_rules(artifact, (artifact,)), *around(artifact, (artifact,)))
    assert all(finding.line is None or 1 <= finding.line <= lines for finding in found)
    if told:
        with contextlib.suppress(DecisionNotTakeable):
            take_decision(artifact, chance.choice(told), artifact)


def text_of(form: Format, chance: random.Random) -> str:
    """Return JSON, which is YAML: every grown structure is readable text."""
    if chance.random() < 0.5:
        return mutated(chance, form.sample)
    depth = 3 if chance.random() < 0.15 else 2
    file = {key: grown(chance, form.keys, form.values, depth) for key in form.tops}
    file |= {chance.choice(form.keys): grown(chance, form.keys, form.values, 2) for _ in range(chance.randint(0, 2))}
    if form.kind is Kind.GRAFANA:
        file |= {"title": "a", "schemaVersion": 41}
    if form.kind is Kind.KUBERNETES and chance.random() < 0.7:
        file |= {"apiVersion": "apps/v1", "kind": chance.choice(("Deployment", "Job", "Service", "Ingress", "NetworkPolicy"))}
    return json.dumps(file, ensure_ascii=False, indent=chance.choice((None, 1)))


def hcl_text(chance: random.Random) -> str:
    """Return lines of Terraform in any order, closed in half of the cases."""
    text = "\n".join(chance.choice(HCL) for _ in range(chance.randint(0, 12)))
    if chance.random() < 0.5:
        text += "\n}" * text.count("{")
    return mutated(chance, text) if chance.random() < 0.3 else text


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.kind.value)
@BRIEF
@given(seed=SEEDS)
def test_no_text_breaks_a_reader_or_a_rule(form: Format, seed: int) -> None:
    chance = random.Random(seed)
    examine(Artifact(form.path, text_of(form, chance), form.kind), chance)


@pytest.mark.timeout(PATIENCE)
@BRIEF
@given(seed=SEEDS)
def test_no_terraform_breaks_the_reader_or_a_rule(seed: int) -> None:
    chance = random.Random(seed)
    examine(Artifact("terraform/main.tf", hcl_text(chance), Kind.TERRAFORM), chance)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.kind.value)
def test_the_samples_that_are_spoilt_are_valid_before(form: Format) -> None:
    artifact = Artifact(form.path, form.sample, form.kind)
    assert not comparer_of(form.kind).faults(form.sample)
    assert decisions(artifact)
