"""Dockerfile, Compose file and manifests are held against each other; every finding names both places."""

from __future__ import annotations

import pytest

from artifacts.agreement import SOURCES, disagreements
from artifacts.judge import assess_artifacts
from artifacts.kinds import kind_of
from artifacts.records import Artifact, Finding, Severity

DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /app
EXPOSE 8000
USER 10001:10001
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "shop:app"]
"""
COMPOSE = """\
services:
  shop:
    build: .
    image: shop:1.0
    ports: ["8000:8000"]
    environment:
      DATABASE_URL: postgresql://app:${POSTGRES_PASSWORD}@db/app
      MODE: fast
  db:
    image: postgres:17
"""
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: shop
          image: shop:1.0
          ports: [{name: http, containerPort: 8000}]
          securityContext: {runAsNonRoot: true, runAsUser: 10001}
          readinessProbe: {httpGet: {path: /health, port: http}}
          env:
            - {name: POSTGRES_PASSWORD, valueFrom: {secretKeyRef: {name: shop, key: POSTGRES_PASSWORD}}}
            - {name: DATABASE_URL, value: "postgresql://app:$(POSTGRES_PASSWORD)@db/app"}
            - {name: MODE, value: fast}
"""


def found(dockerfile: str = DOCKERFILE, compose: str = COMPOSE, manifest: str = MANIFEST) -> dict[str, Finding]:
    """Return the disagreements of all files by rule."""
    texts = {"Dockerfile": dockerfile, "compose.yaml": compose, "k8s/shop.yaml": manifest}
    files = tuple(Artifact(path, text, kind_of(path, text)) for path, text in texts.items() if text)
    return {finding.rule: finding for item in files for finding in disagreements(item, files)}


def test_files_that_agree_have_no_findings() -> None:
    assert found() == {}
    assert found(compose="") == {}
    assert found(dockerfile="") == {}


def test_a_kind_without_statements_is_left_alone() -> None:
    other = Artifact("main.tf", "", kind_of("main.tf"))
    assert other.kind not in SOURCES
    assert disagreements(other, (other,)) == ()


def test_a_port_the_image_does_not_listen_on_is_an_error() -> None:
    moved = MANIFEST.replace("containerPort: 8000", "containerPort: 3000")
    port = found(compose="", manifest=moved)["agreement_port"]
    assert port.severity is Severity.ERROR
    assert found(dockerfile="", manifest=moved)["agreement_port"].severity is Severity.WARNING, "who of the two is right is not known"
    assert (port.path, port.line) == ("k8s/shop.yaml", 12)
    assert "3000" in port.message
    assert "(Dockerfile:3)" in port.message


@pytest.mark.parametrize("change", ['            - {name: PORT, value: "3000"}\n', "          args: [gunicorn, --bind, ':3000']\n"])
def test_a_port_that_the_manifest_moves_is_no_disagreement(change: str) -> None:
    moved = MANIFEST.replace("containerPort: 8000", "containerPort: 3000")
    moved = moved + change if "PORT" in change else moved.replace("          env:\n", change + "          env:\n")
    assert "agreement_port" not in found(manifest=moved)


def test_health_paths_that_differ_are_told_with_both_places() -> None:
    health = found(manifest=MANIFEST.replace("/health", "/ready"))["agreement_health"]
    assert health.line == 14
    assert "/ready" in health.message
    assert "(Dockerfile:5)" in health.message


@pytest.mark.parametrize(
    ("dockerfile", "manifest", "severity"),
    [
        (DOCKERFILE, MANIFEST.replace("runAsUser: 10001", "runAsUser: 2000"), Severity.WARNING),
        (DOCKERFILE.replace("USER 10001:10001", "USER app"), MANIFEST.replace(", runAsUser: 10001", ""), Severity.ERROR),
        (DOCKERFILE.replace("USER 10001:10001\n", ""), MANIFEST.replace(", runAsUser: 10001", ""), Severity.ERROR),
    ],
)
def test_a_user_the_image_is_not_made_for(dockerfile: str, manifest: str, severity: Severity) -> None:
    user = found(dockerfile=dockerfile, compose="", manifest=manifest)["agreement_user"]
    assert user.severity is severity
    assert "Dockerfile:" in user.message


def test_image_names_that_differ() -> None:
    image = found(compose=COMPOSE.replace("shop:1.0", "store:1.0"))["agreement_image"]
    assert image.message == "Deployment shop runs the image shop, the service shop is called store (compose.yaml:4)"
    kustomized = MANIFEST + "---\nkind: Kustomization\nimages: [{name: shop, newName: r.example/store}]\n"
    assert "agreement_image" not in found(compose=COMPOSE.replace("shop:1.0", "store:1.0"), manifest=kustomized)


def test_variables_that_only_one_of_them_sets() -> None:
    missing = found(manifest=MANIFEST.replace("            - {name: MODE, value: fast}\n", ""))["agreement_environment"]
    assert missing.severity is Severity.WARNING
    assert "does not set MODE" in missing.message
    assert "(compose.yaml:8)" in missing.message
    further = found(compose=COMPOSE.replace("      MODE: fast\n", ""))["agreement_environment"]
    assert further.severity is Severity.HINT
    assert "sets MODE" in further.message, "what only helps to build another variable is not counted"


def test_variables_from_elsewhere_are_not_missed() -> None:
    elsewhere = MANIFEST.replace("            - {name: MODE, value: fast}\n", "          envFrom: [{configMapRef: {name: all}}]\n")
    assert "agreement_environment" not in found(manifest=elsewhere)
    here = elsewhere + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: all}\ndata: {MODE: fast}\n"
    assert "agreement_environment" not in found(manifest=here)
    assert "agreement_environment" in found(manifest=here.replace("MODE", "NODE"))


def test_a_secret_in_one_file_may_not_stand_in_clear_in_another() -> None:
    clear = found(compose=COMPOSE.replace("      MODE: fast\n", "      MODE: fast\n      POSTGRES_PASSWORD: hunter2\n"))["agreement_secret"]
    assert "k8s/shop.yaml:16" in clear.message
    assert "compose.yaml:9" in clear.message
    assert "hunter2" not in clear.message


async def test_the_judge_reports_them() -> None:
    texts = {"Dockerfile": DOCKERFILE, "k8s/shop.yaml": MANIFEST.replace("containerPort: 8000", "containerPort: 3000")}
    assessment = await assess_artifacts([Artifact(path, text, kind_of(path, text)) for path, text in texts.items()], None)
    assert not assessment.clean
    assert "agreement_port" in {finding.rule for finding in assessment.findings}
    assert {check.validator for check in assessment.checks} >= {"agreement", "kubernetes_schema", "syntax", "rules"}


def test_parts_are_matched_by_file_name_and_suffix() -> None:
    texts = {
        "api/Dockerfile": DOCKERFILE,
        "web/Dockerfile": DOCKERFILE.replace("8000", "9000"),
        "k8s/all.yaml": MANIFEST.replace("shop", "shop-api") + "---\n" + MANIFEST.replace("shop", "shop-web"),
    }
    files = tuple(Artifact(path, text, kind_of(path, text)) for path, text in texts.items())
    (port,) = [item for item in disagreements(files[2], files) if item.rule == "agreement_port"]
    assert "web/Dockerfile" in port.message
    assert "Deployment shop-web" in port.message
